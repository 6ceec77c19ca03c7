//! Sends requests as bytes: for lamps that there are and lamps that there are not, with colours of all lengths. A
//! refusal must come from the policy, and then it says what the attribute takes.

use judge::{Result, accepted, bail, ensure, equal};
use nix::{
    errno::Errno,
    sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket},
};
use std::{
    collections::BTreeMap,
    os::fd::{AsRawFd, OwnedFd},
};

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
    let panel = Panel::open()?;
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
        set.is_out_of_range(&what)?;
        set.tells(&what, "PANEL_A_LAMP", NL_POLICY_TYPE_ATTR_MAX_VALUE_U, "greatest value", 7)?;
        let what = format!("PANEL_CMD_GET for lamp {lamp}");
        let Err(get) = panel.get(lamp)? else { bail!("{what} is accepted, although the last lamp is number 7") };
        get.is_out_of_range(&what)?;
    }
    Ok(())
}

fn other_colours(panel: &Panel) -> Result<()> {
    // The lamp's number comes last, so that something is behind a colour that is too short.
    let set = |length| {
        panel.request(SET, &[attribute(COLOUR, &vec![99; length]), attribute(LAMP, &1u32.to_ne_bytes())].concat())
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
            Err(refusal) => refusal.is_out_of_range(&what)?,
        }
    }
    let Err(refusal) = set(2)? else { bail!("PANEL_CMD_SET with a colour of 2 bytes is accepted") };
    let what = "PANEL_CMD_SET with a colour of 2 bytes";
    refusal.tells(what, "PANEL_A_COLOUR", NL_POLICY_TYPE_ATTR_MIN_LENGTH, "least length", 3)?;
    refusal.tells(what, "PANEL_A_COLOUR", NL_POLICY_TYPE_ATTR_MAX_LENGTH, "greatest length", 3)
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
        match panel.request(command, &attributes)? {
            Ok(_) => bail!("{what} should fail with EINVAL, and is accepted"),
            Err(refusal) => equal(&format!("the errno of {what}"), refusal.errno, Errno::EINVAL)?,
        }
    }
    Ok(())
}

/// The payloads of a message by their types.
type Attributes = BTreeMap<u16, Vec<u8>>;

/// What the kernel says if it refuses.
#[derive(Debug)]
struct Refusal {
    errno: Errno,
    attributes: Attributes,
}

impl Refusal {
    fn is_out_of_range(&self, what: &str) -> Result<()> {
        equal(&format!("the errno of {what}"), self.errno, Errno::ERANGE)
    }

    /// That it brings what the policy says of the attribute, and there this limit.
    fn tells(&self, what: &str, attribute: &str, kind: u16, words: &str, limit: u32) -> Result<()> {
        let policy = self.attributes.get(&NLMSGERR_ATTR_POLICY).map(|nest| parse(nest)).unwrap_or_default();
        ensure!(
            policy.get(&kind).and_then(|payload| number(payload)) == Some(limit.into()),
            "{what} is refused, but not by the policy: netlink does not tell the program that the {words} for \
             {attribute} is {limit}"
        );
        Ok(())
    }
}

/// A socket of the protocol `NETLINK_GENERIC`, and the number of the module's family.
struct Panel {
    socket: OwnedFd,
    family: u16,
}

impl Panel {
    fn open() -> Result<Panel> {
        let socket =
            socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkGeneric)?;
        let yes: libc::c_int = 1;
        let length = size_of_val(&yes) as libc::socklen_t;
        // Refusals come with attributes, and without the request that is refused.
        for option in [libc::NETLINK_EXT_ACK, libc::NETLINK_CAP_ACK] {
            // SAFETY: the kernel reads an int, and `yes` is one.
            let set = unsafe {
                libc::setsockopt(socket.as_raw_fd(), libc::SOL_NETLINK, option, (&raw const yes).cast(), length)
            };
            Errno::result(set)?;
        }
        let control = Panel { socket, family: libc::GENL_ID_CTRL as u16 };
        let name = attribute(libc::CTRL_ATTR_FAMILY_NAME as u16, b"exercise\0");
        let answer = accepted("a search for the family", control.request(libc::CTRL_CMD_GETFAMILY as u8, &name)?)?;
        match answer.get(&(libc::CTRL_ATTR_FAMILY_ID as u16)).map(|payload| &payload[..]) {
            Some(&[low, high]) => Ok(Panel { family: u16::from_ne_bytes([low, high]), ..control }),
            _ => bail!("the family has no number"),
        }
    }

    /// Sends a request, and receives what the kernel has answered by then: a message, or none, and the ACK.
    fn request(&self, command: u8, attributes: &[u8]) -> Result<Result<Attributes, Refusal>> {
        let length = (HEADERS + attributes.len()) as u32;
        let flags = (libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16;
        let kind_and_flags = [self.family, flags].map(u16::to_ne_bytes).concat();
        let headers = [&length.to_ne_bytes(), &kind_and_flags[..], &[0; 8], &[command, 1, 0, 0]].concat();
        send(self.socket.as_raw_fd(), &[&headers, attributes].concat(), MsgFlags::empty())?;
        let (mut answer, mut datagram) = (Attributes::new(), [0; 8192]);
        loop {
            let length = recv(self.socket.as_raw_fd(), &mut datagram, MsgFlags::MSG_DONTWAIT)?;
            let [_, _, _, _, low, high, ..] = datagram;
            if libc::c_int::from(u16::from_ne_bytes([low, high])) != libc::NLMSG_ERROR {
                answer = parse(&datagram[HEADERS..length.max(HEADERS)]);
                continue;
            }
            let error = number(&datagram[16..20]).unwrap_or_default() as i32;
            return Ok(match error {
                0 => Ok(answer),
                error => {
                    Err(Refusal { errno: Errno::from_raw(-error), attributes: parse(&datagram[36..length.max(36)]) })
                }
            });
        }
    }

    fn set(&self, lamp: u32, colour: &[u8]) -> Result<Result<Attributes, Refusal>> {
        self.request(SET, &[attribute(LAMP, &lamp.to_ne_bytes()), attribute(COLOUR, colour)].concat())
    }

    fn get(&self, lamp: u32) -> Result<Result<Attributes, Refusal>> {
        self.request(GET, &attribute(LAMP, &lamp.to_ne_bytes()))
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

/// The bytes of a `struct nlmsghdr` and a `struct genlmsghdr`.
const HEADERS: usize = 20;

/// An attribute, padded.
fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
    let header = [4 + payload.len() as u16, kind].map(u16::to_ne_bytes).concat();
    let mut bytes = [&header, payload].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn parse(mut bytes: &[u8]) -> Attributes {
    let mut attributes = Attributes::new();
    while let [l0, l1, k0, k1, ..] = *bytes {
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        let Some(payload) = bytes.get(4..length) else { break };
        // Without the bit that marks a nest.
        attributes.insert(u16::from_ne_bytes([k0, k1]) & 0x3fff, payload.to_vec());
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    attributes
}

/// A number of 4 or 8 bytes.
fn number(payload: &[u8]) -> Option<u64> {
    match payload.try_into() {
        Ok(bytes) => Some(u64::from_ne_bytes(bytes)),
        Err(_) => payload.try_into().ok().map(|bytes| u32::from_ne_bytes(bytes).into()),
    }
}
