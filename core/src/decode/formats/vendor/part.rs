//! A batch taken apart: each object in it is read by itself.

use super::super::super::canonical::Reading;
use crate::decode::json::{Doubled, Json};
use crate::decode::message::{Body, Message};
use crate::decode::refusal::{Bearing, Refusal};
use crate::decode::settings::SourceSettings;
use crate::model::code::Code;
use crate::model::decision::Why;
use jiff::Timestamp;
use serde_json::Value;

/// Lists in lists in lists are no batch of anybody's.
const DEPTH: usize = 3;

/// One object of a batch, and what is known around it.
pub(in crate::decode::formats) struct Part<'a> {
    pub(in crate::decode::formats) value: &'a Value,
    pub(in crate::decode::formats) settings: &'a SourceSettings,
    /// When the record was written, for what says no time itself.
    pub(in crate::decode::formats) recorded: Timestamp,
}

/// What is a format's own.
pub(in crate::decode::formats) struct Form {
    /// As the configuration calls it.
    pub(in crate::decode::formats) name: &'static str,
    /// Pointers to lists that hold the objects; any of them may be missing.
    pub(in crate::decode::formats) lists: &'static [&'static str],
    /// Whether an object is one of the vendor's.
    pub(in crate::decode::formats) is_ours: fn(&Value) -> bool,
    pub(in crate::decode::formats) read: fn(&Part<'_>) -> Vec<Reading>,
}

impl Form {
    /// Each object of a list is recognised or refused on its own.
    pub(in crate::decode::formats) fn recognise(message: &Message<'_>) -> bool {
        match &message.body {
            Body::Json(json) => json.value.is_object() || json.value.is_array(),
            Body::Gone | Body::Unreadable(_) => false,
        }
    }

    pub(in crate::decode::formats) fn refuse(&self, message: Message<'_>) -> Refusal {
        match message.body {
            Body::Gone => Refusal::tombstone(),
            Body::Json(_) => self.not_ours("value"),
            Body::Unreadable(why) => why.into(),
        }
    }

    pub(in crate::decode::formats) fn read(
        &self,
        message: Message<'_>,
        settings: &SourceSettings,
    ) -> Vec<Reading> {
        let recorded = message.raw.timestamp;
        let Body::Json(json) = message.body else { return vec![Err(self.refuse(message))] };
        let mut readings = Vec::new();
        for (value, doubled, place) in objects(json, self.lists) {
            if let Some(doubled) = doubled {
                let refusal = Refusal::park(doubled.why(None), Bearing::OfAny);
                readings.push(Err(refusal));
            } else if !value.is_object() || !(self.is_ours)(&value) {
                readings.push(Err(self.not_ours(&place)));
            } else {
                readings.extend((self.read)(&Part { value: &value, settings, recorded }));
            }
        }
        readings
    }

    fn not_ours(&self, place: &str) -> Refusal {
        let text = format!(
            "this is nothing that the format `{}` knows; look what the topic carries, and set `format` \
             of its source accordingly",
            self.name
        );
        Why::new(Code::ValueNotOfFormat, Some(place), text).into()
    }
}

/// What lies in the lists, with its place; what has none of them is an object itself. Where a member
/// stands twice in what holds a list, nothing in there is sure.
pub(in crate::decode::formats) fn objects(
    json: Json,
    lists: &[&str],
) -> Vec<(Value, Option<Doubled>, String)> {
    let Json { value, mut doubled } = json;
    let mut out = Vec::new();
    match value {
        Value::Array(items) => {
            for (index, item) in items.into_iter().enumerate() {
                let place = format!("value[{index}]");
                let doubled = doubled.remove(&index);
                open(item, doubled.as_ref(), (&place, DEPTH), lists, &mut out);
            }
        }
        value => open(value, doubled.remove(&0).as_ref(), ("value", DEPTH), lists, &mut out),
    }
    out
}

fn open(
    mut value: Value,
    doubled: Option<&Doubled>,
    (place, depth): (&str, usize),
    lists: &[&str],
    out: &mut Vec<(Value, Option<Doubled>, String)>,
) {
    let found = lists.iter().find_map(|list| match value.pointer_mut(list)? {
        Value::Array(items) => Some((*list, std::mem::take(items))),
        _ => None,
    });
    let deeper = depth.checked_sub(1);
    let (Some((list, items)), Some(deeper)) = (found, deeper) else {
        out.push((value, doubled.cloned(), place.to_owned()));
        return;
    };
    for (index, item) in items.into_iter().enumerate() {
        let place = format!("{}[{index}]", super::named(list));
        open(item, doubled, (&place, deeper), lists, out);
    }
}
