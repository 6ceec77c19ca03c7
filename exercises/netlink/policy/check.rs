//! Sends requests as bytes: for lamps that there are and lamps that there are not, with colours of all lengths. A
//! refusal must come from the policy, and then it says what the attribute takes.

use judge::{
    Result, accepted, bail, ensure, equal,
    netlink::{Attributes, Family, Refusal, attribute, number, parse},
};
use nix::errno::Errno;

/// The module's commands and attributes.
const GET: u8 = 1;
const SET: u8 = 2;
const LAMP: u16 = 1;
const COLOUR: u16 = 2;
const BRIGHTNESS: u16 = 3;

/// Of linux/netlink.h: attributes of a refusal, and what they hold of a policy.
const NLMSGERR_ATTR_POLICY: u16 = 4;
const NL_POLICY_TYPE_ATTR_MAX_VALUE_U: u16 = 5;
const NL_POLICY_TYPE_ATTR_MIN_LENGTH: u16 = 6;
const NL_POLICY_TYPE_ATTR_MAX_LENGTH: u16 = 7;

pub fn check() -> Result<()> {
    let panel = Panel(Family::open("exercise")?);
    for (lamp, colour) in [(0, [1, 2, 3]), (7, [4, 5, 6]), (1, [7, 8, 9]), (0, [255, 255, 255])] {
        accepted(&format!("PANEL_CMD_SET for lamp {lamp}"), panel.set(lamp, &colour)?)?;
        panel.shows(lamp, colour, &format!("after PANEL_CMD_SET for lamp {lamp}"))?;
    }
    panel.shows(7, [4, 5, 6], "after PANEL_CMD_SET for others")?;
    other_lamps(&panel)?;
    other_colours(&panel)?;
    malformed_requests(&panel)?;
    panel.shows(1, [7, 8, 9], "after requests that were refused")
}

fn other_lamps(panel: &Panel) -> Result<()> {
    for lamp in [8, 9, u32::MAX] {
        let what = format!("PANEL_CMD_SET for lamp {lamp}");
        let Err(set) = panel.set(lamp, &[200, 0, 0])? else {
            bail!(
                "{what} is accepted, although the last lamp is number 7; the brightness of the panel was 40, and now \
                 it is {}",
                panel.brightness()?
            )
        };
        is_out_of_range(&set, &what)?;
        tells(&set, &what, "PANEL_A_LAMP", NL_POLICY_TYPE_ATTR_MAX_VALUE_U, "greatest value", 7)?;
        let what = format!("PANEL_CMD_GET for lamp {lamp}");
        let Err(get) = panel.get(lamp)? else { bail!("{what} is accepted, although the last lamp is number 7") };
        is_out_of_range(&get, &what)?;
    }
    Ok(())
}

fn other_colours(panel: &Panel) -> Result<()> {
    // The lamp's number comes last, so that something is behind a colour that is too short.
    let set = |length| {
        panel.0.request(SET, &[attribute(COLOUR, &vec![99; length]), attribute(LAMP, &1u32.to_ne_bytes())].concat())
    };
    for length in [0, 1, 2, 4, 64] {
        let what = format!("PANEL_CMD_SET with a colour of {length} bytes");
        match set(length)? {
            Ok(_) if length < 3 => bail!(
                "{what} is accepted, and the lamp has now the colour {:?}: what was missing comes from behind the \
                 attribute",
                panel.colour(1)?
            ),
            Ok(_) => bail!("{what} is accepted, and the lamp has now the first 3 of them for its colour"),
            Err(refusal) => is_out_of_range(&refusal, &what)?,
        }
    }
    let Err(refusal) = set(2)? else { bail!("PANEL_CMD_SET with a colour of 2 bytes is accepted") };
    let what = "PANEL_CMD_SET with a colour of 2 bytes";
    tells(&refusal, what, "PANEL_A_COLOUR", NL_POLICY_TYPE_ATTR_MIN_LENGTH, "least length", 3)?;
    tells(&refusal, what, "PANEL_A_COLOUR", NL_POLICY_TYPE_ATTR_MAX_LENGTH, "greatest length", 3)
}

fn malformed_requests(panel: &Panel) -> Result<()> {
    let (lamp, colour) = (attribute(LAMP, &1u32.to_ne_bytes()), attribute(COLOUR, &[1; 3]));
    for (what, command, attributes) in [
        ("PANEL_CMD_GET without a lamp", GET, vec![]),
        ("PANEL_CMD_SET without a lamp", SET, colour.clone()),
        ("PANEL_CMD_SET without a colour", SET, lamp.clone()),
        ("PANEL_CMD_SET with a lamp's number of 2 bytes", SET, [attribute(LAMP, &[1, 0]), colour.clone()].concat()),
        ("PANEL_CMD_SET with a brightness", SET, [lamp, colour, attribute(BRIGHTNESS, &[90])].concat()),
    ] {
        match panel.0.request(command, &attributes)? {
            Ok(_) => bail!("{what} should fail with EINVAL, and is accepted"),
            Err(refusal) => equal(&format!("the errno of {what}"), refusal.errno, Errno::EINVAL)?,
        }
    }
    Ok(())
}

fn is_out_of_range(refusal: &Refusal, what: &str) -> Result<()> {
    equal(&format!("the errno of {what}"), refusal.errno, Errno::ERANGE)
}

/// That it brings what the policy says of the attribute, and there this limit.
fn tells(refusal: &Refusal, what: &str, attribute: &str, kind: u16, words: &str, limit: u32) -> Result<()> {
    let policy = refusal.attributes.get(&NLMSGERR_ATTR_POLICY).map(|nest| parse(nest)).unwrap_or_default();
    ensure!(
        policy.get(&kind).and_then(|payload| number(payload)) == Some(limit.into()),
        "{what} is refused, but not by the policy: netlink does not tell the program that the {words} for {attribute} \
         is {limit}"
    );
    Ok(())
}

struct Panel(Family);

impl Panel {
    fn set(&self, lamp: u32, colour: &[u8]) -> Result<Result<Attributes, Refusal>> {
        self.0.request(SET, &[attribute(LAMP, &lamp.to_ne_bytes()), attribute(COLOUR, colour)].concat())
    }

    fn get(&self, lamp: u32) -> Result<Result<Attributes, Refusal>> {
        self.0.request(GET, &attribute(LAMP, &lamp.to_ne_bytes()))
    }

    fn colour(&self, lamp: u32) -> Result<Vec<u8>> {
        let mut answer = accepted(&format!("PANEL_CMD_GET for lamp {lamp}"), self.get(lamp)?)?;
        Ok(answer.remove(&COLOUR).unwrap_or_default())
    }

    fn brightness(&self) -> Result<u8> {
        let answer = accepted("PANEL_CMD_GET for lamp 0", self.get(0)?)?;
        Ok(answer.get(&BRIGHTNESS).and_then(|payload| payload.first().copied()).unwrap_or_default())
    }

    fn shows(&self, lamp: u32, colour: [u8; 3], when: &str) -> Result<()> {
        equal(&format!("the colour of lamp {lamp} {when}"), self.colour(lamp)?, colour.to_vec())?;
        equal(&format!("the brightness {when}"), self.brightness()?, 40)
    }
}
