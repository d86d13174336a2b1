//! The values in instructions: whoever has one need not check it again.
//!
//! What each type says of a value that it does not take is what it does take, and never the value.

use crate::model::ids::PersonId;
use crate::model::text;
use crate::rules::parse_length;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use uuid::Uuid;

/// How many items a list may have.
const ITEMS_MAX: usize = 1_000;

/// The longest that a rejection lasts.
const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(365 * 24);

/// What no other command has: a UUID, as new ones are made, with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct CommandId(Uuid);

impl From<Uuid> for CommandId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl TryFrom<String> for CommandId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let id = Uuid::try_parse(&text).ok().filter(|id| !id.is_nil() && text.len() == 36);
        id.map(Self).ok_or("a UUID with hyphens, that no other command has")
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Words of somebody: something to see, at most `MOST` signs, and nothing that moves a cursor or turns
/// the direction of what follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Text<const MOST: usize>(String);

impl<const MOST: usize> Text<MOST> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MOST: usize> TryFrom<String> for Text<MOST> {
    type Error = String;

    fn try_from(words: String) -> Result<Self, Self::Error> {
        let turns = |sign| matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let is_odd = |sign: char| sign.is_control() || turns(sign);
        if text::is_blank(&words) || words.chars().count() > MOST || words.contains(is_odd) {
            return Err(format!("a text that says something, in one line of at most {MOST} signs"));
        }
        Ok(Self(words))
    }
}

/// A person's id. Names and addresses are none, so they get into no audit this way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonRef(PersonId);

impl PersonRef {
    pub fn id(&self) -> &PersonId {
        &self.0
    }
}

impl From<PersonRef> for String {
    fn from(PersonRef(id): PersonRef) -> Self {
        id.as_str().to_owned()
    }
}

impl TryFrom<String> for PersonRef {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let hex = text.strip_prefix("p-").unwrap_or_default();
        if hex.len() == 24 && hex.bytes().all(is_small_hex) {
            Ok(Self(PersonId::new(text)))
        } else {
            Err("the id of a person, p- and 24 signs of 0-9 and a-f, as `usher explain` shows it")
        }
    }
}

/// A SHA-256, in hex.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// That of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(format!("{:x}", Sha256::digest(bytes)))
    }
}

impl TryFrom<String> for Sha256Hex {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() == 64 && text.bytes().all(is_small_hex) {
            Ok(Self(text))
        } else {
            Err("a SHA-256 in hex, 64 signs of 0-9 and a-f")
        }
    }
}

fn is_small_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// `LEAST` to a thousand of something, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<T>", bound(deserialize = "T: Ord + Deserialize<'de>"))]
pub struct Many<T, const LEAST: usize = 1>(BTreeSet<T>);

impl<T, const LEAST: usize> Many<T, LEAST> {
    /// How many it takes.
    pub(super) const MOST: usize = ITEMS_MAX;

    /// Them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T: Ord, const LEAST: usize> TryFrom<Vec<T>> for Many<T, LEAST> {
    type Error = String;

    fn try_from(items: Vec<T>) -> Result<Self, Self::Error> {
        let count = items.len();
        let distinct: BTreeSet<T> = items.into_iter().collect();
        if (LEAST..=ITEMS_MAX).contains(&count) && distinct.len() == count {
            Ok(Self(distinct))
        } else {
            Err(format!("a list of {LEAST} to {ITEMS_MAX}, each once"))
        }
    }
}

/// A length of time as people write it, `7d` or `36h`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Length {
    text: String,
    length: SignedDuration,
}

impl Length {
    pub fn get(&self) -> SignedDuration {
        self.length
    }
}

impl Default for Length {
    /// A week.
    fn default() -> Self {
        Self { text: "7d".to_owned(), length: SignedDuration::from_hours(7 * 24) }
    }
}

impl TryFrom<String> for Length {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match parse_length(&text) {
            Some(length) if length.is_positive() && length <= LENGTH_MAX => {
                Ok(Self { text, length })
            }
            _ => Err("a length of time of at most a year, like 30m, 12h or 7d"),
        }
    }
}

impl From<Length> for String {
    fn from(length: Length) -> Self {
        length.text
    }
}

/// Bytes, in base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes(Vec<u8>);

impl Bytes {
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl TryFrom<String> for Bytes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self).map_err(|_its_place_helps_nobody| "base64")
    }
}

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        STANDARD.encode(bytes.0)
    }
}

impl fmt::Debug for Bytes {
    /// How many there are; an event may be in them.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Bytes({})", self.0.len())
    }
}

/// An instant, in RFC 3339 and in no other form.
pub(super) mod instant {
    use crate::model::event::parse_instant;
    use jiff::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        instant: &Timestamp,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        instant.serialize(out)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(input)?;
        parse_instant(&text)
            .ok_or_else(|| D::Error::custom("an instant, like 2026-11-30T09:00:00Z"))
    }

    pub(in super::super) fn if_any<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        deserialize(input).map(Some)
    }
}

/// A record's place, without members that nobody knows.
pub(super) mod position {
    use crate::model::position::Position;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, schemars::JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[schemars(rename = "Position")]
    pub(in super::super) struct At {
        topic: String,
        #[serde(default)]
        generation: u32,
        partition: i32,
        offset: i64,
    }

    pub(in super::super) fn serialize<S: Serializer>(
        position: &Position,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        position.serialize(out)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Position, D::Error> {
        let At { topic, generation, partition, offset } = At::deserialize(input)?;
        Ok(Position { topic, generation, partition, offset })
    }
}
