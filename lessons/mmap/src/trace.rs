//! The chapter's path through the kernel: which functions are recorded.

/// The functions to record: `__do_fault`, which asks a driver for a page, `buffer_fault`,
/// which is asked, `finish_fault`, which maps the page, and `vm_insert_pages`. Few
/// patterns, because each costs the kernel a walk over all its functions.
pub const FUNCTIONS: &str = "[_bf]*[orh]_fault vm_insert_pages";
