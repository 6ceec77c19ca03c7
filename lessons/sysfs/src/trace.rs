//! The chapter's path through the kernel: which functions are recorded.

// ANCHOR: functions
/// The functions to record: the way of a read(2) or write(2) through sysfs, and ours.
pub const FUNCTIONS: &str = "kernfs_fop_*_iter sysfs_* dev_attr_* brightness_*";
// ANCHOR_END: functions
