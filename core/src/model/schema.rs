//! What schemas of configuration and rules say of the words of the model.
//!
//! Schemas help whoever writes a file; what counts is said by the types that read it.

use super::account::AttributeName;
use super::code::WrittenCode;
use super::event_kind::EventKind;
use super::hold::HoldDigest;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::marker::PhantomData;

/// The name of an event type, `worker.hired`.
pub struct EventType;

impl JsonSchema for EventType {
    fn schema_name() -> Cow<'static, str> {
        "EventType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::try_from(event_types()).unwrap_or_default()
    }
}

/// The names of all event types.
pub fn event_types() -> Value {
    let names: Vec<_> = EventKind::ALL.iter().map(|kind| kind.word()).collect();
    json!({ "type": "string", "enum": names })
}

/// What `AttributeName::parse` takes.
pub fn attribute_names() -> Value {
    let names: Vec<_> = AttributeName::all().map(|name| name.as_str().to_owned()).collect();
    let mut forms = vec![json!({ "enum": names })];
    // Attributes of a provider's own tenant have names that nobody can list.
    if AttributeName::parse("custom.key").is_ok() {
        forms.push(json!({ "pattern": "^custom\\.[A-Za-z][A-Za-z0-9$_-]*$" }));
    }
    json!({ "type": "string", "anyOf": forms })
}

impl JsonSchema for AttributeName {
    fn schema_name() -> Cow<'static, str> {
        "AttributeName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::try_from(attribute_names()).unwrap_or_default()
    }
}

/// An instant in RFC 3339, with its offset.
pub struct Instant;

impl JsonSchema for Instant {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

impl JsonSchema for WrittenCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9_]+(\\.[a-z0-9_]+)*$" })
    }
}

impl JsonSchema for HoldDigest {
    fn schema_name() -> Cow<'static, str> {
        "HoldDigest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What an approval or a rejection binds: the digest of a held row, as `usher held` shows it.",
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
        })
    }
}

/// One form or the other, where a short one stands for the long one.
pub struct Either<A, B>(PhantomData<(A, B)>);

impl<A: JsonSchema, B: JsonSchema> JsonSchema for Either<A, B> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}Or{}", A::schema_name(), B::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [generator.subschema_for::<A>(), generator.subschema_for::<B>()],
        })
    }
}
