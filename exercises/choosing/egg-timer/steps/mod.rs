//! The steps.

mod egg;
mod impatient;
mod kitchen;
mod polling;
mod reading;
mod setting;
mod status;

use judge::Result;

/// A step's title, and what tries it.
type Step = (&'static str, fn() -> Result<()>);

/// In their order.
pub const STEPS: [Step; 6] = [
    ("write(2)", setting::write_sets_it),
    ("read(2)", reading::read_waits_for_it),
    ("those who cannot wait", impatient::a_wait_can_be_ended),
    ("poll(2)", polling::poll_sees_it),
    ("ioctl(2)", status::its_status_is_told),
    ("the kitchen", kitchen::the_kitchen_knows),
];
