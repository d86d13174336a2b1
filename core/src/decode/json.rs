//! JSON as it stands in a record: read once, with what stands there twice.
//!
//! Of two members of one name readers take the last, or the first, as they like (RFC 8259 §4). So
//! nobody knows which employee is meant, or which day.

use super::unknown::shown;
use crate::model::code::Code;
use crate::model::decision::Why;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// What was read.
#[derive(Debug)]
pub(crate) struct Json {
    pub(crate) value: Value,
    /// By the place in the list, if the whole is one; else all of it is the first.
    pub(crate) doubled: BTreeMap<usize, Doubled>,
}

/// A member that an event has twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubled {
    /// Where the first of them stands: `worker.employee_id`, `phones[1].kind`.
    path: String,
    /// What the event's own `type` was before it came again.
    pub(super) types: Vec<String>,
}

impl Doubled {
    /// Why the event is set aside; `within`: where what was read stands, `data`.
    pub(crate) fn why(&self, within: Option<&str>) -> Why {
        let field = match within {
            Some(within) => format!("{within}.{}", self.path),
            None => self.path.clone(),
        };
        let text = format!(
            "`{field}` stands there twice, so nobody knows which of the two counts; send it once"
        );
        Why::new(Code::MemberDoubled, Some(&field), text)
    }
}

/// The JSON in `text`, which stands in `field`.
pub(crate) fn parse(text: &[u8], field: &str) -> Result<Json, Why> {
    parse_within(text, field, &[])
}

/// The same, where an event is not the whole but lies at the path `within`, in envelopes: the value is
/// still the whole, and what stands twice is counted from there.
pub(super) fn parse_within(
    text: &[u8],
    field: &str,
    within: &'static [&'static str],
) -> Result<Json, Why> {
    if text.trim_ascii().is_empty() {
        return Err(Why::new(
            Code::ValueEmpty,
            Some(field),
            "there is nothing in it; send the event as JSON",
        ));
    }
    read(text, within).map_err(|error| {
        // The parser has no other mark for this than its message.
        if error.to_string().starts_with("recursion limit exceeded") {
            Why::new(
                Code::ValueTooDeep,
                Some(field),
                "the JSON is nested more than 127 levels deep; send it flatter",
            )
        } else {
            let text = format!(
                "the JSON cannot be read from line {}, column {} on; send valid JSON in UTF-8",
                error.line(),
                error.column()
            );
            Why::new(Code::ValueNotJson, Some(field), text)
        }
    })
}

/// The JSON in `text`, and nothing behind it.
fn read(text: &[u8], within: &'static [&'static str]) -> serde_json::Result<Json> {
    let mut from = serde_json::Deserializer::from_slice(text);
    let mut reading = Reading { within, ..Reading::default() };
    let value = Part(&mut reading).deserialize(&mut from)?;
    from.end()?;
    Ok(Json { value, doubled: reading.doubled })
}

/// How far it is read.
#[derive(Default)]
struct Reading {
    within: &'static [&'static str],
    path: Vec<Step>,
    doubled: BTreeMap<usize, Doubled>,
}

enum Step {
    Member(String),
    Item(usize),
}

impl Reading {
    /// The member `name` of where it is read has come again, and was `before`.
    fn found(&mut self, name: &str, before: &Value) {
        let path_within = self.path_within();
        let (item, inside) = match path_within.split_first() {
            Some((Step::Item(item), inside)) => (*item, inside),
            _ => (0, path_within),
        };
        let is_first = !self.doubled.contains_key(&item);
        let path = if is_first { path(inside, name) } else { String::new() };
        let is_type = inside.is_empty() && name == "type";
        let doubled = self.doubled.entry(item).or_insert(Doubled { path, types: Vec::new() });
        doubled.types.extend(before.as_str().filter(|_| is_type).map(str::to_owned));
    }

    /// The path from where the event lies. What is not in there has the whole path: of an envelope
    /// whose own members stand twice nobody knows which holds the event.
    fn path_within(&self) -> &[Step] {
        let are_those = self.path.iter().zip(self.within).all(|(step, name)| match step {
            Step::Member(member) => member == name,
            Step::Item(_) => false,
        });
        let inside = self.path.get(self.within.len()..).filter(|_| are_those);
        inside.unwrap_or(&self.path)
    }
}

/// Nothing but names: one that is none may be what a member should hold.
fn path(inside: &[Step], name: &str) -> String {
    let mut path = String::new();
    for step in inside {
        match step {
            Step::Member(name) => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(shown(name));
            }
            Step::Item(index) => {
                // Writing to a string cannot fail.
                let _infallible = write!(path, "[{index}]");
            }
        }
        if path.len() > PATH_BYTES_MAX {
            path.push_str(".…");
            return path;
        }
    }
    path.push_str(if path.is_empty() { "" } else { "." });
    path.push_str(shown(name));
    path
}

/// A reason goes into a header of the parked record, which has no room for a hundred names.
const PATH_BYTES_MAX: usize = 200;

/// One value, wherever it stands.
struct Part<'a>(&'a mut Reading);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            self.0.path.push(Step::Item(items.len()));
            let item = from.next_element_seed(Part(&mut *self.0))?;
            self.0.path.pop();
            match item {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = from.next_key::<String>()? {
            self.0.path.push(Step::Member(name));
            let value = from.next_value_seed(Part(&mut *self.0))?;
            let Some(Step::Member(name)) = self.0.path.pop() else {
                return Err(A::Error::custom("the path is lost"));
            };
            if let Some(before) = members.get(&name) {
                self.0.found(&name, before);
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}
