//! The chapter's path through the kernel: which functions are recorded.

// ANCHOR: functions
/// The functions to record: the way of a read(2), a write(2) or a poll(2) through sysfs, and ours.
pub const FUNCTIONS: &str =
    "kernfs_fop_*_iter kernfs_fop_poll do_sys_poll sysfs_* dev_attr_* brightness_*";
// ANCHOR_END: functions
