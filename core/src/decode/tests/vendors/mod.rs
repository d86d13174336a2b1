//! What vendors really send becomes the right event, level and person: one file of payloads for each format.
//!
//! Names and ids in them are made up; members, nesting and forms are those that were seen or published.

mod mapped;
mod never_panics;

use super::*;
use crate::model::AliasKind;

/// A payload, and what must come of it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    payload: Value,
    becomes: Vec<String>,
}

const FILES: [(&str, &str); 8] = [
    ("netskope", include_str!("netskope.json")),
    ("entra", include_str!("entra.json")),
    ("defender", include_str!("defender.json")),
    ("crowdstrike", include_str!("crowdstrike.json")),
    ("sentinelone", include_str!("sentinelone.json")),
    ("cortex", include_str!("cortex.json")),
    ("ocsf", include_str!("ocsf.json")),
    ("adp", include_str!("adp.json")),
];

fn cases(file: &str) -> Vec<Case> {
    serde_json::from_str(file).unwrap()
}

fn of(format: &str) -> SourceSettings {
    serde_json::from_value(json!({"topic": "t", "format": format, "types": ["*"]})).unwrap()
}

/// `risk.raised high kim@example.com`, `skipped subject.machine users`.
fn told(item: &Item) -> String {
    match item {
        Item::Event(event) => {
            let level = event.data.pointer("/risk/level").and_then(Value::as_str);
            let first = |kind| event.aliases.iter().find(|it| it.kind() == kind);
            let order = [
                AliasKind::EmployeeNumber,
                AliasKind::UserName,
                AliasKind::Email,
                AliasKind::WorkerId,
                AliasKind::External,
            ];
            let who = order.into_iter().find_map(first).unwrap();
            let at = if event.is_timed { event.time.to_string() } else { "untimed".to_owned() };
            let effective = event.effective_at.map(|at| format!(" from {at}")).unwrap_or_default();
            let kind = event.kind;
            format!("{kind} {} {} {at}{effective}", level.unwrap_or("?"), who.value())
        }
        Item::Skip(refused) => format!("skipped {} {}", refused.why.code, field(refused)),
        Item::Park(refused) => format!("parked {} {}", refused.why.code, field(refused)),
    }
}

fn field(refused: &Refused) -> &str {
    refused.why.field.as_deref().unwrap_or_default()
}

#[test]
fn payloads_become_the_right_event_level_and_person() {
    let mut wrong = Vec::new();
    for (format, file) in FILES {
        let cases = cases(file);
        let with_event =
            cases.iter().filter(|it| it.becomes.iter().any(|it| it.contains(" 2026-")));
        assert!(with_event.count() >= 5, "{format} has too few payloads that become an event");
        assert!(
            cases.iter().any(|it| it.becomes.iter().all(|it| it.starts_with("skipped"))),
            "{format} has no payload that is nobody's concern"
        );
        for case in cases {
            let items = decode(&record(case.payload.to_string()), &of(format));
            let becomes: Vec<String> = items.iter().map(told).collect();
            if becomes != case.becomes {
                let (what, expected) = (case.what, case.becomes);
                wrong.push(format!(
                    "{format}: {what}\n  is       {becomes:#?}\n  expected {expected:#?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_event_of_a_vendor_is_known_again_and_keeps_the_vendors_word() {
    for (format, file) in FILES {
        for case in cases(file) {
            let ids = || -> Vec<_> {
                let items = decode(&record(case.payload.to_string()), &of(format));
                let id = |item| match item {
                    Item::Event(event) => {
                        assert!(event.source.starts_with(format), "{}", event.source);
                        let risk = event.data.get("risk").is_some();
                        assert!(!risk || event.detection_id.is_some() || format == "entra");
                        Some((event.source, event.id))
                    }
                    Item::Skip(_) | Item::Park(_) => None,
                };
                items.into_iter().filter_map(id).collect()
            };
            let (first, again) = (ids(), ids());
            assert_eq!(first, again, "{format}: {}", case.what);
            let distinct: std::collections::BTreeSet<_> = first.iter().collect();
            assert_eq!(distinct.len(), first.len(), "{format}: {}: one id for two", case.what);
        }
    }
}

#[test]
fn what_is_no_vendors_is_parked_and_says_so() {
    for (format, _) in FILES {
        for body in [json!({"a": 1}), json!([1]), json!([{"records": [{"b": 2}]}])] {
            let items = decode(&record(body.to_string()), &of(format));
            for item in items {
                let refused = parked(vec![item]);
                assert_eq!(refused.why.code.as_str(), "value.not_of_format", "{format} {body}");
            }
        }
        let twice = br#"{"records":[{"a":1,"a":2}]}"#;
        let refused = parked(decode(&record(&twice[..]), &of(format)));
        assert_eq!(refused.why.code.as_str(), "member.doubled");
        let items = decode(&record("\"text\""), &of(format));
        assert_eq!(reason(&parked(items)).0, "value.not_of_format");
    }
    let cef = "Nov 30 10:00:00 netskopece CEF:0|Netskope|acme|NULL|uba|x|High|user=kim";
    let refused = parked(decode(&record(cef), &of("netskope")));
    assert!(refused.why.text.contains("switch \"transform\" off"), "{:?}", refused.why);
}

#[test]
fn source_may_send_only_what_its_types_say() {
    let settings =
        SourceSettings { types: vec![TypePattern::parse("risk.*").unwrap()], ..of("adp") };
    let hire = &cases(FILES[7].1)[0].payload;
    let refused = parked(decode(&record(hire.to_string()), &settings));
    assert_eq!(refused.why.code.as_str(), "type.not_allowed");
}
