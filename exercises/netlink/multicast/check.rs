//! Presses while nobody listens, while some do, and while one does not read. At the end lights go on and out so often that
//! buffers which are not freed show in the kernel's own count of them.

use judge::{
    Context, Result, accepted, bail, ensure, equal,
    netlink::{Attributes, Family, attribute, number},
    refused, until,
};
use nix::errno::Errno;
use std::{fs, time::Duration};

/// The module's commands and attributes.
const PRESS: u8 = 1;
const GET: u8 = 2;
const CHANGED: u8 = 3;
const FLOOR: u16 = 1;
const TIME: u16 = 2;
const BURNS: u16 = 3;

const FLOORS: u32 = 8;

/// In milliseconds: until the check has ended, and as good as nothing.
const LONG: u32 = 30_000;
const SHORT: u32 = 1;

/// The kernel's timers go by ticks, of at most ten milliseconds each.
const SOME_TICKS: Duration = Duration::from_millis(50);

/// Of linux/netlink.h: whoever sends to a full queue of this socket is told.
const NETLINK_BROADCAST_ERROR: libc::c_int = 4;

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often each light goes on and out, and how many buffers the kernel may have more then: it keeps some in reserve.
const ROUNDS: usize = 100;
const RESERVE: usize = 500;

pub fn check() -> Result<()> {
    let stairs = Family::open("exercise")?;
    equal("whether the light of floor 0 burns at first", burns(&stairs, 0)?, false)?;
    press(&stairs, 0, LONG, "while nobody listens")?;
    let early = until(SOME_TICKS, || Ok((!burns(&stairs, 0)?).then_some(())))?;
    ensure!(early.is_none(), "a press lets the light of floor 0 burn for half a minute, and at once it is out");
    press(&stairs, 0, SHORT, "while nobody listens")?;
    goes_out(&stairs, 0)?;
    who_says_too_little(&stairs)?;
    all_are_told()?;
    who_does_not_read_hinders_nobody(&stairs)?;
    nothing_is_left(&stairs)
}

fn who_says_too_little(stairs: &Family) -> Result<()> {
    let (floor, time) = (attribute(FLOOR, &1u32.to_ne_bytes()), attribute(TIME, &LONG.to_ne_bytes()));
    for (what, attributes) in [("without a floor", time), ("without a time", floor), ("without attributes", vec![])] {
        let pressed = stairs.request(PRESS, &attributes)?.map_err(|refusal| refusal.errno);
        refused(&format!("STAIRS_CMD_PRESS {what}"), pressed.map(drop), Errno::EINVAL)?;
    }
    equal("whether the light of floor 1 burns after presses that were refused", burns(stairs, 1)?, false)
}

fn all_are_told() -> Result<()> {
    let all = ["a listener", "a second listener", "who has pressed, and has joined the group as well,"];
    let all = all.map(|who| Family::open("exercise").map(|stairs| (who, stairs)));
    let all = all.into_iter().collect::<Result<Vec<_>>>()?;
    for (_, stairs) in &all {
        stairs.join("lights")?;
    }
    let (_, presser) = &all[2];
    press(presser, 2, LONG, "while three listen")?;
    for (who, stairs) in &all {
        hears(stairs, who, 2, true, "a press has put the light of floor 2 on")?;
    }
    press(presser, 2, LONG, "of a light that burns")?;
    burns(presser, 2)?;
    for (who, stairs) in &all {
        ensure!(
            stairs.event()?.is_none(),
            "the light of floor 2 burns, another press lets it burn longer, and {who} is told of a change"
        );
    }
    press(presser, 2, SHORT, "of a light that burns")?;
    for (who, stairs) in &all {
        hears(stairs, who, 2, false, "the light of floor 2 has gone out by itself")?;
    }
    press(presser, 2, SHORT, "while three listen")?;
    for (who, stairs) in &all {
        hears(stairs, who, 2, true, "a press has put the light of floor 2 on once more")?;
        hears(stairs, who, 2, false, "the light of floor 2 has gone out once more")?;
        ensure!(stairs.event()?.is_none(), "{who} is told of more changes than there were");
    }
    Ok(())
}

/// That an event comes, and says this.
fn hears(stairs: &Family, who: &str, floor: u32, burns: bool, what: &str) -> Result<()> {
    let Some(event) = until(PATIENCE, || Ok(stairs.event()?))? else { bail!("{what}, and {who} is not told") };
    let what = format!("the event when {what}");
    equal(&format!("the command of {what}"), event.command(), CHANGED)?;
    for (name, number) in [("port", event.port), ("sequence number", event.sequence)] {
        ensure!(
            number == 0,
            "the {name} of {what} is {number}: it looks like the answer to a request, and an event, which answers none, has 0 there"
        );
    }
    let attributes = event.attributes();
    let floor_and_burns = [(FLOOR, 4, "STAIRS_A_FLOOR", floor), (BURNS, 1, "STAIRS_A_BURNS", u32::from(burns))];
    for (kind, length, name, expected) in floor_and_burns {
        let Some(payload) = attributes.get(&kind) else { bail!("{what} has no {name}") };
        equal(&format!("the length of {name} of {what}"), payload.len(), length)?;
        equal(&format!("{name} of {what}"), number(payload), Some(expected.into()))?;
    }
    Ok(())
}

fn who_does_not_read_hinders_nobody(stairs: &Family) -> Result<()> {
    let sleeper = sleeper()?;
    for floor in 3..FLOORS {
        press(stairs, floor, LONG, "while a listener's queue is full")?;
    }
    ensure!(
        (0..FLOORS).any(|_| sleeper.event().is_err_and(|errno| errno == Errno::ENOBUFS)),
        "a listener whose queue was full is not told that it has missed something"
    );
    drop(sleeper);
    // Of two events, the second finds the queue half full. A light that goes out brings it.
    let _sleeper = self::sleeper()?;
    press(stairs, 1, SHORT, "while a listener does not read")?;
    goes_out(stairs, 1)
}

/// A listener that has room for a few events, and reads none.
fn sleeper() -> Result<Family> {
    let sleeper = Family::open("exercise")?;
    sleeper.join("lights")?;
    sleeper.set_queue(0)?;
    sleeper.set_option(NETLINK_BROADCAST_ERROR, 1)?;
    Ok(sleeper)
}

fn nothing_is_left(stairs: &Family) -> Result<()> {
    let before = buffers()?;
    for _ in 0..ROUNDS {
        for floor in 0..FLOORS {
            press(stairs, floor, SHORT, "while nobody listens")?;
        }
        for floor in 0..FLOORS {
            goes_out(stairs, floor)?;
        }
    }
    ensure!(
        buffers()? < before + RESERVE,
        "lights went on and out hundreds of times while nobody listened, and the kernel still has a buffer for each time"
    );
    Ok(())
}

/// How many socket buffers the kernel has; see slabinfo(5).
fn buffers() -> Result<usize> {
    let slabs = fs::read_to_string("/proc/slabinfo").context("read /proc/slabinfo")?;
    let line = slabs.lines().find_map(|line| line.strip_prefix("skbuff_head_cache "));
    let count = line.and_then(|line| line.split_whitespace().next()).context("/proc/slabinfo has no socket buffers")?;
    Ok(count.parse()?)
}

fn press(stairs: &Family, floor: u32, time: u32, when: &str) -> Result<()> {
    let attributes = [attribute(FLOOR, &floor.to_ne_bytes()), attribute(TIME, &time.to_ne_bytes())].concat();
    let pressed = stairs.request(PRESS, &attributes)?.map_err(|refusal| refusal.errno);
    accepted(&format!("STAIRS_CMD_PRESS {when}"), pressed).map(drop)
}

fn burns(stairs: &Family, floor: u32) -> Result<bool> {
    let answer = stairs.request(GET, &attribute(FLOOR, &floor.to_ne_bytes()))?.map_err(|refusal| refusal.errno);
    let answer: Attributes = accepted("STAIRS_CMD_GET", answer)?;
    Ok(answer.get(&BURNS).and_then(|payload| number(payload)).context("an answer without STAIRS_A_BURNS")? == 1)
}

fn goes_out(stairs: &Family, floor: u32) -> Result<()> {
    let out = until(PATIENCE, || Ok((!burns(stairs, floor)?).then_some(())))?;
    out.with_context(|| format!("the time of the light of floor {floor} is over, and it burns"))
}
