//! How the value of a parked record is mended: by hand, or by a patch.

use super::super::error::Error;
use super::edit;
use crate::decode::{self, SourceSettings};
use crate::model::RawRecord;
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
    /// The value is no longer compressed; no header may say that it is.
    pub is_unpacked: bool,
}

/// The header that says how a value is compressed.
const ENCODING: &str = "content-encoding";

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

    /// The value, mended. What stands before its JSON, as the frame of a schema registry, stays. What was
    /// compressed is not again: whoever mends it sees its text, and no header needs to be right.
    pub(super) fn apply(
        &self,
        place: &str,
        raw: &RawRecord,
        source: &SourceSettings,
    ) -> Result<Mended, Error> {
        let whole = raw.value.as_deref().unwrap_or_default();
        let plain = unpacked(place, whole)?;
        let bytes = plain.as_deref().unwrap_or(whole);
        let (frame, text) = decode::split(bytes, source.framing).unwrap_or((&[], bytes));
        let after = match self {
            Self::None => return Ok(unmended(raw, whole, plain)),
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
        if changed.is_empty() {
            return Ok(unmended(raw, whole, plain));
        }
        let bytes = [frame, &after].concat();
        Ok(Mended { bytes, changed, is_unpacked: plain.is_some() })
    }
}

impl Mended {
    /// The record with this value in place of its own.
    pub(super) fn record(&self, raw: &RawRecord) -> RawRecord {
        let mut mended = RawRecord { value: Some(self.bytes.clone()), ..raw.clone() };
        if self.is_unpacked {
            mended.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(ENCODING));
        }
        mended
    }
}

/// What nobody changed; compressed values of which no header says so are unpacked, for nobody could read them.
fn unmended(raw: &RawRecord, whole: &[u8], plain: Option<Vec<u8>>) -> Mended {
    let is_said = raw.headers.iter().any(|(name, value)| {
        let value = value.as_deref().unwrap_or_default().trim_ascii();
        name.eq_ignore_ascii_case(ENCODING)
            && [&b"gzip"[..], b"x-gzip"].iter().any(|it| value.eq_ignore_ascii_case(it))
    });
    match plain.filter(|_| !is_said) {
        Some(bytes) => {
            let changed = ["unpacked".to_owned()].into();
            Mended { bytes, changed, is_unpacked: true }
        }
        None => Mended { bytes: whole.to_vec(), changed: BTreeSet::new(), is_unpacked: false },
    }
}

fn unpacked(place: &str, value: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    decode::unpacked(value).transpose().map_err(|why| {
        Error::NotMended(format!(
            "{place} is compressed and cannot be unpacked ({}), so nobody can mend it; have its source send it \
             again",
            why.text
        ))
    })
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
    use crate::model::RawRecord;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use jiff::Timestamp;
    use serde_json::json;
    use std::io::Write as _;

    fn source(framing: &str) -> SourceSettings {
        serde_json::from_value(json!({
            "topic": "hr", "format": "cloudevents", "types": ["worker.*"], "framing": framing,
        }))
        .unwrap()
    }

    fn mended(patch: &str, value: &[u8], framing: &str) -> Result<Mended, String> {
        let cure = Cure::patch(patch.as_bytes()).map_err(|error| error.to_string())?;
        cure.apply("hr/0@1#0", &record(value, None), &source(framing)).map_err(|it| it.to_string())
    }

    fn record(value: &[u8], encoding: Option<&str>) -> RawRecord {
        let header = |it: &str| ("Content-Encoding".to_owned(), Some(it.as_bytes().to_vec()));
        RawRecord {
            topic: "hr".to_owned(),
            partition: 0,
            offset: 1,
            timestamp: Timestamp::UNIX_EPOCH,
            key: None,
            value: Some(value.to_vec()),
            headers: encoding.map(header).into_iter().collect(),
        }
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn a_compressed_value_is_mended_as_text_and_sent_as_such() {
        let (source, packed) = (source("none"), gzip(r#"{"a":1}"#));
        let cure = Cure::patch(br#"{"a":2}"#).unwrap();
        for encoding in [None, Some("gzip"), Some("zip")] {
            let raw = record(&packed, encoding);
            let mended = cure.apply("hr/0@1#0", &raw, &source).unwrap().record(&raw);
            assert_eq!(mended.value.as_deref(), Some(&br#"{"a":2}"#[..]), "{encoding:?}");
            assert!(
                mended.headers.is_empty(),
                "{encoding:?}: no header says that it is compressed"
            );
        }
    }

    #[test]
    fn what_only_lacks_its_header_is_unpacked_and_else_stays_as_it_was() {
        let (source, packed) = (source("none"), gzip(r#"{"a":1}"#));
        for (encoding, is_unpacked) in [(None, true), (Some("zip"), true), (Some("GZIP"), false)] {
            let raw = record(&packed, encoding);
            let mended = Cure::None.apply("hr/0@1#0", &raw, &source).unwrap();
            assert_eq!(
                (mended.is_unpacked, mended.changed.len()),
                (is_unpacked, is_unpacked.into())
            );
            let sent = mended.record(&raw);
            assert_eq!(sent.headers.len(), usize::from(!is_unpacked), "{encoding:?}");
            assert_eq!(sent.value == raw.value, !is_unpacked, "{encoding:?}");
        }
    }

    #[test]
    fn what_was_cut_short_is_no_text_that_anybody_could_mend() {
        let packed = gzip(r#"{"a":1}"#);
        let cut = record(&packed[..packed.len() - 6], Some("gzip"));
        let error = Cure::None.apply("hr/0@1#0", &cut, &source("none")).unwrap_err().to_string();
        assert!(error.contains("hr/0@1#0 is compressed") && error.contains("again"), "{error}");
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
