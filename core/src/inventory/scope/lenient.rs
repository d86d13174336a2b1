//! JSON that nobody promises a form of.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

/// A name without what spellings differ by: `scimId`, `scim_id` and `SCIM-ID` are alike.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}

/// A member by the first of its names that has a value.
pub(super) fn member<'a>(object: &'a Json, names: &[&str]) -> Option<&'a Json> {
    let object: &Map<String, Json> = object.as_object()?;
    names.iter().find_map(|name| {
        let wanted = plain(name);
        let found = object.iter().find(|(known, value)| plain(known) == wanted && !value.is_null());
        found.map(|(_, value)| value)
    })
}

/// A text, or a number as text; empty is none.
pub(super) fn text(object: &Json, names: &[&str]) -> Option<String> {
    as_text(member(object, names)?)
}

pub(super) fn as_text(value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A truth, as `true`, `"1"`, `1` or `"enabled"`.
pub(super) fn truth(object: &Json, names: &[&str]) -> Option<bool> {
    match member(object, names)? {
        Json::Bool(truth) => Some(*truth),
        other => match as_text(other)?.to_lowercase().as_str() {
            "1" | "true" | "yes" | "enabled" | "active" => Some(true),
            "0" | "false" | "no" | "disabled" | "inactive" => Some(false),
            _ => None,
        },
    }
}

/// Texts: a list of them, of objects with a name, or one text with commas.
pub(super) fn texts(object: &Json, names: &[&str]) -> Vec<String> {
    match member(object, names) {
        Some(Json::Array(items)) => {
            let one = |item: &Json| {
                as_text(item).or_else(|| text(item, &["name", "displayName", "value", "id"]))
            };
            items.iter().filter_map(one).collect()
        }
        Some(Json::String(listed)) => {
            let parts = listed.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        }
        Some(Json::Object(_) | Json::Number(_) | Json::Bool(_) | Json::Null) | None => Vec::new(),
    }
}

/// An instant: RFC 3339, a date and time without a zone (then UTC), or seconds or milliseconds since
/// 1970.
pub(super) fn instant(object: &Json, names: &[&str]) -> Option<Timestamp> {
    as_instant(&text(object, names)?)
}

pub(super) fn as_instant(text: &str) -> Option<Timestamp> {
    const MILLISECONDS_FROM: i64 = 100_000_000_000;
    if let Ok(number) = text.parse::<i64>() {
        let found = if number >= MILLISECONDS_FROM {
            Timestamp::from_millisecond(number)
        } else {
            Timestamp::from_second(number)
        };
        // 0 stands for never.
        return found.ok().filter(|at| *at > Timestamp::UNIX_EPOCH);
    }
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let plain = text.replace('/', "-");
    let civil: DateTime = plain.trim_end_matches(" UTC").parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}
