//! The chapter's path through the kernel: which functions are recorded.

/// The functions to record: `__fsnotify_parent` and `fsnotify`, which find out who wants to
/// know, `inotify_handle_inode_event` and `inotify_merge`, which make an event of it,
/// `fsnotify_insert_event`, which queues it, and `inotify_read`. Few patterns, because each
/// costs the kernel a walk over all its functions.
pub const FUNCTIONS: &str =
    "__fsnotify_parent fsnotify inotify_[hmr]* fsnotify_insert_event";
