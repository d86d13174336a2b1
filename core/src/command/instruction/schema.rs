//! The form of instructions as a JSON Schema, for whoever builds and signs one without usher.
//!
//! Members come from the types that read them. What a value must be besides is said here, where its type
//! reads it by hand.

use super::values::{Bytes, CommandId, Length, Many, PersonRef, Sha256Hex, Text};
use super::{Command, Envelope, RECORDS_MAX, Records, Replayed, VERSION};
use crate::command::signers::Principal;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// What the signed bytes of a command hold, as `Instruction::parse` takes it.
pub fn schema(settings: SchemaSettings) -> Schema {
    let mut generator = settings.for_deserialize().into_generator();
    let variants = variants(&mut generator);
    let mut whole = generator.into_root_schema_for::<Envelope>();
    if let Some(Value::Object(members)) = whole.get_mut("properties") {
        members.insert("v".to_owned(), json!({ "description": "The form.", "const": VERSION }));
        members.insert(
            "command".to_owned(),
            json!({ "description": "Which it is.", "type": "string" }),
        );
        members.insert(
            "args".to_owned(),
            json!({ "description": "Its arguments.", "type": "object" }),
        );
    }
    if let Some(Value::Array(required)) = whole.get_mut("required") {
        required.extend(["v", "command", "args"].map(Value::from));
    }
    whole.insert("oneOf".to_owned(), variants);
    // Whoever pauses everything names no tenant, and everybody else names one.
    let is_for_all = json!({
        "properties": {
            "command": { "enum": ["pause", "resume"] },
            "args": { "properties": { "scope": { "const": "everything" } } },
        },
    });
    whole.insert("if".to_owned(), is_for_all);
    whole.insert("then".to_owned(), json!({ "not": { "required": ["tenant"] } }));
    whole.insert("else".to_owned(), json!({ "required": ["tenant"] }));
    whole
}

/// Each command with its arguments. What else stands beside them is said of the whole.
fn variants(generator: &mut SchemaGenerator) -> Value {
    let mut commands = Command::json_schema(generator);
    let mut variants = commands.remove("oneOf").unwrap_or_default();
    for variant in variants.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        Map::remove(variant, "additionalProperties");
    }
    variants
}

/// Types that are read from a text, with what the text must be.
macro_rules! texts {
    ($($type:ty, $name:literal, { $($rest:tt)* };)*) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", $($rest)* })
            }
        })*
    };
}

texts! {
    CommandId, "CommandId", {
        "description": "A UUID with hyphens that no other command has; version 7 is best.",
        "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
    };
    PersonRef, "Person", {
        "description": "The id of a person, as `usher explain` shows it.",
        "pattern": "^p-[0-9a-f]{24}$",
    };
    Sha256Hex, "Sha256", {
        "description": "A SHA-256 in hex.",
        "pattern": "^[0-9a-f]{64}$",
    };
    Length, "Length", {
        "description": "A length of time of at most a year: `30m`, `12h`, `7d`.",
        "pattern": "^[0-9]+[smhdw]$",
    };
    Bytes, "Bytes", {
        "description": "Bytes, in base64 with padding.",
        "pattern": "^[A-Za-z0-9+/]*={0,2}$",
    };
    Principal, "Operator", {
        "description": "The name of an operator, as `allowed_signers` has it.",
        "pattern": "^[^\\s*?!,\"'\\\\#]+$",
    };
}

impl<const MOST: usize> JsonSchema for Text<MOST> {
    fn schema_name() -> Cow<'static, str> {
        format!("Text{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One line that says something.",
            "type": "string",
            "minLength": 1,
            "maxLength": MOST,
        })
    }
}

impl<T: JsonSchema, const LEAST: usize> JsonSchema for Many<T, LEAST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{LEAST}OrMore{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": generator.subschema_for::<T>(),
            "minItems": LEAST,
            "maxItems": Self::MOST,
            "uniqueItems": true,
        })
    }
}

impl JsonSchema for Records {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Records".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let brings_one = json!([{ "required": ["bytes"] }, { "required": ["sha256"] }]);
        json_schema!({
            "type": "array",
            "items": { "allOf": [generator.subschema_for::<Replayed>(), { "oneOf": brings_one }] },
            "minItems": 1,
            "maxItems": RECORDS_MAX,
        })
    }
}
