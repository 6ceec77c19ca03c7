//! A protocol with a number of its own: `NETLINK_ROUTE`, by which `ip link` asks for the
//! network interfaces. See rtnetlink(7).

use neli::{
    consts::{
        nl::NlmF,
        rtnl::{Iff, Ifla, RtAddrFamily, Rtm},
        socket::NlFamily,
    },
    err::RouterError,
    nl::NlPayload,
    router::synchronous::NlRouter,
    rtnl::{Ifinfomsg, IfinfomsgBuilder},
    types::Buffer,
    utils::Groups,
};

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// The largest packet, in bytes.
    pub mtu: u32,
    /// Whether it carries packets.
    pub up: bool,
}

/// What neli's router reports.
pub type Error = RouterError<u16, Buffer>;

// ANCHOR: dump
/// All network interfaces: `RTM_GETLINK` with `NLM_F_DUMP`.
pub fn dump() -> Result<Vec<Link>, Error> {
    let (router, _events) = NlRouter::connect(NlFamily::Route, None, Groups::empty())?;
    let question =
        IfinfomsgBuilder::default().ifi_family(RtAddrFamily::Unspecified).build()?;
    let answers = router
        .send::<_, _, Rtm, Ifinfomsg>(
            Rtm::Getlink,
            NlmF::DUMP,
            NlPayload::Payload(question),
        )
        .map_err(RouterError::new)?;
    let mut links = Vec::new();
    for answer in answers {
        let answer = answer.map_err(RouterError::new)?;
        let Some(link) = answer.get_payload() else { continue };
        let attributes = link.rtattrs().get_attr_handle();
        links.push(Link {
            name: attributes.get_attr_payload_as_with_len(Ifla::Ifname)?,
            mtu: attributes.get_attr_payload_as(Ifla::Mtu)?,
            up: link.ifi_flags().contains(Iff::UP),
        });
    }
    Ok(links)
}
// ANCHOR_END: dump
