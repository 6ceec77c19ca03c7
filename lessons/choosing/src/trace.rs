//! What runs in the kernel on the way through a door.

use lesson::ftrace;
use std::io::Result;

// ANCHOR: functions
/// The functions of the module, and those that stand before a door.
const FUNCTIONS: &str = "locker_* bytes_* vfs_read vfs_write proc_reg_read proc_reg_write \
     kernfs_fop_read_iter kernfs_fop_write_iter netlink_sendmsg genl_rcv netlink_recvmsg";
// ANCHOR_END: functions

/// Makes the calls and returns the kernel's record of them.
pub fn record(calls: impl FnOnce()) -> Result<Vec<String>> {
    let mut lines = ftrace::graph(FUNCTIONS, calls)?;
    // The last one is the write(2) that ends the recording.
    lines.pop();
    Ok(lines)
}
