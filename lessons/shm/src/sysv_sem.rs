//! A System V semaphore, as far as it shows what shared memory has not: somebody who sleeps
//! in the kernel when the object is removed.

use nix::{Result, errno::Errno, libc};

/// The call that the C library makes of semop(3): 32-bit x86 has one for all of System V.
pub const SEMOP: libc::c_long = {
    #[cfg(target_arch = "x86")]
    {
        libc::SYS_ipc
    }
    #[cfg(not(target_arch = "x86"))]
    {
        libc::SYS_semtimedop
    }
};

/// A set of one semaphore with the value 0. Dropping it removes it.
pub struct Semaphore(libc::c_int);

impl Semaphore {
    /// semget(2) with `IPC_PRIVATE`. ENOSPC: there are too many.
    pub fn new() -> Result<Semaphore> {
        // SAFETY: three integers.
        let id = unsafe { libc::semget(libc::IPC_PRIVATE, 1, libc::IPC_CREAT | 0o600) };
        Errno::result(id).map(Semaphore)
    }

    /// semop(2): waits until 1 can be taken. EIDRM: it was removed meanwhile. EINVAL: it
    /// was removed before.
    pub fn wait(&self) -> Result<()> {
        let mut operation = libc::sembuf { sem_num: 0, sem_op: -1, sem_flg: 0 };
        // SAFETY: one operation.
        Errno::result(unsafe { libc::semop(self.0, &mut operation, 1) }).map(drop)
    }

    /// semctl(2) with `IPC_RMID`: removes it and wakes everybody who waits.
    pub fn remove(&self) -> Result<()> {
        // SAFETY: this command takes no argument.
        Errno::result(unsafe { libc::semctl(self.0, 0, libc::IPC_RMID) }).map(drop)
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // It may have been removed already.
        let _ = self.remove();
    }
}
