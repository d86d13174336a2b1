//! The names by which the world knows a person.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Which kind of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasKind {
    EmployeeNumber,
    UserName,
    Email,
}

/// A name in canonical form: trimmed, and lower case, for SCIM compares user names without case
/// (RFC 7643 §4.1.1) and mail hosts do the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Alias {
    kind: AliasKind,
    value: String,
}

impl Alias {
    /// `None` if nothing is left after trimming.
    pub fn parse(kind: AliasKind, text: &str) -> Option<Self> {
        let value = text.trim().to_lowercase();
        (!value.is_empty()).then_some(Self { kind, value })
    }

    pub fn kind(&self) -> AliasKind {
        self.kind
    }

    /// The canonical value. Personal data: never log it.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Masked, so that a log line cannot leak it.
impl fmt::Debug for Alias {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}(***)", self.kind)
    }
}
