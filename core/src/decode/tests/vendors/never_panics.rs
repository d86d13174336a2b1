//! Whatever comes in the place of what a vendor sends, there is an answer to it.

use super::*;
use proptest::prelude::*;

/// Where anything may stand, in the payload `value`.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (name, value) in inside {
        let place = format!("{at}/{name}");
        places(value, &place, out);
        out.push(place);
    }
}

fn scrap() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[0-9]{1,20}".prop_map(Value::from),
        prop::sample::select(&["", "S-1-5-18", "ACME\\kim", "LAPTOP-7$", "10.0.0.1", "none"][..])
            .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{"records": [[], {}]}])),
        Just(json!("x".repeat(3000))),
    ]
}

/// The payload with `changes` in it, perhaps cut short.
fn spoilt(
    mut payload: Value,
    changes: Vec<(prop::sample::Index, Value)>,
    cut: Option<prop::sample::Index>,
) -> Vec<u8> {
    for (place, value) in changes {
        let mut all = Vec::new();
        places(&payload, "", &mut all);
        let place = (!all.is_empty()).then(|| place.get(&all));
        if let Some(part) = place.and_then(|it| payload.pointer_mut(it)) {
            *part = value;
        }
    }
    let mut text = payload.to_string().into_bytes();
    if let Some(cut) = cut {
        text.truncate(cut.index(text.len()));
    }
    text
}

fn answered(items: Vec<Item>) -> Result<(), TestCaseError> {
    prop_assert!(!items.is_empty());
    for item in items {
        match item {
            Item::Event(event) => prop_assert!(!event.aliases.is_empty() && !event.id.is_empty()),
            Item::Skip(refused) | Item::Park(refused) => {
                prop_assert!(refused.why.field.is_some() && !refused.why.text.is_empty());
            }
        }
    }
    Ok(())
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, Value)>> {
    prop::collection::vec((any::<prop::sample::Index>(), scrap()), 1..4)
}

proptest! {
    /// `PROPTEST_RNG_SEED` replays what failed; a failure prints what it was.
    #[test]
    fn payloads_with_anything_in_any_place_are_answered(
        file in prop::sample::select(&FILES[..]),
        case in any::<prop::sample::Index>(),
        changes in changes(),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (format, file) = file;
        let cases = cases(file);
        let text = spoilt(case.get(&cases).payload.clone(), changes, cut);
        answered(decode(&record(text), &of(format)))?;
    }

    #[test]
    fn records_with_anything_in_any_place_are_answered_by_every_preset(
        preset in any::<prop::sample::Index>(),
        changes in changes(),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let presets = mapped::presets();
        let preset = preset.get(&presets);
        let payload = preset.cases[0].payload.clone();
        let text = spoilt(payload, changes, cut);
        answered(decode(&record(text), &mapped::described(&json!(preset.preset))))?;
    }
}
