//! Descriptions of JSON: those that ship, what is refused in one, and what is never guessed.

use super::*;
use crate::decode::{MAPPING_PRESETS, MappingChoice, suggest};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Preset {
    pub(super) preset: String,
    pub(super) cases: Vec<Case>,
}

pub(super) fn presets() -> Vec<Preset> {
    serde_json::from_str(include_str!("mapped.json")).unwrap()
}

pub(super) fn described(mapping: &Value) -> SourceSettings {
    serde_json::from_value(json!({
        "topic": "t", "format": "mapped", "types": ["*"], "mapping": mapping,
        "time_zone": "Europe/Berlin",
    }))
    .unwrap()
}

/// A description of a few members, changed in one of them.
fn small(change: &str, to: Value) -> Value {
    let mut mapping = json!({
        "source": "hr",
        "members": {"worker.employee_id": "/id"},
        "events": [{"event": "worker.terminated", "when": {"/s": ["T", 7]}, "members": {"effective_date": "/end"}}],
    });
    if let Some(members) = mapping.as_object_mut() {
        members.insert(change.to_owned(), to);
    }
    mapping
}

fn becomes(mapping: &Value, body: &Value) -> Vec<String> {
    decode(&record(body.to_string()), &described(mapping)).iter().map(told).collect()
}

#[test]
fn presets_make_the_right_events_with_the_right_dates() {
    let presets = presets();
    let names: Vec<&str> = presets.iter().map(|it| it.preset.as_str()).collect();
    assert_eq!(names, MAPPING_PRESETS, "each preset has its payloads");
    let (mut wrong, mut short) = (Vec::new(), Vec::new());
    for Preset { preset, cases } in presets {
        assert!(MappingChoice::named(&preset).get().is_some(), "{preset} cannot be read");
        let becomes_event =
            |it: &&String| !["skipped", "parked"].iter().any(|word| it.starts_with(word));
        if cases.iter().flat_map(|it| &it.becomes).filter(becomes_event).count() < 5 {
            short.push(preset.clone());
        }
        for Case { what, payload, becomes: expected } in cases {
            let is = becomes(&json!(preset), &payload);
            if is != expected {
                wrong.push(format!(
                    "{preset}: {what}\n  is       {is:#?}\n  expected {expected:#?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(short.is_empty(), "too few payloads that become an event: {short:?}");
}

#[test]
fn days_that_can_be_read_in_two_ways_and_instants_for_days_are_parked() {
    let with = |days: Value, end: &str| {
        becomes(&small("days", days), &json!({"id": 88213, "s": "T", "end": end})).remove(0)
    };
    let unsaid = json!("unsaid");
    let at = |day: &str| format!("worker.terminated ? 88213 untimed from {day}");
    assert_eq!(with(unsaid.clone(), "2026-10-01"), at("2026-10-01T22:00:00Z"));
    assert_eq!(with(unsaid.clone(), "/Date(1790812800000)/"), at("2026-10-01T22:00:00Z"));
    assert_eq!(with(unsaid.clone(), "13/10/2026"), at("2026-10-13T22:00:00Z"));
    assert_eq!(with(json!("day_first"), "03.04.2026"), at("2026-04-03T22:00:00Z"));
    assert_eq!(with(json!("month_first"), "03/04/2026"), at("2026-03-04T23:00:00Z"));
    for (days, end) in [
        (unsaid.clone(), "03/04/2026"),
        (unsaid.clone(), "2026-09-30T22:00:00Z"),
        (unsaid.clone(), "soon"),
        (json!("day_first"), "32.01.2026"),
    ] {
        assert_eq!(with(days, end), "parked date.invalid end", "{end}");
    }
    assert_eq!(with(unsaid, ""), "worker.terminated ? 88213 untimed");
}

#[test]
fn what_fits_nothing_is_parked_unless_somebody_said_that_it_is_nobodys_concern() {
    let other = json!({"id": "1", "s": "Q"});
    assert_eq!(
        becomes(&small("days", json!("unsaid")), &other),
        ["parked mapping.no_event events"]
    );
    assert_eq!(
        becomes(&small("otherwise", json!("skip")), &other),
        ["skipped mapping.no_event events"]
    );
    let number = json!({"id": "1", "s": 7});
    assert_eq!(
        becomes(&small("days", json!("unsaid")), &number),
        ["worker.terminated ? 1 untimed"]
    );

    let row = json!({"op": "d", "before": {"id": "1", "s": "T"}, "after": null});
    let flat = json!({"id": "1", "s": "T", "__deleted": "true"});
    for row in [row, flat] {
        assert_eq!(becomes(&small("days", json!("unsaid")), &row), ["parked row.deleted value.op"]);
        assert_eq!(
            becomes(&small("deleted", json!("skip")), &row),
            ["skipped row.deleted value.op"]
        );
    }
    let words = json!({"worker.employee_id": "/id", "employment.type": {"at": "/t", "values": {"FTE": "employee"}}});
    let body = |word: &str| json!({"id": "1", "s": "T", "t": word});
    assert_eq!(
        becomes(&small("members", words.clone()), &body("fte")),
        ["worker.terminated ? 1 untimed"]
    );
    assert_eq!(becomes(&small("members", words), &body("CW")), ["parked mapping.unknown_word t"]);
}

#[test]
fn the_same_row_is_news_when_it_comes_back_and_known_when_it_is_told_again() {
    let ids = |mapping: &Value, offset: i64| -> String {
        let mut raw =
            record(json!({"id": "1", "s": "T", "at": "2026-09-30T15:00:00Z"}).to_string());
        raw.timestamp = raw.timestamp.checked_add(jiff::SignedDuration::from_secs(offset)).unwrap();
        event(decode(&raw, &described(mapping))).id
    };
    let untimed = small("days", json!("unsaid"));
    assert_eq!(ids(&untimed, 0), ids(&untimed, 0));
    assert_ne!(
        ids(&untimed, 0),
        ids(&untimed, 60),
        "somebody may be terminated, hired and terminated"
    );
    let timed = small("time", json!("/at"));
    assert_eq!(ids(&timed, 0), ids(&timed, 60));
    let own = small("id", json!(["/id", "/s"]));
    assert_eq!(ids(&own, 0), "1/T");
}

#[test]
fn descriptions_that_cannot_be_meant_are_refused_with_the_cure() {
    for (change, to, cure) in [
        ("members", json!({"worker.employe_id": "/id"}), "is `worker.employee_id` meant?"),
        ("members", json!({"workers.employee_id": "/id"}), "is `worker` meant?"),
        ("members", json!({"worker": "/id"}), "map what is in it"),
        ("members", json!({"worker.external_ids": "/id"}), "name the system"),
        ("members", json!({"reason": "/r"}), "nothing says whom"),
        ("members", json!({"worker.employee_id": "id"}), "a place such as /employee/id"),
        ("events", json!([]), "`events` is empty"),
        ("events", json!([{"event": "worker.left"}]), "no type of event"),
        (
            "events",
            json!([{"event": "risk.raised", "members": {"effective_date": "/d"}}]),
            "counts at once",
        ),
        ("events", json!([{"event": "worker.hired"}, {"event": "skip"}]), "put it last"),
        ("shoe", json!(1), "unknown field `shoe`"),
    ] {
        let settings = json!({
            "topic": "t", "format": "mapped", "types": ["*"], "mapping": small(change, to.clone()),
        });
        let error = serde_json::from_value::<SourceSettings>(settings).unwrap_err().to_string();
        assert!(error.contains(cure), "{change} {to}: {error}");
    }
    let mut file = MappingChoice::named("hr.yaml");
    assert_eq!(file.unread_file(), Some("hr.yaml"));
    let error = file.take("source: hr\nmembers: {}\nevents:\n  - evnt: skip\n").unwrap_err();
    assert!(error[0].contains("line 4"), "{error:?}");
    let unread = SourceSettings { mapping: Some(file), ..of("cloudevents") };
    let unread = SourceSettings { format: Format::Mapped, ..unread };
    assert_eq!(parked(decode(&record("{}"), &unread)).why.code.as_str(), "mapping.missing");
}

#[test]
fn a_proposed_description_can_be_used_as_it_stands() {
    let export = json!({"company": {"people": [
        {"Staff ID": 88213, "emails": {"work_email": "kim@example.com"}, "lastName": "Lee", "Shoe": 41,
         "Status": "Active", "startDate": "2024-03-01", "endDate": null},
        {"Staff ID": 88214, "emails": {"work_email": "sam@example.com"}, "lastName": "Park", "Shoe": 42,
         "Status": "Terminated", "startDate": "2020-01-01", "endDate": "2026-10-31"},
        {"Staff ID": 88215, "lastName": "Doe", "Status": "Sabbatical"},
    ]}});
    let text = suggest(export.to_string().as_bytes()).unwrap();
    for line in [
        "records: /company/people",
        "  worker.employee_id: \"/Staff ID\"",
        "  worker.work_email: /emails/work_email",
        "#   /Shoe",
        "  # - event: ?",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let mut choice = MappingChoice::named("proposed.yaml");
    choice.take(&text).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
    let source = SourceSettings { mapping: Some(choice), ..described(&json!("ukg")) };
    let items = decode(&record(export.to_string()), &source);
    let is: Vec<String> = items.iter().map(told).collect();
    assert_eq!(
        is,
        [
            "worker.hired ? 88213 untimed from 2024-02-29T23:00:00Z",
            "worker.terminated ? 88214 untimed from 2026-10-31T23:00:00Z",
            "parked mapping.no_event events",
        ]
    );
    for nothing in ["[]", "{}", "7", "nothing"] {
        suggest(nothing.as_bytes()).unwrap_err();
    }
}
