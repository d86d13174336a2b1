//! The JSON Schemas in `config/schemas/` are those of the types that read the files, and the files
//! that ship keep to them.

use crate::support::replica::PROGRAM;
use jsonschema::Validator;
use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether the others are fresh is asked where they are printed, `src/cli/schema`.
const KINDS: &[&str] = &["config", "rules", "dialect", "fixtures"];

fn config(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(path)
}

fn schema(kind: &str) -> String {
    fs::read_to_string(config(&format!("schemas/{kind}.json"))).unwrap_or_default()
}

fn validator(kind: &str) -> Validator {
    jsonschema::validator_for(&serde_json::from_str(&schema(kind)).unwrap()).unwrap()
}

/// The YAML files directly in a directory below `config`.
fn samples(directory: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(config(directory)).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    assert!(!found.is_empty(), "config/{directory} is empty");
    found
}

fn yaml(text: &str) -> Json {
    serde_saphyr::from_str(text).unwrap()
}

/// What a schema has against a document.
fn complaints(validator: &Validator, document: &Json) -> Vec<String> {
    validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn schemas_are_fresh() {
    for kind in KINDS {
        let printed = Command::new(PROGRAM).args(["schema", kind]).output().unwrap();
        assert!(printed.status.success());
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert!(
            printed == schema(kind),
            "config/schemas/{kind}.json is old; run `cargo run -- schema {kind} > \
             config/schemas/{kind}.json`"
        );
    }
}

#[test]
fn what_ships_keeps_to_its_schema_and_names_it() {
    for (kind, directory, up) in [
        ("config", "", ""),
        ("rules", "rules", "../"),
        ("dialect", "dialects", "../"),
        ("fixtures", "fixtures", "../"),
        ("fixtures", "../tests/hazards", "../../config/"),
        ("fixtures", "../tests/scenarios", "../../config/"),
        ("fixtures", "../tests/scenarios/manners", "../../../config/"),
    ] {
        let validator = validator(kind);
        for sample in samples(directory) {
            let text = fs::read_to_string(&sample).unwrap();
            let found = complaints(&validator, &yaml(&text));
            assert!(found.is_empty(), "{}:\n{}", sample.display(), found.join("\n"));
            let line = format!("# yaml-language-server: $schema={up}schemas/{kind}.json\n");
            assert!(text.contains(&line), "{} lacks the line {line}", sample.display());
        }
    }
}

/// `text` with one thing changed does not keep to the schema, and does without.
fn refuses(kind: &str, file: &str, from: &str, to: &str) {
    let validator = validator(kind);
    let text = fs::read_to_string(config(file)).unwrap();
    assert!(text.contains(from), "nothing to change in {file}: {from}");
    assert!(validator.is_valid(&yaml(&text)));
    let changed = yaml(&text.replacen(from, to, 1));
    assert!(!validator.is_valid(&changed), "{kind}: {to}");
}

#[test]
fn misspelt_keys_and_words_are_seen() {
    for (from, to) in [
        ("brokers:", "broker:"),
        ("protocol: plaintext", "protocol: ssl"),
        ("late_window: 5m", "late_window: 5"),
        ("mode: observe", "mode: obey"),
        ("types: [\"worker.*\"]", "types: [\"worker*\"]"),
        ("edges: {}", "edges: { worker.left: end_of_day }"),
        ("edges: {}", "edges: { worker.terminated: noon }"),
        ("time_zone: null", "time_zone: 'W. Europe Standard Time'"),
    ] {
        refuses("config", "full.yaml", from, to);
    }
    for (from, to) in [
        ("precedence:", "precedense:"),
        ("worker.rehired", "worker.rehierd"),
        ("from: effective_at - 14d", "from: effective_at - 14 days"),
        ("from: effective_at - 14d", "from: last_day_of_work at 24:00"),
        ("userName:", "username:"),
        ("withdraw: employed", "urgency: urgent"),
    ] {
        refuses("rules", "rules/starter.yaml", from, to);
    }
    for (from, to) in [
        ("people:", "persons:"),
        ("decision: asserted", "decided: asserted"),
        ("active: false", "activ: false"),
        ("by: person", "from: person"),
        ("restart: true", "restart: 1"),
    ] {
        refuses("fixtures", "fixtures/leaver.yaml", from, to);
    }
    for (from, to) in [
        ("scheme:", "schema:"),
        ("lookup: [userName", "lookup: [user_name"),
        ("remove_member: value-filter", "remove_member: filter"),
    ] {
        refuses("dialect", "dialects/rfc7644.yaml", from, to);
    }
}
