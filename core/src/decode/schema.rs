//! The form of usher's own events as a JSON Schema, for whoever sends them.
//!
//! The decoder reads events by hand, so the schema is made of the tables that it reads by: what types
//! there are, what each carries, and in which form. It is stricter than the decoder where that only
//! forgives: it knows risk levels in small letters alone, and a raised risk has one.

use super::settings::Edge;
use crate::model::event::{DATA_MEMBERS, EventClass, Form};
use crate::model::event_kind::EventKind;
use crate::model::fields::{Carried, RISK_LEVELS, carried, form, inside};
use serde_json::{Map, Value, json};

/// By which a worker is known; at least one is there.
const IDENTIFIERS: [&str; 5] =
    ["employee_id", "worker_id", "user_name", "work_email", "external_ids"];

/// usher's events in structured mode: one definition for each type, called like it.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    definitions.insert("envelope".to_owned(), envelope());
    for (member, member_form) in DATA_MEMBERS {
        definitions.insert((*member).to_owned(), of_member(member, *member_form));
    }
    definitions.insert("named_worker".to_owned(), named_worker());
    let kinds = EventKind::ALL.iter();
    definitions.extend(kinds.clone().map(|kind| (kind.word().to_owned(), of_kind(*kind))));
    let of_type = |kind: &EventKind| {
        json!({
            "if": { "properties": { "type": { "const": wire(*kind) } } },
            "then": { "$ref": format!("#/definitions/{kind}") },
        })
    };
    let wires: Vec<String> = kinds.clone().map(|kind| wire(*kind)).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": { "type": { "enum": wires } },
        "required": ["type"],
        "allOf": kinds.map(of_type).collect::<Vec<_>>(),
        "definitions": definitions,
    })
}

fn wire(kind: EventKind) -> String {
    format!("io.usher.{kind}.v1")
}

/// What stands around `data`.
fn envelope() -> Value {
    let hint = |says: &str| json!({ "description": says, "type": ["string", "null"] });
    json!({
        "description": "A CloudEvent 1.0 in structured mode. In binary mode these attributes are headers with \
                        `ce_` before their names, and `data` is the value.",
        "type": "object",
        "properties": {
            "specversion": { "const": "1.0" },
            "id": {
                "description": "One `source` and `id` counts once, however often it comes.",
                "type": "string",
                "minLength": 1,
            },
            "source": {
                "description": "Who says it. What one source says is in its own order.",
                "type": "string",
                "minLength": 1,
            },
            "type": { "type": "string" },
            "time": {
                "description": "When it happened, with an offset; else the time of the record.",
                "type": ["string", "null"],
                "format": "date-time",
            },
            "sequence": hint("Orders what a source says at one instant."),
            "subject": hint("Not read."),
            "datacontenttype": hint("`application/json`"),
            "correlationid": hint("Comes back in the audit."),
            "traceparent": hint("W3C trace context; comes back in the audit."),
            "tracestate": hint("W3C trace context."),
            "data_base64": { "description": "`data` as base64, in its place.", "type": "string" },
        },
        "required": ["specversion", "id", "source", "type"],
        "oneOf": [{ "required": ["data"] }, { "required": ["data_base64"] }],
    })
}

/// One type, with what its `data` may and must hold.
fn of_kind(kind: EventKind) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut inner = Vec::new();
    for (member, _) in DATA_MEMBERS {
        let path = |rest: Option<&str>| -> Vec<String> {
            [*member].into_iter().chain(rest).map(str::to_owned).collect()
        };
        match carried(kind, &path(None)) {
            Carried::Always => required.push(*member),
            Carried::Sometimes => {}
            Carried::Never => continue,
        }
        let names = inside(member).unwrap_or_default().iter();
        let always: Vec<&str> = names
            .copied()
            .filter(|name| carried(kind, &path(Some(name))) == Carried::Always)
            .collect();
        if !always.is_empty() {
            required.push(*member);
            inner.push(json!({ "properties": { (*member): { "required": always } } }));
        }
        properties.insert((*member).to_owned(), json!({ "$ref": reference(kind, member) }));
    }
    if kind.class() == EventClass::Account && !kind.only_informs() {
        inner.push(json!({ "properties": { "account": { "required": ["target", "id"] } } }));
    }
    if kind.class() == EventClass::Request {
        inner.extend(of_request());
    }
    let mut data =
        vec![json!({ "type": "object", "properties": properties, "required": required })];
    data.append(&mut inner);
    let data = json!({ "allOf": data });
    json!({
        "description": says(kind),
        "allOf": [
            { "$ref": "#/definitions/envelope" },
            { "properties": { "type": { "const": wire(kind) }, "data": data } },
        ],
    })
}

/// At which target it is asked, and of whom.
fn of_request() -> [Value; 2] {
    let in_account = |name: &str| json!({ "properties": { "account": { "required": [name] } } });
    let by_names = json!({
        "properties": { "worker": { "$ref": "#/definitions/named_worker" } },
        "required": ["worker"],
    });
    let by_whom = json!({ "anyOf": [in_account("id"), by_names] });
    [in_account("target"), by_whom]
}

fn reference(kind: EventKind, member: &str) -> String {
    let is_named =
        member == "worker" && matches!(kind.class(), EventClass::Hr | EventClass::Security);
    format!("#/definitions/{}", if is_named { "named_worker" } else { member })
}

fn says(kind: EventKind) -> String {
    let by = match kind.class() {
        EventClass::Hr => "HR",
        EventClass::Security => "security",
        EventClass::Account => "usher itself, to its own topic",
        EventClass::Request => "a client of `usher receive`",
    };
    let access = if kind.takes_access() {
        "It takes access, by itself or by the rules that everybody has for it."
    } else {
        "It takes no access."
    };
    format!("`{kind}`, said by {by}. {access}")
}

fn named_worker() -> Value {
    let each = IDENTIFIERS.map(|name| json!({ "required": [name] }));
    json!({ "allOf": [{ "$ref": "#/definitions/worker" }, { "anyOf": each }] })
}

/// A member of `data`. Null is as good as absent, and names that are not known are let be.
fn of_member(member: &str, member_form: Form) -> Value {
    match member_form {
        Form::Object => {
            let names = inside(member).unwrap_or_default().iter();
            let properties: Map<String, Value> =
                names.map(|name| ((*name).to_owned(), of_field(member, name))).collect();
            json!({ "type": ["object", "null"], "properties": properties })
        }
        Form::Text if member == "effective_edge" => {
            let edges = [Edge::StartOfDay, Edge::EndOfDay];
            json!({ "enum": edges.into_iter().map(|edge| json!(edge)).chain([Value::Null]).collect::<Vec<_>>() })
        }
        Form::Text => json!({ "type": ["string", "null"] }),
        Form::TextOrNumber => json!({ "type": ["string", "number", "null"] }),
        Form::Flag => json!({ "type": ["boolean", "null"] }),
        Form::Any => json!({}),
    }
}

fn of_field(member: &str, name: &str) -> Value {
    let path = [member.to_owned(), name.to_owned()];
    match (member, name) {
        ("worker", "external_ids") => json!({
            "description": "Ids in other systems, by the system.",
            "type": ["object", "null"],
            "additionalProperties": { "type": ["string", "null"] },
        }),
        ("risk", "level" | "previous_level") => {
            let levels = RISK_LEVELS.into_iter().map(Value::from).chain([Value::Null]);
            json!({ "enum": levels.collect::<Vec<_>>() })
        }
        _ if form(&path) == Some(Form::Text) => json!({ "type": ["string", "null"] }),
        _ => json!({}),
    }
}
