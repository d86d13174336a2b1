//! A member that usher does not read, and what a reason says of it.

use crate::decode::unknown::shown;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::text::is_blank;
use serde_json::Value;

/// A member that usher does not read.
pub(super) struct Stranger<'a> {
    /// As a reason names it.
    pub(super) path: String,
    /// The names on the way to it, from `data` or the envelope on, and its own.
    pub(super) places: Vec<&'a str>,
    pub(super) value: Value,
}

pub(super) fn field(path: &str, name: &str) -> String {
    format!("{path}.{}", shown(name))
}

/// `null`, and text without anything to see, say nothing.
pub(super) fn says_something(value: &Value) -> bool {
    !value.is_null() && !value.as_str().is_some_and(is_blank)
}

/// `meant` is the path from `data` on.
pub(super) fn misspelt(field: &str, meant: &str) -> Why {
    Why::new(
        Code::FieldMisspelt,
        Some(field),
        format!(
            "`{field}` is not read, and probably `data.{meant}` is meant, which is missing or says \
             something else; send it as `data.{meant}`"
        ),
    )
}
