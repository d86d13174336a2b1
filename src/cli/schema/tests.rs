//! `docs/asyncapi.yaml` tells of what is there and of nothing else, and records are as its schemas say.

use super::Kind;
use crate::config::kafka::Topics;
use crate::decode::{SourceSettings, decode};
use crate::model::RawRecord;
use crate::model::event::EventClass;
use crate::model::event_kind::EventKind;
use crate::story::{Action, Arrival, Suite};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> Value {
    serde_saphyr::from_str(&fs::read_to_string(root().join("docs/asyncapi.yaml")).unwrap()).unwrap()
}

fn schema(kind: Kind) -> Value {
    serde_json::from_str(&kind.printed()).unwrap()
}

fn names(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

fn words(kinds: impl Fn(&EventKind) -> bool) -> BTreeSet<String> {
    EventKind::ALL.iter().filter(|kind| kinds(kind)).map(|kind| kind.word().to_owned()).collect()
}

#[test]
fn every_printed_schema_is_in_the_folder_and_no_other() {
    let folder = root().join("config/schemas");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let files: BTreeSet<String> = files.map(|name| name.into_string().unwrap()).collect();
    let mut printed = BTreeSet::new();
    for kind in Kind::value_variants() {
        let name = kind.to_possible_value().unwrap().get_name().to_owned();
        let file = format!("{name}.json");
        let there = fs::read_to_string(folder.join(&file)).unwrap_or_default();
        assert!(
            there == kind.printed(),
            "config/schemas/{file} is old; run `cargo run -- schema {name} > config/schemas/{file}`"
        );
        jsonschema::validator_for(&schema(*kind)).unwrap();
        printed.insert(file);
    }
    assert_eq!(files, printed);
}

#[test]
fn the_document_has_every_topic_and_every_type_of_event() {
    let document = document();
    let channels = document["channels"].as_object().unwrap();
    let told: BTreeSet<(String, String)> = channels
        .iter()
        .map(|(name, channel)| (name.clone(), channel["address"].as_str().unwrap().to_owned()))
        .collect();
    let topics = Topics::default();
    let named = topics.named();
    let there = named.iter().chain(&[("inputs", "{topic}")]);
    assert_eq!(told, there.map(|(key, topic)| ((*key).to_owned(), (*topic).to_owned())).collect());

    let is_found = |kind: &EventKind| kind.class() == EventClass::Account;
    assert_eq!(names(&channels["inputs"]["messages"]), words(|kind| !is_found(kind)));
    assert_eq!(names(&channels["events"]["messages"]), words(is_found));
    for kind in EventKind::ALL {
        let message = &document["components"]["messages"][kind.word()];
        assert_eq!(message["name"], format!("io.usher.{kind}.v1"));
        let schema = format!("../config/schemas/event.json#/definitions/{kind}");
        assert_eq!(message["payload"]["$ref"], schema);
    }
}

#[test]
fn every_message_is_in_a_channel_and_every_channel_is_read_or_written() {
    let document = document();
    let mut used = BTreeSet::new();
    for (name, channel) in document["channels"].as_object().unwrap() {
        for message in channel["messages"].as_object().unwrap().values() {
            let reference = message["$ref"].as_str().unwrap();
            used.insert(reference.strip_prefix("#/components/messages/").unwrap().to_owned());
        }
        let mut actions: Vec<&str> = Vec::new();
        for operation in document["operations"].as_object().unwrap().values() {
            if operation["channel"]["$ref"] == format!("#/channels/{name}") {
                actions.push(operation["action"].as_str().unwrap());
            }
        }
        actions.sort_unstable();
        assert_eq!(actions, ["receive", "send"], "{name}");
    }
    assert_eq!(used, names(&document["components"]["messages"]));
}

/// Every `$ref` in `value`, which stands in `file`.
fn references(file: &Path, value: &Value, found: &mut Vec<(PathBuf, String)>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.push((file.to_owned(), reference.clone()));
            }
            members.values().for_each(|inner| references(file, inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(file, inner, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn read(file: &Path) -> Value {
    let text =
        fs::read_to_string(file).unwrap_or_else(|_| panic!("{} is not there", file.display()));
    serde_saphyr::from_str(&text).unwrap()
}

#[test]
fn every_reference_leads_somewhere() {
    let mut files = vec![root().join("docs/asyncapi.yaml")];
    let schemas = fs::read_dir(root().join("config/schemas")).unwrap();
    files.extend(schemas.map(|entry| entry.unwrap().path()));
    let mut found = Vec::new();
    for file in &files {
        references(file, &read(file), &mut found);
    }
    assert!(found.len() > 100, "{}", found.len());
    for (file, reference) in found {
        let (other, pointer) = reference.split_once('#').unwrap_or((&reference, ""));
        let leads_to = match other {
            "" => file.clone(),
            other => file.parent().unwrap().join(other),
        };
        assert!(read(&leads_to).pointer(pointer).is_some(), "{}: {reference}", file.display());
    }
}

fn source(is_found: bool) -> SourceSettings {
    let settings = json!({ "topic": "t", "format": "cloudevents", "types": ["*"] });
    if is_found {
        return SourceSettings::of_findings("t");
    }
    serde_json::from_value(settings).unwrap()
}

/// Whether usher takes the record for an event.
fn is_taken(bytes: &[u8]) -> bool {
    let raw = RawRecord {
        topic: "t".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: "2026-10-01T09:00:00Z".parse().unwrap(),
        key: None,
        value: Some(bytes.to_vec()),
        headers: Vec::new(),
    };
    let is_event = |source: &SourceSettings| {
        decode(&raw, source).iter().all(|item| matches!(item, crate::decode::Item::Event(_)))
    };
    is_event(&source(false)) || is_event(&source(true))
}

/// The events that a file of stories tells, as records.
fn told(path: &Path) -> Vec<Vec<u8>> {
    let suite = Suite::parse("a.yaml", &fs::read_to_string(path).unwrap()).unwrap();
    let at = "2026-10-01T09:00:00Z".parse().unwrap();
    let steps = suite.fixtures.iter().flat_map(|fixture| &fixture.steps);
    let told = steps.filter_map(|step| match &step.action {
        Action::Tell(told) => Some(told),
        _ => None,
    });
    let events = told.filter(|told| told.is_event());
    events.map(|told| told.bytes(Arrival { start: at, at, id: "e" })).collect()
}

/// All stories that ship, and those that are played as tests.
#[test]
fn every_event_of_stories_that_usher_takes_is_as_the_schema_says() {
    let validator = jsonschema::validator_for(&schema(Kind::Event)).unwrap();
    let (mut taken, mut kinds) = (0, BTreeSet::new());
    for folder in ["config/fixtures", "tests/hazards", "tests/scenarios", "tests/scenarios/manners"]
    {
        let paths = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        for path in paths.filter(|path| path.extension().is_some_and(|it| it == "yaml")) {
            for bytes in told(&path).into_iter().filter(|bytes| is_taken(bytes)) {
                let event: Value = serde_json::from_slice(&bytes).unwrap();
                let errors = validator.iter_errors(&event);
                let found: Vec<String> =
                    errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
                // Rules that ask for the level set such an event aside; a sender should send it.
                let is_poor = event["type"] == "io.usher.risk.raised.v1"
                    && event.pointer("/data/risk/level").is_none();
                assert_eq!(found.is_empty(), !is_poor, "{}: {found:?}\n{event:#}", path.display());
                taken += 1;
                kinds.insert(event["type"].as_str().unwrap().to_owned());
            }
        }
    }
    assert!(taken > 100 && kinds.len() > 10, "{taken} of {kinds:?}");
}

/// The lines of `text` that are one JSON object each, as pages show records.
fn objects(text: &str) -> impl Iterator<Item = Value> {
    text.lines().filter_map(|line| serde_json::from_str(line.trim()).ok()).filter(Value::is_object)
}

#[test]
fn what_pages_show_of_events_and_commands_is_as_the_schemas_say() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let events: Vec<Value> =
        objects(&readme).filter(|value| value["specversion"] == "1.0").collect();
    assert!(!events.is_empty());
    let of_events = jsonschema::validator_for(&schema(Kind::Event)).unwrap();
    for event in events {
        assert!(of_events.is_valid(&event), "{event:#}");
    }
    let page = fs::read_to_string(root().join("docs/commands.md")).unwrap();
    let printed = page.split("printf '").nth(1).unwrap().split('\'').next().unwrap();
    let mut filled = printed.to_owned();
    for part in ["0193a5f0-7c1e-7a3b-8f00-0123456789ab", "d-1", "2026-11-30T09:00:00Z"] {
        filled = filled.replacen("%s", part, 1);
    }
    let command: Value = serde_json::from_str(&filled).unwrap();
    let of_commands = jsonschema::validator_for(&schema(Kind::Command)).unwrap();
    assert!(of_commands.is_valid(&command), "{command:#}");
}
