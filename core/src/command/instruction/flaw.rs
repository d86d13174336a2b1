//! What can be wrong with an instruction.

use crate::decode::shown;
use serde_path_to_error::Segment;
use std::fmt::Write;

/// Why an instruction says nothing. Of what stands in it only names of members are told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstructionFlaw {
    #[error("it is longer than {} bytes; send several commands", super::INSTRUCTION_BYTES_MAX)]
    TooLong,
    #[error("{0}")]
    NotJson(String),
    #[error("it has a version (`v`) that this usher does not know{}; this one knows 1", shown_version(*.0))]
    Version(Option<u64>),
    #[error("this usher knows no such command")]
    UnknownCommand,
    #[error("usher knows no member `{0}` there, and would not have heeded it")]
    UnknownMember(String),
    #[error("`{0}` is missing")]
    Missing(String),
    #[error("it is for everything, and names a `tenant`; leave it out, or pause the tenant")]
    TenantOfAll,
    #[error("`{place}` must be {expected}")]
    Value {
        /// `args.holds[1]`
        place: String,
        expected: String,
    },
}

fn shown_version(version: Option<u64>) -> String {
    version.map(|version| format!(", {version}")).unwrap_or_default()
}

/// What `error` means, without the value that it speaks of. serde has no other mark than its message.
pub(super) fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> InstructionFlaw {
    let message = error.inner().to_string();
    let place = place(error.path());
    let quoted = |before: &str| message.strip_prefix(before)?.split('`').next();
    let within = |name: &str| match place.rsplit_once('.') {
        // The path ends with the name where somebody wrote it, and before it where it is missing.
        _ if place == name || place.ends_with(&format!(".{name}")) => place.clone(),
        _ if place.is_empty() => name.to_owned(),
        _ => format!("{place}.{name}"),
    };
    if let Some(name) = quoted("unknown field `") {
        InstructionFlaw::UnknownMember(within(shown(name)))
    } else if let Some(name) = quoted("missing field `") {
        InstructionFlaw::Missing(within(name))
    } else if message.starts_with("unknown variant `") && place == "command" {
        InstructionFlaw::UnknownCommand
    } else {
        // What comes before it may be the value; what our own types say of theirs never is.
        let expected = match message.split_once(", expected ") {
            Some((_value, expected)) => expected.to_owned(),
            None => message,
        };
        InstructionFlaw::Value { place, expected }
    }
}

fn place(path: &serde_path_to_error::Path) -> String {
    let mut place = String::new();
    for segment in path {
        let dot = if place.is_empty() { "" } else { "." };
        // Writing to a string cannot fail.
        let _infallible = match segment {
            Segment::Seq { index } => write!(place, "[{index}]"),
            Segment::Map { key } => write!(place, "{dot}{}", shown(key)),
            // A word that chooses is told where it stands.
            Segment::Enum { .. } | Segment::Unknown => Ok(()),
        };
    }
    place
}
