//! A code as a record holds it.

use super::Code;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A code of this version, or one of another version that is kept as it was written.
///
/// What is decided by codes asks [`known`](Self::known), or compares with a [`Code`]; a code of another
/// version decides nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct WrittenCode(Written);

#[derive(Clone, PartialEq, Eq)]
enum Written {
    Known(Code),
    /// Never the text of a known one.
    Foreign(Box<str>),
}

impl WrittenCode {
    /// The code that is written so.
    pub fn read(text: &str) -> Self {
        Self(Code::parse(text).map_or_else(|| Written::Foreign(text.into()), Written::Known))
    }

    /// Which one it is; `None`: one of another version.
    pub const fn known(&self) -> Option<Code> {
        match self.0 {
            Written::Known(code) => Some(code),
            Written::Foreign(_) => None,
        }
    }

    /// As it stands in records.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Written::Known(code) => code.as_str(),
            Written::Foreign(text) => text,
        }
    }
}

impl From<Code> for WrittenCode {
    fn from(code: Code) -> Self {
        Self(Written::Known(code))
    }
}

impl PartialEq<Code> for WrittenCode {
    fn eq(&self, other: &Code) -> bool {
        self.known() == Some(*other)
    }
}

impl PartialOrd for WrittenCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for WrittenCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for WrittenCode {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.as_str().hash(hasher);
    }
}

impl fmt::Display for WrittenCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl fmt::Debug for WrittenCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

impl Serialize for WrittenCode {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for WrittenCode {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input).map(|text| Self::read(&text))
    }
}
