//! The path of a message through the kernel: which functions are recorded.

/// The functions of `ipc/mqueue.c` and `ipc/msgutil.c` that make up a send and a receive, and
/// the one that sends the signal. They have the same names in 6.1 and 6.12.
#[cfg(target_arch = "x86_64")]
pub const FUNCTIONS: &str = "do_mq_timed* load_msg store_msg free_msg msg_insert \
                             __do_notify wq_sleep do_send_sig_info";

/// The same on 32-bit x86, where the compiler has put `__do_notify` into its caller.
#[cfg(target_arch = "x86")]
pub const FUNCTIONS: &str = "do_mq_timed* load_msg store_msg free_msg msg_insert \
                             wq_sleep do_send_sig_info";
