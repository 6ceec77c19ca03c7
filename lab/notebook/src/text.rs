use std::{fmt, ops::Deref};

/// A text that a cell shows as it is when it is the cell's last expression.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl Text {
    /// What evcxr calls to show a value.
    pub fn evcxr_display(&self) {
        crate::picture::show("text/plain", self.0.trim_end());
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}
