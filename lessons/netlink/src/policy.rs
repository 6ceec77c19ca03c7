//! Reading a family's policy back: `CTRL_CMD_GETPOLICY`, the request behind
//! `genl ctrl policy`. The constants are those of linux/genetlink.h and linux/netlink.h.

use crate::{attributes::walk, refusal::Result, socket::Socket};
use neli::{
    consts::{
        genl::{CtrlAttr, CtrlCmd},
        nl::{GenlId, NlmF},
    },
    err::DeError,
    genl::{AttrTypeBuilder, GenlmsghdrBuilder, NlattrBuilder},
    types::GenlBuffer,
};
use std::{collections::BTreeMap, fmt};

/// Those that neli has no name for.
const GETPOLICY: CtrlCmd = CtrlCmd::UnrecognizedConst(10);
const OP: CtrlAttr = CtrlAttr::UnrecognizedConst(10);
const POLICY: u16 = 8;

/// What one attribute may be: `NL_POLICY_TYPE_ATTR_…` and their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule(BTreeMap<u16, u64>);

const TYPE: u16 = 1;
const MIN_VALUE_U: u16 = 4;
const MAX_VALUE_U: u16 = 5;
const MAX_LENGTH: u16 = 7;
const POLICY_IDX: u16 = 8;

/// The rules of some policies, by the policy's number and the attribute's. Policy 0 is the
/// command's own; the others are of its nests.
pub type Rules = BTreeMap<(u16, u16), Rule>;

// ANCHOR: rules
/// Asks which attributes a command takes. ENOENT: there is no such family, or it has no such
/// command.
pub fn rules(socket: &mut Socket, family: u16, command: u8) -> Result<Rules> {
    let kind = AttrTypeBuilder::default().nla_type(CtrlAttr::FamilyId).build()?;
    let family = NlattrBuilder::default().nla_type(kind).nla_payload(family).build()?;
    let kind = AttrTypeBuilder::default().nla_type(OP).build()?;
    let command =
        NlattrBuilder::default().nla_type(kind).nla_payload(u32::from(command)).build()?;
    let question = GenlmsghdrBuilder::default()
        .cmd(GETPOLICY)
        .version(2)
        .attrs(GenlBuffer::from_iter([family, command]))
        .build()?;
    let mut rules = Rules::new();
    socket.request(GenlId::Ctrl.into(), NlmF::DUMP, question, |message| {
        enter(&mut rules, message.get(GENL_HDRLEN..).unwrap_or_default())
    })?;
    Ok(rules)
}
// ANCHOR_END: rules

/// The size of `struct genlmsghdr`.
const GENL_HDRLEN: usize = 4;

/// A message has one rule, in three nests: in `CTRL_ATTR_POLICY` that of the policy, in it
/// that of the attribute.
fn enter(rules: &mut Rules, message: &[u8]) -> Result<()> {
    walk(message, |kind, policies| match kind {
        POLICY => walk(policies, |policy, attributes| {
            walk(attributes, |attribute, limits| {
                let mut rule = Rule::default();
                walk(limits, |kind, value| {
                    rule.0.insert(kind, number(value)?);
                    Result::Ok(())
                })?;
                rules.insert((policy, attribute), rule);
                Result::Ok(())
            })
        }),
        _ => Ok(()),
    })
}

/// The numbers in a policy have 32 bits or 64.
fn number(payload: &[u8]) -> std::result::Result<u64, DeError> {
    let small = payload.try_into().map(u32::from_ne_bytes).map(u64::from);
    let large = payload.try_into().map(u64::from_ne_bytes);
    small.or(large).map_err(|_| DeError::InvalidInput(payload.len()))
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let of = |kind| self.0.get(&kind).copied().unwrap_or_default();
        match of(TYPE) {
            4 => write!(f, "u32, from {} to {}", of(MIN_VALUE_U), of(MAX_VALUE_U)),
            12 => write!(f, "string with a NUL, of at most {} bytes", of(MAX_LENGTH)),
            13 => write!(f, "nest of policy {}", of(POLICY_IDX)),
            other => write!(f, "type {other}"),
        }
    }
}
