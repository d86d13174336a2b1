//! Which description a source has: one that ships, a file, or one that stands in its place.

use super::check;
use super::grammar::Mapping;
use super::presets;
use crate::rules::yaml;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A source's `mapping`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingChoice {
    /// What it is called: a preset, or a file; `None` of one that stands there itself.
    name: Option<String>,
    /// `None` of a file that was not read yet.
    mapping: Option<Arc<Mapping>>,
}

impl MappingChoice {
    /// The description, if it was read.
    pub fn get(&self) -> Option<&Mapping> {
        self.mapping.as_deref()
    }

    /// The preset of this name, or the file that is still to be read.
    pub fn named(name: &str) -> Self {
        let mapping = presets::text(name).and_then(|text| parse(text).ok());
        Self { name: Some(name.to_owned()), mapping: mapping.map(Arc::new) }
    }

    /// Whether the description stands where a name could.
    pub fn stands_in_place(&self) -> bool {
        self.name.is_none()
    }

    /// The file that is still to be read.
    pub fn unread_file(&self) -> Option<&str> {
        self.name.as_deref().filter(|_| self.mapping.is_none())
    }

    /// Takes `text` for what stands in the file.
    ///
    /// # Errors
    ///
    /// Problems, each with its place and its cure.
    pub fn take(&mut self, text: &str) -> Result<(), Vec<String>> {
        self.mapping = Some(Arc::new(parse(text)?));
        Ok(())
    }
}

/// The description in `text`, which is YAML.
pub(super) fn parse(text: &str) -> Result<Mapping, Vec<String>> {
    let mapping: Mapping =
        yaml::read(text).map_err(|slip| vec![format!("line {}: {}", slip.line, slip.text)])?;
    let problems = check::problems(&mapping);
    if problems.is_empty() { Ok(mapping) } else { Err(problems) }
}

impl Serialize for MappingChoice {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match &self.name {
            Some(name) => out.serialize_str(name),
            None => self.mapping.as_deref().serialize(out),
        }
    }
}

impl<'de> Deserialize<'de> for MappingChoice {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = MappingChoice;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a file, a description, or one of: {}", presets::NAMES.join(", "))
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<MappingChoice, E> {
        Ok(MappingChoice::named(name))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MappingChoice, A::Error> {
        let mapping = Mapping::deserialize(MapAccessDeserializer::new(map))?;
        let problems = check::problems(&mapping);
        if problems.is_empty() {
            Ok(MappingChoice { name: None, mapping: Some(Arc::new(mapping)) })
        } else {
            Err(serde::de::Error::custom(problems.join("; ")))
        }
    }
}

impl schemars::JsonSchema for MappingChoice {
    fn schema_name() -> Cow<'static, str> {
        "MappingChoice".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A preset, a file with a description, or a description.",
            "anyOf": [{ "type": "string" }, generator.subschema_for::<Mapping>()],
        })
    }
}
