//! Instructions: what can be said, and that nothing else is.

use crate::command::instruction::{Command, CommandKind, Instruction, InstructionFlaw, Text};
use proptest::prelude::*;
use serde_json::{Value, json};

const PERSON: &str = "p-0123456789abcdef01234567";
const OTHER: &str = "p-76543210fedcba9876543210";

pub(super) fn instruction(command: &str, args: impl Into<Value>) -> Value {
    json!({
        "v": 1,
        "id": "0193a5f0-7c1e-7a3b-8f00-0123456789ab",
        "deployment": "d-1",
        "tenant": "acme",
        "operator": "ann@example.com",
        "command": command,
        "args": args.into(),
        "reason": "the feed of tonight is false",
        "issued_at": "2026-11-30T09:00:00Z",
        "expires_at": "2026-11-30T09:10:00Z",
    })
}

fn parse(value: &Value) -> Result<Instruction, InstructionFlaw> {
    Instruction::parse(value.to_string().as_bytes())
}

fn flaw(value: &Value) -> InstructionFlaw {
    parse(value).unwrap_err()
}

fn digest(sign: char) -> String {
    sign.to_string().repeat(64)
}

fn replay(at: &Value, bytes: &str) -> Value {
    let record = json!({"position": at, "time": "2026-11-30T09:00:00Z", "bytes": bytes});
    instruction("replay", json!({"records": [record]}))
}

/// What was parked is read again at its own time and once in a command, and its bytes come along.
#[test]
fn a_replay_brings_each_record_whole_and_once() {
    let at = json!({"topic": "t", "partition": 0, "offset": 1});
    for name in ["time", "position"] {
        let mut value = replay(&at, "e30=");
        value["args"]["records"][0].as_object_mut().unwrap().remove(name);
        assert_eq!(flaw(&value), InstructionFlaw::Missing(format!("args.records[0].{name}")));
    }
    let one = replay(&at, "e30=")["args"]["records"][0].clone();
    let (mut neither, mut both) = (one.clone(), one.clone());
    neither.as_object_mut().unwrap().remove("bytes");
    both["sha256"] = json!("0".repeat(64));
    let mut beside = both.clone();
    beside.as_object_mut().unwrap().remove("bytes");
    assert!(parse(&instruction("replay", json!({"records": [beside]}))).is_ok());
    for records in
        [json!([]), json!([one, one]), json!(vec![one; 101]), json!([neither]), json!([both])]
    {
        let value = instruction("replay", json!({"records": records}));
        assert!(
            matches!(flaw(&value), InstructionFlaw::Value { place, .. } if place == "args.records")
        );
    }
}

/// Each command at least once, with and without what may be left out.
pub(super) fn commands() -> Vec<(&'static str, Value)> {
    let at = json!({"topic": "hr.events", "generation": 0, "partition": 3, "offset": 1207});
    let row = json!({"person": PERSON, "target": "netskope"});
    let until = "2026-12-01T09:00:00Z";
    vec![
        ("approve", json!({"holds": [digest('a'), digest('b')]})),
        ("reject", json!({"holds": [digest('a')], "for": "36h"})),
        ("pause", json!({"scope": "tenant"})),
        ("pause", json!({"scope": {"source": "urn:hr"}})),
        ("resume", json!({"scope": {"target": "netskope"}})),
        ("resume", json!({"scope": {"rule": "leaver"}})),
        ("pause", json!({"scope": {"destructive": "tenant"}})),
        ("pause", json!({"scope": {"destructive": {"target": "netskope"}}})),
        ("override", json!({"person": PERSON, "target": "t", "keep": "in", "until": until})),
        ("override", json!({"person": PERSON, "keep": "out", "until": until})),
        ("undo", json!({"what": {"decision": {"record": at, "index": 1}}, "rows": [row]})),
        ("undo", json!({"what": {"event": {"source": "urn:hr", "id": "e-1"}}, "leave_out": [row]})),
        ("undo", json!({"what": {"rule": {"rule": "leaver", "since": until}}})),
        ("undo", json!({"what": {"command": {"id": "0193a5f0-7c1e-7a3b-8f00-0123456789ab"}}})),
        ("retry", json!({"person": PERSON})),
        ("retry", json!({"target": "netskope"})),
        ("replay", json!({"records": [{"position": at, "time": until, "bytes": "e30="}]})),
        (
            "replay",
            json!({"records": [{"position": at, "index": 2, "time": until, "key": "azE=",
            "headers": [{"name": "ce_id", "value": "MQ=="}, {"name": "x"}], "bytes": ""}]}),
        ),
        ("reassert", json!({"rule": "joiner"})),
        ("reassert", json!({"persons": [PERSON]})),
        ("link", json!({"persons": [PERSON, OTHER]})),
        ("part", json!({"persons": [PERSON, OTHER]})),
        ("bind", json!({"person": PERSON, "target": "netskope", "account": "4711"})),
        ("unbind", json!({"person": PERSON, "target": "netskope"})),
        ("erase", json!({"person": PERSON})),
        ("release", json!({"target": "netskope"})),
        ("refresh", json!({"target": "netskope"})),
    ]
}

#[test]
fn what_is_read_is_written_in_the_same_bytes() {
    let mut kinds = std::collections::BTreeSet::new();
    for (command, args) in commands() {
        let value = instruction(command, args);
        let read = parse(&value).unwrap_or_else(|flaw| panic!("{value}: {flaw}"));
        assert_eq!(read.command.kind().word(), command);
        assert_eq!(read.to_bytes(), value.to_string().into_bytes(), "{value}");
        kinds.insert(read.command.kind());
    }
    assert_eq!(kinds.len(), CommandKind::ALL.len(), "a command without an example: {kinds:?}");
}

#[test]
fn every_member_that_nobody_knows_is_refused_by_name() {
    for (command, args) in commands() {
        let mut value = instruction(command, args);
        value["args"]["extra"] = json!(1);
        let flaw = flaw(&value);
        // A choice has one member, so there one more is no unknown one.
        let is_choice = command == "retry";
        assert!(
            flaw == InstructionFlaw::UnknownMember("args.extra".to_owned()) || is_choice,
            "{flaw}"
        );
    }
    let mut value = instruction("pause", json!({"scope": "tenant"}));
    value["dry_run"] = json!(true);
    assert_eq!(flaw(&value), InstructionFlaw::UnknownMember("dry_run".to_owned()));
    let at = json!({"topic": "t", "partition": 0, "offset": 1, "offfset": 2});
    let value = replay(&at, "e30=");
    let place = "args.records[0].position.offfset".to_owned();
    assert_eq!(flaw(&value), InstructionFlaw::UnknownMember(place));
}

#[test]
fn every_member_that_is_needed_is_missed() {
    for name in
        ["v", "id", "deployment", "tenant", "operator", "command", "args", "reason", "issued_at"]
    {
        let mut value = instruction("pause", json!({"scope": "tenant"}));
        value.as_object_mut().unwrap().remove(name);
        assert_eq!(flaw(&value), InstructionFlaw::Missing(name.to_owned()));
    }
    let value = instruction("unbind", json!({"person": PERSON}));
    assert_eq!(flaw(&value), InstructionFlaw::Missing("args.target".to_owned()));
}

#[test]
fn what_is_left_out_has_its_usual_value() {
    let mut value = instruction("reject", json!({"holds": [digest('a')]}));
    value.as_object_mut().unwrap().remove("expires_at");
    let read = parse(&value).unwrap();
    assert_eq!(read.ends_at(), "2026-11-30T09:15:00Z".parse().unwrap());
    let Command::Reject { length, .. } = read.command else { panic!("{read:?}") };
    assert_eq!(length.get(), jiff::SignedDuration::from_hours(7 * 24));
}

#[test]
fn everything_is_no_tenants() {
    let mut value = instruction("pause", json!({"scope": "everything"}));
    assert_eq!(flaw(&value), InstructionFlaw::TenantOfAll);
    value.as_object_mut().unwrap().shift_remove("tenant");
    let read = parse(&value).unwrap();
    assert_eq!(read.tenant, None);
    assert_eq!(read.to_bytes(), value.to_string().into_bytes());
}

#[test]
fn another_version_and_another_command_are_refused_as_such() {
    let mut value = instruction("pause", json!({"scope": "tenant"}));
    value["v"] = json!(2);
    assert_eq!(flaw(&value), InstructionFlaw::Version(Some(2)));
    value["v"] = json!("1");
    assert_eq!(flaw(&value), InstructionFlaw::Version(None));
    assert_eq!(flaw(&instruction("obliterate", json!({}))), InstructionFlaw::UnknownCommand);
    assert_eq!(
        flaw(&instruction("Pause", json!({"scope": "tenant"}))),
        InstructionFlaw::UnknownCommand
    );
}

#[test]
fn a_value_that_cannot_be_meant_is_refused_where_it_stands_and_not_repeated() {
    let secret = "ann.of.accounts@example.com";
    let many = vec![digest('a'); 2];
    let values = [
        ("erase", json!({"person": secret}), "args.person"),
        ("erase", json!({"person": 17_171_717}), "args.person"),
        ("link", json!({"persons": [PERSON, secret]}), "args.persons[1]"),
        ("link", json!({"persons": [PERSON]}), "args.persons"),
        ("erase", json!([PERSON]), "args"),
        ("approve", json!({"holds": []}), "args.holds"),
        ("approve", json!({"holds": many}), "args.holds"),
        ("approve", json!({"holds": ["A".repeat(64)]}), "args.holds[0]"),
        ("reject", json!({"holds": [digest('a')], "for": "0d"}), "args.for"),
        ("reject", json!({"holds": [digest('a')], "for": secret}), "args.for"),
        ("reject", json!({"holds": [digest('a')], "for": "400d"}), "args.for"),
        ("pause", json!({"scope": secret}), "args.scope"),
        ("pause", json!({"scope": {"source": " "}}), "args.scope"),
        ("override", json!({"person": PERSON, "keep": secret, "until": secret}), "args.keep"),
        ("override", json!({"person": PERSON, "keep": "in", "until": secret}), "args.until"),
        ("override", json!({"person": PERSON, "keep": "in", "until": "2026-12-01"}), "args.until"),
        (
            "replay",
            replay(&json!({"topic": "t", "partition": 0, "offset": secret}), "")["args"].clone(),
            "args.records[0].position.offset",
        ),
        (
            "replay",
            replay(&json!({"topic": "t", "partition": 0, "offset": 1}), "%")["args"].clone(),
            "args.records[0].bytes",
        ),
        ("reassert", json!({}), "args"),
        ("pause", json!(secret), "args"),
    ];
    for (command, args, expected) in values {
        match flaw(&instruction(command, args.clone())) {
            InstructionFlaw::Value { place, expected: said } => {
                assert!(place.starts_with(expected), "{args}: {place}");
                assert!(!said.is_empty() && !said.contains(secret), "{said}");
                assert!(!said.contains("17171717"), "{said}");
            }
            other => panic!("{args}: {other:?}"),
        }
    }
}

#[test]
fn a_reason_says_something_in_one_line() {
    for reason in
        ["", "  ", "\u{200b}", "two\nlines", "\u{1b}[2J", "turned \u{202e}round", &"x".repeat(501)]
    {
        let mut value = instruction("pause", json!({"scope": "tenant"}));
        value["reason"] = json!(reason);
        assert!(matches!(flaw(&value), InstructionFlaw::Value { place, .. } if place == "reason"));
    }
    assert!(Text::<500>::try_from("x".repeat(500)).is_ok());
}

#[test]
fn an_id_is_written_in_one_way() {
    for id in [
        "",
        "00000000-0000-0000-0000-000000000000",
        "{0193a5f0-7c1e-7a3b-8f00-0123456789ab}",
        "0193a5f07c1e7a3b8f000123456789ab",
    ] {
        let mut value = instruction("pause", json!({"scope": "tenant"}));
        value["id"] = json!(id);
        assert!(
            matches!(flaw(&value), InstructionFlaw::Value { place, .. } if place == "id"),
            "{id}"
        );
    }
}

#[test]
fn what_is_no_single_json_object_is_refused() {
    let good = instruction("pause", json!({"scope": "tenant"})).to_string();
    let doubled = good.replacen("\"v\":1,", "\"v\":1,\"tenant\":\"other\",", 1);
    let inside = good.replacen("\"scope\":", "\"scope\":\"tenant\",\"scope\":", 1);
    for text in ["", " ", "null", "[]", "{", &format!("{good}{good}"), &doubled, &inside] {
        let refused = Instruction::parse(text.as_bytes());
        assert!(matches!(refused, Err(InstructionFlaw::NotJson(_))), "{text}: {refused:?}");
    }
    assert_eq!(Instruction::parse(&vec![b' '; 300_000]), Err(InstructionFlaw::TooLong));
    assert!(matches!(Instruction::parse(b"\xff{}"), Err(InstructionFlaw::NotJson(_))));
}

#[test]
fn a_thousand_holds_fit_into_one_command() {
    let holds = |count: usize| {
        let digests: Vec<_> = (0..count).map(|number| format!("{number:064x}")).collect();
        instruction("approve", json!({"holds": digests}))
    };
    assert!(parse(&holds(1_000)).is_ok());
    assert!(matches!(flaw(&holds(1_001)), InstructionFlaw::Value { .. }));
}

const NAMES: &[&str] = &["v", "id", "tenant", "operator", "command", "args", "reason", "issued_at"];
const INSIDE: &[&str] = &["holds", "for", "scope", "person", "what", "position", "rows", "x"];

/// An instruction in which one member, at the top or within, is something else.
fn altered() -> impl Strategy<Value = Value> {
    let scrap = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({"person": {}, "target": [1]})),
    ];
    (
        prop::sample::select(commands()),
        prop::sample::select(NAMES),
        prop::sample::select(INSIDE),
        scrap,
        any::<bool>(),
    )
        .prop_map(|((command, args), name, inside, scrap, is_inside)| {
            let mut value = instruction(command, args);
            if is_inside {
                value["args"][inside] = scrap;
            } else {
                value[name] = scrap;
            }
            value
        })
}

proptest! {
    #[test]
    fn whatever_is_said_there_is_an_answer(
        value in altered(), bytes in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let _answer = Instruction::parse(&bytes);
        // What is taken is taken again as it was written.
        if let Ok(read) = parse(&value) {
            let again = Instruction::parse(&read.to_bytes()).unwrap();
            prop_assert_eq!(again.command, read.command);
        }
    }
}
