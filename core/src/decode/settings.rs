//! What is configured of a source: its topic, its form, and what it may say.

use super::formats::MappingChoice;
use super::transmitter::{Keys, Transmitter};
use crate::model::event::EventClass;
use crate::model::event_kind::EventKind;
use crate::model::schema;
use crate::model::{Alias, AliasKind, Zone};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// One entry of a tenant's `sources`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    pub topic: String,
    pub format: Format,
    /// How the JSON of `format: mapped` becomes events: a preset, or a file with a description.
    #[serde(default)]
    pub mapping: Option<MappingChoice>,
    #[serde(default)]
    pub framing: Framing,
    /// The event types that may come from here. Whoever can write to a topic could otherwise let
    /// a leaver back in.
    #[serde(deserialize_with = "at_least_one")]
    pub types: Vec<TypePattern>,
    /// The zone of days and local times, where an event does not say its own; else the tenant's.
    #[serde(default)]
    pub time_zone: Option<Zone>,
    /// At which end of its day an event takes effect, by its type, where the event does not say;
    /// else terminations at the end and everything else at the start.
    #[serde(default, deserialize_with = "of_known_types")]
    #[schemars(with = "BTreeMap<String, Edge>", extend("propertyNames" = schema::event_types()))]
    pub edges: BTreeMap<EventKind, Edge>,
    /// What this source writes where a name should stand and there is none, besides what is known
    /// for that (`N/A`, `-`, `0`, `unknown` and their like), and besides the tenant's.
    #[serde(default)]
    pub placeholders: Vec<String>,
    /// Whose security event tokens count, for the format `set`; of nobody else's it is known that they
    /// are true.
    #[serde(default)]
    pub transmitters: Vec<Transmitter>,
    /// The transmitters' keys, as they were last read. None of them is configured.
    #[serde(skip)]
    pub keys: Keys,
    /// It is the topic to which usher itself writes what it has found of accounts. Nobody else's word on
    /// that is heard, and it brings nothing else.
    #[serde(skip)]
    pub findings: bool,
}

impl SourceSettings {
    /// usher's own topic of what was found of accounts.
    pub fn of_findings(topic: &str) -> Self {
        Self {
            topic: topic.to_owned(),
            format: Format::Cloudevents,
            framing: Framing::None,
            types: Vec::new(),
            time_zone: None,
            edges: BTreeMap::new(),
            placeholders: Vec::new(),
            mapping: None,
            transmitters: Vec::new(),
            keys: Keys::default(),
            findings: true,
        }
    }

    /// Whether the source writes this where there is no name.
    pub fn is_placeholder(&self, name: &Alias) -> bool {
        let id = match name.kind() {
            AliasKind::External => name.value().split_once(':').map_or("", |(_, id)| id),
            _ => name.value(),
        };
        let is_it =
            |word: &String| Alias::parse(name.kind(), word).is_some_and(|it| it.value() == id);
        self.placeholders.iter().any(is_it)
    }

    /// Whether the source may send events of the type `kind`.
    pub fn may_send(&self, kind: EventKind) -> bool {
        match kind.class() {
            EventClass::Account => self.findings,
            EventClass::Hr | EventClass::Security | EventClass::Request => {
                self.types.iter().any(|pattern| pattern.matches(kind))
            }
        }
    }

    /// Transmitters by whose keys tokens are proved, and of whom none is known.
    pub fn without_keys(&self) -> impl Iterator<Item = &Transmitter> {
        self.transmitters.iter().filter(|it| it.is_proved() && self.keys.of(it).is_none())
    }

    /// At which end of its day an event of the type `kind` takes effect.
    ///
    /// Who is let go works through the last day; who comes, moves, goes on leave or comes back from
    /// it does so on the first.
    pub fn edge(&self, kind: EventKind) -> Edge {
        let ends_work = kind == EventKind::Terminated;
        let usual = if ends_work { Edge::EndOfDay } else { Edge::StartOfDay };
        self.edges.get(&kind).copied().unwrap_or(usual)
    }
}

/// An end of a local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    StartOfDay,
    EndOfDay,
}

impl Edge {
    /// The edge that is called so.
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "start_of_day" => Some(Self::StartOfDay),
            "end_of_day" => Some(Self::EndOfDay),
            _ => None,
        }
    }

    /// This end of `day`.
    pub fn of(self, zone: &Zone, day: Date) -> Timestamp {
        match self {
            Self::StartOfDay => zone.start_of(day),
            Self::EndOfDay => zone.end_of(day),
        }
    }
}

/// How events are written in a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Cloudevents,
    /// Alerts and confidence scores of Netskope.
    Netskope,
    /// Microsoft Entra ID Protection.
    Entra,
    /// Microsoft Defender XDR.
    Defender,
    /// `CrowdStrike` Falcon.
    Crowdstrike,
    /// `SentinelOne`'s threats.
    Sentinelone,
    /// Palo Alto Cortex XDR.
    Cortex,
    /// OCSF findings, of whichever product.
    Ocsf,
    /// ADP's event notifications.
    Adp,
    /// Security event tokens (RFC 8417), one a record: SSF, CAEP, RISC, and SCIM's.
    Set,
    /// JSON of anybody, as `mapping` describes it.
    Mapped,
}

impl Format {
    /// Whether it is tokens that are written so, which keys of their issuers prove.
    pub const fn is_of_tokens(self) -> bool {
        match self {
            Self::Set => true,
            Self::Cloudevents
            | Self::Netskope
            | Self::Entra
            | Self::Defender
            | Self::Crowdstrike
            | Self::Sentinelone
            | Self::Cortex
            | Self::Ocsf
            | Self::Adp
            | Self::Mapped => false,
        }
    }
}

/// What a schema registry's serializer put before the value.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Framing {
    None,
    Confluent,
    /// Confluent's, if the first byte is one of its marks; no JSON begins so.
    #[default]
    Auto,
}

/// Event types by name, `worker.hired`, by prefix, `worker.*`, or all of them, `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TypePattern(String);

impl TypePattern {
    /// Refuses what no event type could ever match, for it is misspelt.
    pub fn parse(text: &str) -> Result<Self, UnknownPattern> {
        let pattern = Self(text.to_owned());
        let is_sent = |kind: &&EventKind| kind.class() != EventClass::Account;
        if EventKind::ALL.iter().filter(is_sent).any(|kind| pattern.matches(*kind)) {
            Ok(pattern)
        } else {
            Err(UnknownPattern(pattern.0))
        }
    }

    pub fn matches(&self, kind: EventKind) -> bool {
        let kind = kind.word();
        match self.0.strip_suffix('*') {
            Some("") => true,
            Some(prefix) => prefix.ends_with('.') && kind.starts_with(prefix),
            None => self.0 == kind,
        }
    }
}

impl schemars::JsonSchema for TypePattern {
    fn schema_name() -> Cow<'static, str> {
        "TypePattern".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An event type, `worker.hired`, a prefix, `worker.*`, or all, `*`.",
            "anyOf": [
                generator.subschema_for::<schema::EventType>(),
                { "type": "string", "pattern": "^(\\*|[a-z].*\\.\\*)$" },
            ],
        })
    }
}

impl TryFrom<String> for TypePattern {
    type Error = UnknownPattern;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<TypePattern> for String {
    fn from(pattern: TypePattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A pattern that matches no event type.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` matches no event type; write `*`, a prefix such as `worker.*`, or one of: {known}",
    known = EventKind::list()
)]
pub struct UnknownPattern(String);

fn at_least_one<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Vec<TypePattern>, D::Error> {
    let types = Vec::deserialize(input)?;
    if types.is_empty() {
        return Err(serde::de::Error::custom(
            "`types` is empty, so nothing from this source would count; list what it may send",
        ));
    }
    Ok(types)
}

fn of_known_types<'de, D: serde::Deserializer<'de>>(
    input: D,
) -> Result<BTreeMap<EventKind, Edge>, D::Error> {
    let refuse = |text: String| Err(serde::de::Error::custom(text));
    let mut edges = BTreeMap::new();
    for (kind, word) in BTreeMap::<String, String>::deserialize(input)? {
        let Some(kind) = EventKind::parse(&kind) else {
            return refuse(format!(
                "`edges` names the event type `{kind}`, which does not exist; there are: {}",
                EventKind::list()
            ));
        };
        let Some(edge) = Edge::named(&word) else {
            return refuse(format!(
                "`edges` says `{word}` of `{kind}`; write `start_of_day` or `end_of_day`"
            ));
        };
        edges.insert(kind, edge);
    }
    Ok(edges)
}
