//! How a run is ended from outside: its reader presses Stop, or has gone.

use crate::vm::emulator::Killer;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Whether a run was stopped, and what ends its VM.
#[derive(Default)]
pub struct Stop {
    /// Guards both: a VM that is started while the run is stopped ends too.
    state: Mutex<(bool, Option<Killer>)>,
    /// Told once when it is stopped.
    told: Notify,
}

impl Stop {
    fn state(&self) -> MutexGuard<'_, (bool, Option<Killer>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the run's VM now, or as soon as it has one.
    pub fn stop(&self) {
        let mut state = self.state();
        state.0 = true;
        if let Some(killer) = state.1.take() {
            killer.kill();
        }
        self.told.notify_one();
    }

    /// Waits until it is stopped. Only one may wait.
    pub async fn stopped(&self) {
        self.told.notified().await;
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.state().0
    }

    /// This ends the run's VM.
    pub fn has_vm(&self, killer: Killer) {
        let mut state = self.state();
        match state.0 {
            true => killer.kill(),
            false => state.1 = Some(killer),
        }
    }
}
