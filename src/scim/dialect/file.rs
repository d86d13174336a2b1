//! Dialect files: those that come with usher, those of one's own, and how the latter are written.
//!
//! A file stands on its `base`, one of the built-in dialects; objects are merged, all else replaced.

use super::Dialect;
use crate::scim::Error;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// The dialects that come with usher, by name. The first is what a file without `base` stands on.
const BUILT_IN: &[(&str, &str)] = &[
    ("rfc7644", include_str!("../../../config/dialects/rfc7644.yaml")),
    ("netskope", include_str!("../../../config/dialects/netskope.yaml")),
];

/// A file as it is written.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    base: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Json>,
}

impl Dialect {
    /// The dialect of that name that comes with usher.
    pub fn builtin(name: &str) -> Option<Self> {
        BUILT_IN
            .iter()
            .find(|(known, _)| *known == name)
            .and_then(|(name, text)| Self::parse(name, text).ok())
    }

    /// The names of the dialects that come with usher.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Reads a dialect file; `name` is for the error's text.
    pub fn parse(name: &str, yaml_text: &str) -> Result<Self, Error> {
        let unreadable = |source| Error::DialectUnreadable {
            dialect: name.to_owned(),
            source: Box::new(source),
        };
        let wrong = |what| Error::DialectWrong { dialect: name.to_owned(), what };
        let file: File = serde_saphyr::from_str(yaml_text).map_err(unreadable)?;
        let dialect = match &file.base {
            // Read from the text itself: its errors know line and column.
            None => serde_saphyr::from_str(yaml_text).map_err(unreadable)?,
            Some(base) => Self::on(base, file.rest).map_err(wrong)?,
        };
        dialect.check().map_err(wrong)?;
        Ok(dialect)
    }

    fn on(base: &str, rest: Map<String, Json>) -> Result<Self, String> {
        let Some(base) = Self::builtin(base) else {
            let known: Vec<&str> = Self::builtin_names().collect();
            return Err(format!("`base` names `{base}`, but there are: {}", known.join(", ")));
        };
        let mut merged = serde_json::json!(base);
        merge(&mut merged, Json::Object(rest));
        serde_json::from_value(merged).map_err(|error| error.to_string())
    }

    /// What differs from the dialect `base` that comes with usher, as a file has it; `None` if
    /// nothing does.
    pub(in crate::scim) fn difference(&self, base: &str) -> Option<Json> {
        let base = serde_json::json!(Self::builtin(base)?);
        difference(&base, &serde_json::json!(self))
    }
}

fn merge(into: &mut Json, from: Json) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Json::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn difference(base: &Json, other: &Json) -> Option<Json> {
    match (base, other) {
        _ if base == other => None,
        (Json::Object(base), Json::Object(other)) => {
            let differing = other.iter().filter_map(|(key, value)| {
                let difference = difference(base.get(key).unwrap_or(&Json::Null), value)?;
                Some((key.clone(), difference))
            });
            Some(Json::Object(differing.collect()))
        }
        _ => Some(other.clone()),
    }
}
