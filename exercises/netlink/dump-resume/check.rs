//! Lists few coats and many, while nothing changes and while coats are fetched. The first datagram of a list is made when
//! the request is sent, and each of the others when the one before is received: so the check decides where a dump is.

use judge::{
    Context, Result, accepted, bail, ensure, equal,
    netlink::{Family, attribute, number},
    until,
};
use nix::errno::Errno;
use std::{collections::BTreeSet, fs, time::Duration};

/// The module's commands and its attribute.
const HAND_IN: u8 = 1;
const FETCH: u8 = 2;
const LIST: u8 = 3;
const NUMBER: u16 = 1;

/// They take several datagrams.
const MANY: u32 = 1000;

/// As many as there is room for.
const FULL: u32 = 2000;

/// How many programs go away in the middle of a list, and how much memory of the kernel's, in KiB, that may cost.
const GONE: usize = 1000;
const RESERVE: usize = 2000;

/// How long it may take until memory is free that nobody uses any more.
const PATIENCE: Duration = Duration::from_secs(2);

pub fn check() -> Result<()> {
    let clerk = Family::open("exercise")?;
    List::begin("no coat", 0..0)?.comes_whole()?;
    (1..=3).try_for_each(|number| hand_in(&clerk, number))?;
    List::begin("3 coats", 1..4)?.comes_whole()?;
    (4..=MANY).try_for_each(|number| hand_in(&clerk, number))?;
    List::begin("1000 coats", 1..MANY + 1)?.comes_whole()?;
    two_at_a_time()?;
    coats_are_fetched(&clerk)?;
    all_others_are_fetched(&clerk)?;
    nothing_is_left()?;
    until_it_is_full(&clerk)
}

/// Datagrams of the one and of the other by turns.
fn two_at_a_time() -> Result<()> {
    let what = "1000 coats for one of two programs, which list them at the same time,";
    let mut lists = [List::begin(what, 1..MANY + 1)?, List::begin(what, 1..MANY + 1)?];
    while lists.iter().any(|list| list.ended.is_none()) {
        lists.iter_mut().filter(|list| list.ended.is_none()).try_for_each(List::go_on)?;
    }
    lists.into_iter().try_for_each(List::comes_whole)
}

fn coats_are_fetched(clerk: &Family) -> Result<()> {
    let what = "1000 coats, of which some that were listed are fetched under way,";
    let mut list = List::begin(what, 1..MANY + 1)?;
    list.go_on()?;
    (1..=20).try_for_each(|number| fetch(clerk, number))?;
    list.end()?;
    list.has_all(21..MANY + 1)?;

    let mut list = List::begin("980 coats, of which the first and the last are fetched under way,", 21..MANY + 1)?;
    list.go_on()?;
    [21, MANY].into_iter().try_for_each(|number| fetch(clerk, number))?;
    list.end()?;
    list.has_all(22..MANY)?;
    list.owns_up(22..MANY)
}

/// Those that are not in the first datagram, wherever the dump stands.
fn all_others_are_fetched(clerk: &Family) -> Result<()> {
    let mut list = List::begin("978 coats, of which all but the first are fetched under way,", 22..MANY)?;
    list.go_on()?;
    let others: Vec<u32> = (22..MANY).filter(|number| !list.coats.contains(number)).collect();
    ensure!(!others.is_empty(), "the first datagram of a list has all of its coats");
    others.iter().try_for_each(|&number| fetch(clerk, number))?;
    list.end()?;
    let last = list.coats.iter().copied().filter(|number| !others.contains(number)).max().unwrap_or_default();
    list.has_all(22..last + 1)?;
    list.owns_up(22..last + 1)?;

    hand_in(clerk, MANY + 1)?;
    let is = (22..last + 1).chain([MANY + 1]);
    List::begin("the coats that are left", is)?.comes_whole()
}

fn nothing_is_left() -> Result<()> {
    let before = memory()?;
    for _ in 0..GONE {
        // It has its first datagram and will not receive it.
        List::begin("coats", 0..0)?;
    }
    // What a socket had is not freed at once.
    let freed = until(PATIENCE, || Ok((memory()? < before + RESERVE).then_some(())))?;
    freed.context(
        "hundreds of programs have begun a list and gone away before its end, and the kernel has kept memory for each",
    )
}

/// The next coat has the number `MANY + 2`.
fn until_it_is_full(clerk: &Family) -> Result<()> {
    let refused = (0..=FULL).find_map(|_| match clerk.request(HAND_IN, &[]) {
        Ok(Ok(_)) => None,
        refused => Some(refused),
    });
    let Some(refused) = refused else { bail!("a cloakroom for 2000 coats has taken 2001 more than it had") };
    let errno = refused?.map_err(|refusal| refusal.errno);
    judge::refused("CLOAKROOM_CMD_HAND_IN when there is no room", errno.map(drop), Errno::ENOSPC)?;
    let mut list = List::begin("the coats in a full cloakroom", 1..MANY + FULL)?;
    list.end()?;
    equal("how many coats hang in a cloakroom that takes no more", list.coats.len(), FULL as usize)
}

/// A list of coats, as far as it was received, on a socket of its own.
struct List {
    what: String,
    clerk: Family,
    /// The coats that hung there when it was begun.
    before: Vec<u32>,
    coats: Vec<u32>,
    interrupted: bool,
    ended: Option<nix::Result<()>>,
}

impl List {
    fn begin(what: &str, before: impl IntoIterator<Item = u32>) -> Result<List> {
        let (what, before) = (format!("a list of {what}"), before.into_iter().collect());
        let list =
            List { what, clerk: Family::open("exercise")?, before, coats: vec![], interrupted: false, ended: None };
        list.clerk.send(LIST, libc::NLM_F_DUMP, &[])?;
        Ok(list)
    }

    /// Receives a datagram.
    fn go_on(&mut self) -> Result<()> {
        let List { what, .. } = self;
        for message in accepted(&format!("recv(2) of {what}"), self.clerk.receive())? {
            ensure!(self.ended.is_none(), "{what} goes on after its NLMSG_DONE");
            self.interrupted |= message.flags & libc::NLM_F_DUMP_INTR != 0;
            match message.kind {
                libc::NLMSG_DONE | libc::NLMSG_ERROR => self.ended = Some(message.end()),
                _ => {
                    ensure!(message.command() == LIST, "{what} has a message with another command");
                    let coat = message.attributes().get(&NUMBER).and_then(|payload| number(payload));
                    self.coats.push(coat.context("a coat without CLOAKROOM_A_NUMBER")? as u32);
                }
            }
        }
        ensure!(self.coats.len() < 3 * MANY as usize, "{what} begins anew again and again, and does not end");
        Ok(())
    }

    /// Receives the rest of it, and looks at what is true of each list.
    fn end(&mut self) -> Result<()> {
        while self.ended.is_none() {
            self.go_on()?;
        }
        let List { what, .. } = self;
        accepted(what, self.ended.unwrap_or(Ok(())))?;
        ensure!(self.clerk.receive().is_err(), "{what} goes on after its NLMSG_DONE");
        let mut listed = BTreeSet::new();
        for coat in &self.coats {
            ensure!(self.before.contains(coat), "{what} has coat {coat}, which does not exist");
            ensure!(listed.insert(coat), "{what} has coat {coat} twice");
        }
        ensure!(self.coats.is_sorted(), "{what} has its coats in the wrong order");
        Ok(())
    }

    /// That all of these are in it.
    fn has_all(&self, coats: impl IntoIterator<Item = u32>) -> Result<()> {
        match coats.into_iter().find(|coat| !self.coats.contains(coat)) {
            Some(coat) => bail!("{} ends well, and coat {coat} was there all the time and is not in it", self.what),
            None => Ok(()),
        }
    }

    /// Nothing has changed: it ends with all that were there, and without a doubt.
    fn comes_whole(mut self) -> Result<()> {
        self.end()?;
        self.has_all(self.before.clone())?;
        ensure!(!self.interrupted, "{} says that it was interrupted, and nothing has changed", self.what);
        Ok(())
    }

    /// It shows what was there before the change, or `after` it, or says that it does not.
    fn owns_up(&self, after: impl IntoIterator<Item = u32>) -> Result<()> {
        let after: Vec<u32> = after.into_iter().collect();
        ensure!(
            self.interrupted || [&self.before, &after].contains(&&self.coats),
            "{} shows coats that were never there together, and NLM_F_DUMP_INTR in none of its messages says so",
            self.what
        );
        Ok(())
    }
}

fn hand_in(clerk: &Family, coat: u32) -> Result<()> {
    let answer = clerk.request(HAND_IN, &[])?.map_err(|refusal| refusal.errno);
    let answer = accepted("CLOAKROOM_CMD_HAND_IN", answer)?;
    equal("the number of a coat", answer.get(&NUMBER).and_then(|payload| number(payload)), Some(coat.into()))
}

fn fetch(clerk: &Family, coat: u32) -> Result<()> {
    let answer = clerk.request(FETCH, &attribute(NUMBER, &coat.to_ne_bytes()))?.map_err(|refusal| refusal.errno);
    accepted("CLOAKROOM_CMD_FETCH", answer).map(drop)
}

/// How much memory the kernel has for itself and cannot give back, in KiB; see proc_meminfo(5).
fn memory() -> Result<usize> {
    let memory = fs::read_to_string("/proc/meminfo").context("read /proc/meminfo")?;
    let line = memory.lines().find_map(|line| line.strip_prefix("SUnreclaim:"));
    let amount = line.and_then(|line| line.split_whitespace().next()).context("/proc/meminfo has no SUnreclaim")?;
    Ok(amount.parse()?)
}
