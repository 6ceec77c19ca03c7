//! The chapter's path through the kernel: which functions are recorded.

/// The functions to record: `fanotify_handle_event`, which makes an event and waits for the
/// response, `fsnotify_insert_event`, which queues it, `fanotify_read`, `fanotify_write`, and
/// `fsnotify_destroy_event`. Few patterns, because each costs the kernel a walk over all
/// its functions.
pub const FUNCTIONS: &str = "fanotify_[hrw]* fsnotify_insert_event fsnotify_destroy_event";
