//! An address of the command line.

use std::fmt;
use std::ops::Deref;

use crate::secrets::masked;

/// An address as somebody typed it. It may hold a password, which [`fmt::Debug`] leaves out; it has no [`fmt::Display`].
#[derive(Clone, PartialEq, Eq)]
pub struct TypedAddress(String);

impl From<String> for TypedAddress {
    fn from(typed: String) -> Self {
        Self(typed)
    }
}

/// For who connects.
impl Deref for TypedAddress {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TypedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&masked(&self.0), f)
    }
}
