//! The form of a rule file, as serde reads it. What it means is `compile`'s matter.

use super::instant::{Instant, Length};
use super::want::Want;
use crate::model::Urgency;
use crate::model::account::AttributeName;
use crate::model::claim::{ClaimName, Precedence};
use crate::model::schema::{self, EventType, attribute_names};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    #[schemars(with = "Option<Profile>")]
    pub(super) profile: Option<Spanned<Profile>>,
    #[serde(default)]
    pub(super) rules: Vec<Rule>,
}

/// How the data of an event become attributes of an account.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    #[schemars(with = "Vec<EventType>")]
    pub(super) on: Vec<Spanned<String>>,
    #[schemars(with = "BTreeMap<AttributeName, String>")]
    #[schemars(extend("propertyNames" = attribute_names()))]
    pub(super) attributes: BTreeMap<AttributeName, Spanned<String>>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["assert"] }, { "required": ["withdraw"] }]))]
pub(super) struct Rule {
    #[schemars(with = "String")]
    pub(super) name: Spanned<String>,
    #[schemars(with = "Vec<schema::Either<EventType, Trigger>>")]
    pub(super) on: Vec<Spanned<TextOrMap<Trigger>>>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) when: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) mode: Option<RuleMode>,
    #[serde(default)]
    pub(super) urgency: Option<Urgency>,
    #[serde(default)]
    pub(super) assert: Option<Assert>,
    #[serde(default)]
    #[schemars(with = "Option<schema::Either<ClaimName, Withdraw>>")]
    pub(super) withdraw: Option<TextOrMap<Withdraw>>,
}

/// Whether what a rule asserts is done, or only told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RuleMode {
    Observe,
    Enforce,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trigger {
    #[serde(rename = "type")]
    #[schemars(with = "EventType")]
    pub(super) kind: String,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) when: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Assert {
    pub(super) claim: ClaimName,
    pub(super) precedence: Precedence,
    #[serde(default)]
    pub(super) by: Option<ByWord>,
    #[serde(default)]
    pub(super) from: Option<Instant>,
    #[serde(default, rename = "for")]
    pub(super) lasts: Option<Length>,
    #[serde(default)]
    pub(super) until: Option<Instant>,
    pub(super) want: Want,
    #[serde(default)]
    pub(super) then: Vec<Stage>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Stage {
    pub(super) after: Length,
    pub(super) want: Want,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Withdraw {
    pub(super) claim: ClaimName,
    #[serde(default)]
    pub(super) at: Option<Instant>,
    #[serde(default)]
    pub(super) by: Option<ByWord>,
}

/// What tells the instances of a claim apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ByWord {
    Person,
    Employment,
    Detection,
    Source,
}

impl From<String> for Trigger {
    fn from(kind: String) -> Self {
        Self { kind, when: None }
    }
}

impl From<String> for Withdraw {
    fn from(claim: String) -> Self {
        Self { claim, at: None, by: None }
    }
}

/// A map, or its most important member alone.
///
/// Not `#[serde(untagged)]`, which would forget where things stand and what was wrong with them.
#[derive(Debug)]
pub(super) struct TextOrMap<T>(pub(super) T);

impl<'de, T: From<String> + Deserialize<'de>> Deserialize<'de> for TextOrMap<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(TextOrMapVisitor(PhantomData))
    }
}

struct TextOrMapVisitor<T>(PhantomData<T>);

impl<'de, T: From<String> + Deserialize<'de>> Visitor<'de> for TextOrMapVisitor<T> {
    type Value = TextOrMap<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name or a map")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TextOrMap(T::from(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(TextOrMap)
    }
}
