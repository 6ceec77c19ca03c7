//! Virtual machines. [`emulator`] is a process of QEMU's, [`guest`] what can be asked of the agent inside, through the
//! [`channel`], [`template`] where a guest comes from: it is cloned from one that has booted.

pub mod channel;
pub mod console;
pub mod emulator;
mod evidence;
pub mod guest;
pub mod hung;
pub mod initramfs;
pub mod kernel;
pub mod kernels;
pub mod template;
