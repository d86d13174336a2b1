//! What operators sign is as the schema says.

use super::instruction::{commands, instruction};
use crate::command::instruction::{Instruction, schema};
use crate::model::checked::Checked;
use schemars::generate::SchemaSettings;
use serde_json::json;

fn of_commands() -> Checked {
    Checked::by(&schema(SchemaSettings::draft07()).to_value())
}

const NEEDED: [&str; 8] =
    ["/v", "/id", "/deployment", "/tenant", "/operator", "/command", "/reason", "/issued_at"];

#[test]
fn every_command_is_as_the_schema_says() {
    let schema = of_commands();
    for (command, args) in commands() {
        schema.keeps_and_needs(&instruction(command, args), &NEEDED);
    }
    let mut everything = instruction("pause", json!({ "scope": "everything" }));
    assert_ne!(schema.complaints(&everything), Vec::<String>::new(), "it names a tenant");
    everything.as_object_mut().unwrap().remove("tenant");
    schema.keeps_and_needs(&everything, &["/args", "/id"]);
}

/// Whatever is changed: what the schema refuses, usher refuses, too.
#[test]
fn nothing_that_usher_takes_is_refused_and_slips_are_seen() {
    let changes = [
        ("/v", json!(2)),
        ("/id", json!("4711")),
        ("/operator", json!("ann bob")),
        ("/reason", json!("")),
        ("/reason", json!("x".repeat(501))),
        ("/command", json!("disable")),
        ("/issued_at", json!("yesterday")),
        ("/args/person", json!("kim@example.com")),
        ("/args/keep", json!("inside")),
        ("/args/holds", json!([])),
        ("/args/holds", json!(["a"])),
        ("/args/for", json!("a week")),
        ("/args/scope", json!({ "targets": "netskope" })),
        ("/args/persons", json!(["p-0123456789abcdef01234567"])),
        ("/args/records", json!([])),
        ("/args/tenant", json!("acme")),
        ("/tenant2", json!("acme")),
    ];
    let schema = of_commands();
    for (command, args) in commands() {
        for (pointer, value) in &changes {
            let mut changed = instruction(command, args.clone());
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            changed.pointer_mut(parent).unwrap()[name] = value.clone();
            let found = schema.complaints(&changed);
            let taken = Instruction::parse(changed.to_string().as_bytes());
            assert_eq!(found.is_empty(), taken.is_ok(), "{changed:#}\n{found:?}\n{taken:?}");
        }
    }
}
