//! The chapter's path through the kernel: which functions are recorded.

/// The functions to record: those of netlink that end so (`netlink_sendmsg`,
/// `netlink_recvmsg`, `netlink_ack`), that of generic netlink which finds the family, and
/// our own. Three patterns, because each costs the kernel a walk over all of its functions.
pub const FUNCTIONS: &str = "netlink_*[gk] genl_rcv_msg gauge_*";
