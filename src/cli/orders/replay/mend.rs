//! How the value of a parked record is mended: by hand, or by a patch.

use super::super::error::Error;
use super::edit;
use crate::decode::{self, SourceSettings};
use crate::view::mended::changed;
use json_patch::Patch;
use serde_json::Value;
use std::collections::BTreeSet;

/// What is done to each value.
pub(super) enum Cure {
    /// It is read as it was.
    None,
    /// Somebody changes it.
    Editor,
    /// RFC 6902
    Patch(Patch),
    /// RFC 7396
    Merge(Value),
}

/// A value as it is to be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mended {
    pub bytes: Vec<u8>,
    /// The names of what is other than it was.
    pub changed: BTreeSet<String>,
}

impl Cure {
    /// Reads a patch: a list is one of operations, an object one to merge.
    pub(super) fn patch(bytes: &[u8]) -> Result<Self, Error> {
        let no_patch = |error: &dyn std::fmt::Display| {
            Error::NotMended(format!(
                "the patch is neither a list of operations (RFC 6902) nor an object to merge \
                 (RFC 7396): {error}"
            ))
        };
        let value: Value = serde_json::from_slice(bytes).map_err(|error| no_patch(&error))?;
        match value {
            Value::Object(_) => Ok(Self::Merge(value)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                serde_json::from_value(value).map(Self::Patch).map_err(|error| no_patch(&error))
            }
        }
    }

    /// The value, mended. What stands before its JSON, as the frame of a schema registry, stays.
    pub(super) fn apply(
        &self,
        place: &str,
        bytes: &[u8],
        source: &SourceSettings,
    ) -> Result<Mended, Error> {
        let (frame, text) = decode::split(bytes, source.framing).unwrap_or((&[], bytes));
        let after = match self {
            Self::None => return Ok(Mended { bytes: bytes.to_vec(), changed: BTreeSet::new() }),
            Self::Editor => edit::edit(text)?,
            Self::Patch(patch) => {
                let mut value = json(place, text)?;
                json_patch::patch(&mut value, patch).map_err(|error| {
                    Error::NotMended(format!("the patch does not fit {place}: {}", error.kind))
                })?;
                value.to_string().into_bytes()
            }
            Self::Merge(patch) => {
                let mut value = json(place, text)?;
                json_patch::merge(&mut value, patch);
                value.to_string().into_bytes()
            }
        };
        let changed = what_changed(text, &after);
        // What means the same is sent as it was.
        let bytes = if changed.is_empty() { bytes.to_vec() } else { [frame, &after].concat() };
        Ok(Mended { bytes, changed })
    }
}

fn json(place: &str, text: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(text).map_err(|_values_are_not_told| {
        Error::NotMended(format!("{place} is no JSON, so no patch fits it; mend it with --edit"))
    })
}

fn what_changed(before: &[u8], after: &[u8]) -> BTreeSet<String> {
    let read = |text: &[u8]| serde_json::from_slice::<Value>(text).ok();
    match (read(before), read(after)) {
        (Some(before), Some(after)) => changed(&before, &after),
        _ if before == after => BTreeSet::new(),
        _ => ["the value as a whole".to_owned()].into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cure, Mended};
    use crate::decode::SourceSettings;
    use serde_json::json;

    fn source(framing: &str) -> SourceSettings {
        serde_json::from_value(json!({
            "topic": "hr", "format": "cloudevents", "types": ["worker.*"], "framing": framing,
        }))
        .unwrap()
    }

    fn mended(patch: &str, value: &[u8], framing: &str) -> Result<Mended, String> {
        let cure = Cure::patch(patch.as_bytes()).map_err(|error| error.to_string())?;
        cure.apply("hr/0@1#0", value, &source(framing)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_list_is_operations_and_an_object_is_merged() {
        let value = br#"{"data":{"effective_at":"soon","a":1}}"#;
        let both = [
            r#"[{"op":"replace","path":"/data/effective_at","value":"2026-10-01"}]"#,
            r#"{"data":{"effective_at":"2026-10-01"}}"#,
        ];
        for patch in both {
            let mended = mended(patch, value, "none").unwrap();
            assert_eq!(mended.bytes, br#"{"data":{"effective_at":"2026-10-01","a":1}}"#);
            assert_eq!(mended.changed.into_iter().collect::<Vec<_>>(), ["data.effective_at"]);
        }
    }

    #[test]
    fn the_frame_of_a_schema_registry_stays() {
        let value = b"\0\0\0\0\x07{\"a\":1}";
        let mended = mended(r#"{"a":2}"#, value, "confluent").unwrap();
        assert_eq!(mended.bytes, b"\0\0\0\0\x07{\"a\":2}");
    }

    #[test]
    fn what_a_patch_leaves_as_it_was_is_sent_byte_for_byte() {
        let value = b"{ \"a\" : 1.0 }";
        let mended = mended(r#"{"b":null}"#, value, "none").unwrap();
        assert_eq!((mended.bytes.as_slice(), mended.changed.len()), (value.as_slice(), 0));
    }

    #[test]
    fn a_patch_that_does_not_fit_says_where_and_repeats_no_value() {
        let patch = r#"[{"op":"test","path":"/a","value":1}]"#;
        let error = mended(patch, br#"{"a":"kim"}"#, "none").unwrap_err();
        assert!(error.contains("does not fit hr/0@1#0") && !error.contains("kim"), "{error}");
        assert!(mended(patch, b"kim", "none").unwrap_err().contains("no JSON"));
        assert!(mended("7", b"{}", "none").unwrap_err().contains("neither"));
    }
}
