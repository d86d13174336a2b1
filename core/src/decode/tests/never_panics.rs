//! Whatever comes, there is an answer to it.

use super::*;
use proptest::prelude::*;

/// Headers that mean something, and some that do not.
fn header() -> impl Strategy<Value = (String, Option<Vec<u8>>)> {
    let name = prop_oneof![
        Just("ce_id".to_owned()),
        Just("ce_type".to_owned()),
        Just("ce_source".to_owned()),
        Just("ce_specversion".to_owned()),
        Just("ce_time".to_owned()),
        Just("content-type".to_owned()),
        Just("traceparent".to_owned()),
        ".{0,12}",
    ];
    let value = prop_oneof![
        Just(b"1.0".to_vec()),
        Just(b"io.usher.worker.hired.v1".to_vec()),
        Just(b"application/cloudevents-batch+json".to_vec()),
        Just(b"application/CloudEvents".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    (name, prop::option::of(value))
}

pub(super) fn scrap() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!("2026-10-01T17:00:00+02:00")),
        "[0-9]{1,20}(\\.[0-9]{0,12})?".prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]{0,12}( ?[Zz]|[+-][0-9:]{0,5})?)?"
            .prop_map(Value::from),
        prop::sample::select(ZONES).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,12}", inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Clocks there have skipped hours, midnights and a whole day.
const ZONES: &[&str] = &[
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Toronto",
    "America/St_Johns",
    "Etc/GMT+12",
    "start_of_day",
    "end_of_day",
];

const PLACES: &[&str] = &[
    "/specversion",
    "/id",
    "/source",
    "/type",
    "/time",
    "/sequence",
    "/traceparent",
    "/correlationid",
    "/data",
    "/data_base64",
    "/data/worker",
    "/data/worker/employee_id",
    "/data/worker/user_name",
    "/data/employment",
    "/data/employment/id",
    "/data/effective_at",
    "/data/effective_date",
    "/data/time_zone",
    "/data/effective_edge",
    "/data/last_day_of_work",
    "/data/risk",
];

/// At least one item, and a reason for each refusal that names its field.
pub(super) fn answered(items: &[Item]) -> Result<(), TestCaseError> {
    prop_assert!(!items.is_empty());
    for item in items {
        match item {
            Item::Event(event) => prop_assert!(!event.aliases.is_empty()),
            Item::Skip(refused) | Item::Park(refused) => {
                prop_assert!(refused.why.field.is_some());
                prop_assert!(refused.why.code.known().is_some() && !refused.why.text.is_empty());
            }
        }
    }
    Ok(())
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![Just(Framing::None), Just(Framing::Auto), Just(Framing::Confluent)]
}

proptest! {
    #[test]
    fn arbitrary_bytes_and_headers_are_answered(
        value in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
        headers in prop::collection::vec(header(), 0..8),
        framing in framing(),
    ) {
        let mut raw = record("");
        raw.value = value;
        raw.headers = headers;
        let settings = SourceSettings { framing, ..source() };
        answered(&decode(&raw, &settings))?;
    }

    #[test]
    fn events_with_anything_in_any_place_are_answered(
        changes in prop::collection::vec((prop::sample::select(PLACES), scrap()), 1..4),
        headers in prop::collection::vec(header(), 0..3),
    ) {
        let mut body = termination();
        for (pointer, value) in changes {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            if let Some(Value::Object(parent)) = body.pointer_mut(parent) {
                parent.insert(name.to_owned(), value);
            }
        }
        let mut raw = record(body.to_string());
        raw.headers = headers;
        answered(&decode(&raw, &source()))?;
    }

    /// Days and times as odd as calendars allow, in zones as odd as there are.
    #[test]
    fn events_dated_in_any_way_are_answered(
        at in prop::option::of(scrap()),
        date in "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
        clock in "[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?",
        zone in prop::sample::select(ZONES),
        edge in prop::option::of(prop::sample::select(&["start_of_day", "end_of_day"][..])),
        is_local in any::<bool>(),
    ) {
        let mut body = termination();
        let local = format!("{date}{clock}");
        body["data"]["effective_at"] = if is_local { json!(local) } else { json!(at) };
        body["data"]["effective_date"] = json!(date);
        body["data"]["last_day_of_work"] = json!(date);
        body["data"]["time_zone"] = json!(zone);
        body["data"]["effective_edge"] = json!(edge);
        answered(&decode(&record(body.to_string()), &source()))?;
    }

    #[test]
    fn events_with_broken_bytes_are_answered(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut value = termination().to_string().into_bytes();
        for (place, byte) in flips {
            let place = place.index(value.len());
            value[place] = byte;
        }
        answered(&decode(&record(value.as_slice()), &source()))?;
        value.truncate(cut.index(value.len()));
        answered(&decode(&record(value), &source()))?;
    }
}
