//! The chapter's path through the kernel: which functions are recorded.

/// The functions to record: those named for ioctl, except the hooks of security modules
/// (`hook_file_ioctl`, `bpf_lsm_file_ioctl`), which differ from one kernel to the next. One
/// pattern, because each costs the kernel a walk over all of its functions.
pub const FUNCTIONS: &str = "[_cdms]*_ioctl*";
