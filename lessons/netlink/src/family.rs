//! Finding a family: its number and the numbers of its groups, which differ from boot to
//! boot.

use crate::{refusal::Result, socket::Socket};
use neli::{
    FromBytesWithInput,
    consts::{
        genl::{CtrlAttr, CtrlAttrMcastGrp, CtrlCmd, Index},
        nl::{GenlId, NlmF},
    },
    err::DeError,
    genl::{AttrTypeBuilder, Genlmsghdr, GenlmsghdrBuilder, NlattrBuilder},
    types::GenlBuffer,
};
use std::io::Cursor;

/// A family, as the family "nlctrl" describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its number, the type of its messages.
    pub id: u16,
    /// The version of its contract.
    pub version: u32,
    /// Names and numbers of its groups.
    pub groups: Vec<(String, u32)>,
}

impl Family {
    /// The number of a group.
    pub fn group(&self, name: &str) -> Option<u32> {
        self.groups.iter().find(|(group, _)| group == name).map(|(_, number)| *number)
    }
}

// ANCHOR: resolve
/// Asks for a family by name. ENOENT: there is none, e.g. because its module is not loaded.
pub fn resolve(socket: &mut Socket, name: &str) -> Result<Family> {
    let kind = AttrTypeBuilder::default().nla_type(CtrlAttr::FamilyName).build()?;
    let attribute = NlattrBuilder::default().nla_type(kind).nla_payload(name).build()?;
    let question = GenlmsghdrBuilder::default()
        .cmd(CtrlCmd::Getfamily)
        .version(2)
        .attrs(GenlBuffer::from_iter([attribute]))
        .build()?;
    let mut family = None;
    socket.request(GenlId::Ctrl.into(), NlmF::empty(), question, |message| {
        family = Some(describe(message)?);
        Ok(())
    })?;
    Ok(family.ok_or_else(|| DeError::new("the answer is empty"))?)
}
// ANCHOR_END: resolve

// ANCHOR: describe
fn describe(message: &[u8]) -> std::result::Result<Family, DeError> {
    let message = Genlmsghdr::<CtrlCmd, CtrlAttr>::from_bytes_with_input(
        &mut Cursor::new(message),
        message.len(),
    )?;
    let attributes = message.attrs().get_attr_handle();
    let mut groups = Vec::new();
    if attributes.get_attribute(CtrlAttr::McastGroups).is_some() {
        // A nest of nests: the outer types only count.
        for group in
            attributes.get_nested_attributes::<Index>(CtrlAttr::McastGroups)?.iter()
        {
            let group = group.get_attr_handle::<CtrlAttrMcastGrp>()?;
            let name = group.get_attr_payload_as_with_len(CtrlAttrMcastGrp::Name)?;
            groups.push((name, group.get_attr_payload_as(CtrlAttrMcastGrp::Id)?));
        }
    }
    Ok(Family {
        id: attributes.get_attr_payload_as(CtrlAttr::FamilyId)?,
        version: attributes.get_attr_payload_as(CtrlAttr::Version)?,
        groups,
    })
}
// ANCHOR_END: describe
