//! The chapter's path through the kernel: which functions are recorded.

// ANCHOR: functions
/// The functions to record: what the kernel has for a read(2), and ours. Two patterns only,
/// because each costs the kernel a walk over all of its functions.
pub const FUNCTIONS: &str = "*_read_iter passengers_*";
// ANCHOR_END: functions
