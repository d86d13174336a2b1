//! What stands behind the question mark (RFC 7644 §3.4.2, §3.9).

use super::Failure;
use crate::provider::directory::Refusal;
use crate::provider::quirks::{Parameter, Quirks};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json};

/// The parameters, as far as anybody here looks at them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) filter: Option<String>,
    /// From 1; what is below counts as 1.
    pub(super) start_index: usize,
    pub(super) count: Option<usize>,
    pub(super) attributes: Vec<String>,
    pub(super) excluded: Vec<String>,
}

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let pairs = text.split('&').filter(|part| !part.is_empty()).map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(&value.replace('+', " ")))
        });
        Self::of(pairs)
    }

    /// The body of a search (RFC 7644 §3.4.3), which says the same.
    pub(super) fn of_search(body: &Map<String, Json>) -> Result<Self, Failure> {
        let text = |value: &Json| match value {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            Json::Array(items) => {
                Some(items.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(","))
            }
            Json::Null | Json::Bool(_) | Json::Object(_) => None,
        };
        Self::of(body.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))))
    }

    fn of(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, Failure> {
        let mut query = Self { start_index: 1, ..Self::default() };
        for (name, value) in pairs {
            match name.to_ascii_lowercase().as_str() {
                "filter" if !value.trim().is_empty() => query.filter = Some(value),
                "startindex" => query.start_index = number("startIndex", &value)?,
                "count" => query.count = Some(number("count", &value)?),
                "attributes" => query.attributes = names(&value),
                "excludedattributes" => query.excluded = names(&value),
                _ => {}
            }
        }
        if !query.attributes.is_empty() && !query.excluded.is_empty() {
            let what = "attributes and excludedAttributes exclude each other".to_owned();
            return Err(Refusal::Value(what).into());
        }
        Ok(query)
    }

    /// The same as a provider takes it that minds these parameters less.
    pub(super) fn heeded(mut self, quirks: &Quirks) -> Result<Self, Failure> {
        let parameters = [
            ("attributes", quirks.attributes_parameter, &mut self.attributes),
            ("excludedAttributes", quirks.excluded_attributes_parameter, &mut self.excluded),
        ];
        for (name, parameter, given) in parameters {
            match parameter {
                Parameter::Refused if !given.is_empty() => {
                    return Err(Refusal::Value(format!("{name} is not supported")).into());
                }
                Parameter::Ignored => given.clear(),
                Parameter::Heeded | Parameter::Refused => {}
            }
        }
        Ok(self)
    }

    pub(super) fn asks_for(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|name| is_or_is_within(name, attribute))
    }

    pub(super) fn excludes(&self, attribute: &str) -> bool {
        self.excluded.iter().any(|name| name.eq_ignore_ascii_case(attribute))
    }
}

/// Whether `name` is `attribute`, or a part of it.
pub(super) fn is_or_is_within(name: &str, attribute: &str) -> bool {
    name.split_at_checked(attribute.len()).is_some_and(|(head, rest)| {
        head.eq_ignore_ascii_case(attribute)
            && (rest.is_empty() || rest.starts_with('.') || rest.starts_with(':'))
    })
}

/// What is not UTF-8 becomes a mark.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A negative number counts as 0 (RFC 7644 §3.4.2.4).
fn number(name: &str, value: &str) -> Result<usize, Refusal> {
    let wrong = |_| Refusal::Value(format!("{name} must be a number"));
    let number: i64 = value.trim().parse().map_err(wrong)?;
    Ok(usize::try_from(number).unwrap_or(0))
}

fn names(value: &str) -> Vec<String> {
    value.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}
