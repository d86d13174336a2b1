//! What stands at a place becomes what a member of an event must hold.

use super::check::DATES;
use super::grammar::{Field, Mapping, Places, Pointer, Scalar};
use crate::decode::canon;
use crate::model::Zone;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::{DATA_MEMBERS, Form};
use crate::model::fields;
use crate::roster::{self, DayOrder};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

/// How values of one source are read.
pub(super) struct Reader<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) zone: Option<&'a Zone>,
}

impl<'a> Reader<'a> {
    /// The first of the places that holds something.
    pub(super) fn find<'v>(
        &self,
        places: &'a Places,
        record: &'v Value,
    ) -> Option<(&'a Pointer, &'v Value)> {
        let says = |value: &&Value| !self.is_nothing(value);
        places.all().iter().find_map(|it| it.find(record).filter(says).map(|value| (it, value)))
    }

    /// Whether it stands where there is nothing. It clears nothing: it is as if it were not there.
    pub(super) fn is_nothing(&self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::String(text) => {
                let text = text.trim();
                text.is_empty() || self.mapping.nothing.iter().any(|it| it.trim() == text)
            }
            Value::Array(items) => items.is_empty(),
            // A field that holds nothing, as BambooHR writes it.
            Value::Object(members) => members.get("value").is_some_and(Value::is_null),
            Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// What the member `path` of an event holds; `None`: the record says nothing of it.
    pub(super) fn member(
        &self,
        path: &str,
        field: &'a Field,
        record: &Value,
    ) -> Result<Option<Value>, Why> {
        let Some((place, value)) = self.find(field.places(), record) else { return Ok(None) };
        let value = match field {
            Field::Plain(_) => value.clone(),
            Field::Table(table) => {
                let word = text(value).ok_or_else(|| wrong_form(place, "a word"))?;
                let known = table
                    .values
                    .iter()
                    .find(|(known, _)| known.trim().eq_ignore_ascii_case(word.trim()));
                let (_, ours) = known.ok_or_else(|| unknown_word(place))?;
                match ours {
                    Scalar::Flag(flag) => Value::Bool(*flag),
                    Scalar::Number(number) => Value::from(*number),
                    Scalar::Text(text) => Value::from(text.as_str()),
                }
            }
        };
        if DATES.contains(&path) {
            return self.date(path, place, value);
        }
        match form(path) {
            Form::Any | Form::Object | Form::TextOrNumber => Ok(Some(value)),
            Form::Text => text(&value)
                .map(|text| Some(Value::from(text)))
                .ok_or_else(|| wrong_form(place, "a text or a number")),
            Form::Flag => match &value {
                Value::Bool(_) => Ok(Some(value)),
                Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true.into())),
                Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false.into())),
                _ => {
                    Err(wrong_form(place, "true or false; say with `values` which words are which"))
                }
            },
        }
    }

    fn date(&self, path: &str, place: &Pointer, value: Value) -> Result<Option<Value>, Why> {
        let millis = value.as_str().and_then(odata_millis);
        if path == "effective_at" {
            return Ok(Some(millis.map_or(value, Value::from)));
        }
        if let Some(at) = millis.and_then(|it| Timestamp::from_millisecond(it).ok()) {
            // OData writes a day as its midnight in UTC.
            let day = jiff::tz::Offset::UTC.to_datetime(at).date();
            return Ok(Some(Value::from(day.to_string())));
        }
        if value.is_number() {
            let at = canon::instant(&value, None).ok_or_else(|| no_day(place))?;
            let zone = self.zone.ok_or_else(|| no_zone(place))?;
            return Ok(Some(Value::from(zone.day_of(at).to_string())));
        }
        let text = value.as_str().ok_or_else(|| wrong_form(place, "a day"))?;
        Ok(day(text, self.mapping.days, place)?.map(|day| Value::from(day.to_string())))
    }
}

/// A day. One with a clock and an offset may be another day where the person works.
fn day(text: &str, order: DayOrder, place: &Pointer) -> Result<Option<Date>, Why> {
    let clock = text.get(10..).unwrap_or_default();
    let is_instant = clock.starts_with(['T', ' ']) && clock.contains(['Z', 'z', '+', '-']);
    let digits = |text: &str| text.chars().any(|it| ('1'..='9').contains(&it));
    let hours = clock.split(['Z', 'z', '+', '-']).next().unwrap_or_default();
    if is_instant && digits(hours) {
        let text = format!(
            "`{}` is an instant and not a day, so which day is meant depends on the zone; map it to \
             `effective_at`",
            place.name()
        );
        return Err(Why::new(Code::DateInvalid, Some(&place.name()), text));
    }
    match roster::day(text, order) {
        Ok(roster::Day::On(day)) => Ok(Some(day)),
        Ok(roster::Day::None) => Ok(None),
        Err(roster::NoDay::Ambiguous) => {
            let text = format!(
                "`{}` can be read as two days; say in the description how days are written: \
                 `days: day_first` or `days: month_first`",
                place.name()
            );
            Err(Why::new(Code::DateInvalid, Some(&place.name()), text))
        }
        Err(roster::NoDay::Unreadable) => Err(no_day(place)),
    }
}

/// `/Date(1685577600000)/`, with or without an offset, as `OData` writes instants.
fn odata_millis(text: &str) -> Option<i64> {
    let inside = text.trim().strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inside.char_indices().skip(1).find(|(_, sign)| "+-".contains(*sign));
    inside.get(..end.map_or(inside.len(), |(at, _)| at))?.parse().ok()
}

fn form(path: &str) -> Form {
    let names: Vec<String> = path.split('.').map(str::to_owned).collect();
    match names.as_slice() {
        [member] => {
            DATA_MEMBERS.iter().find(|(known, _)| known == member).map_or(Form::Any, |it| it.1)
        }
        [member, inner] if member == "risk" && matches!(inner.as_str(), "score" | "scale") => {
            Form::Any
        }
        _ => fields::form(&names).unwrap_or(Form::Text),
    }
}

/// A word or a number as a text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn wrong_form(place: &Pointer, wanted: &str) -> Why {
    let text = format!("`{}` must be {wanted}", place.name());
    Why::new(Code::FieldWrongType, Some(&place.name()), text)
}

fn unknown_word(place: &Pointer) -> Why {
    let text = format!(
        "`{}` holds a word that the description says nothing of; add it to `values`",
        place.name()
    );
    Why::new(Code::MappingUnknownWord, Some(&place.name()), text)
}

fn no_day(place: &Pointer) -> Why {
    let text = format!("`{}` is no day of the calendar; write it like 2026-10-01", place.name());
    Why::new(Code::DateInvalid, Some(&place.name()), text)
}

fn no_zone(place: &Pointer) -> Why {
    let text = format!(
        "`{}` counts from an instant, and nothing says in which zone its day is meant; set `time_zone` \
         in the description, of the source or of the tenant",
        place.name()
    );
    Why::new(Code::EffectiveAtNoZone, Some(&place.name()), text)
}
