//! What comes of a record, field by field, and what of it was not read.
//!
//! What was read is found by leaving each value out in turn: what changes nothing was not read. So this
//! holds for every format, whatever it looks at.

use crate::decode::{self, Item, SourceSettings, parse_json};
use crate::model::event::Event;
use crate::model::event_kind::EventKind;
use crate::model::{AliasKind, RawRecord};
use serde_json::Value;

/// More values are not tried one by one.
const LEAVES_MOST: usize = 2000;

/// What a record turned out to hold.
#[derive(Debug)]
pub struct Decoded {
    pub items: Vec<Item>,
    /// Places of values that changed nothing, as pointers into the value; `None`: they could not be tried.
    pub not_read: Option<Vec<String>>,
}

/// Decodes `raw` as it would be from `source`.
pub fn decoded(raw: &RawRecord, source: &SourceSettings) -> Decoded {
    let items = decode::decode(raw, source);
    let not_read = not_read(raw, source, &items);
    Decoded { items, not_read }
}

fn not_read(raw: &RawRecord, source: &SourceSettings, items: &[Item]) -> Option<Vec<String>> {
    let value = parse_json(raw.value.as_deref()?, "value").ok()?.value;
    let mut leaves = Vec::new();
    leaves_of(&value, "", &mut leaves);
    if leaves.len() > LEAVES_MOST {
        return None;
    }
    let said: Vec<Item> = items.iter().cloned().map(without_id).collect();
    let changes_nothing = |place: &String| {
        let mut other = value.clone();
        let Some(part) = other.pointer_mut(place) else { return false };
        *part = Value::Null;
        let raw = RawRecord { value: Some(other.to_string().into_bytes()), ..raw.clone() };
        let items = decode::decode(&raw, source).into_iter().map(without_id);
        items.eq(said.iter().cloned())
    };
    Some(leaves.into_iter().filter(changes_nothing).collect())
}

/// The id of what has none is a digest of all that stands in it.
fn without_id(item: Item) -> Item {
    match item {
        Item::Event(event) => {
            let detection_id = event.detection_id.clone().filter(|it| !it.starts_with("sha256:"));
            Item::Event(Box::new(Event { id: String::new(), detection_id, ..*event }))
        }
        other => other,
    }
}

fn leaves_of(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                leaves_of(value, &format!("{at}/{name}"), out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                leaves_of(value, &format!("{at}/{index}"), out);
            }
        }
        Value::Null => {}
        _ => out.push(at.to_owned()),
    }
}

/// What an event lacks that somebody will want, and what completes it. An event that only names somebody
/// takes access from whoever is known by that name; it cannot make an account.
pub fn insufficient(event: &Event) -> Option<&'static str> {
    let has = |member: &str| event.data.get(member).is_some_and(|it| !it.is_null());
    let names_alone =
        !has("profile") && event.aliases.iter().all(|it| it.kind() != AliasKind::UserName);
    let begins = matches!(event.kind, EventKind::Hired | EventKind::Rehired);
    let changes =
        matches!(event.kind, EventKind::Updated | EventKind::Transferred | EventKind::Converted);
    let ends = matches!(event.kind, EventKind::Terminated | EventKind::LeaveStarted);
    if begins && names_alone {
        return Some(
            "it names somebody and says nothing of them, so no account can be made of it; a roster or \
             another event of HR must bring the user name and the profile",
        );
    }
    if changes && !has("profile") {
        return Some(
            "it says that something changed, and not what; a roster or another event of HR must bring \
             the profile",
        );
    }
    (ends && event.effective_at.is_none())
        .then_some("it has no date, so it counts as soon as it comes")
}

/// `data` as one line for each value: `risk.level`, `high`.
pub fn fields(data: &Value) -> Vec<(String, String)> {
    let mut leaves = Vec::new();
    leaves_of(data, "", &mut leaves);
    let shown = |place: String| {
        let value = data.pointer(&place)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some((place.trim_start_matches('/').replace('/', "."), text))
    };
    leaves.into_iter().filter_map(shown).collect()
}
