//! The people of a tenant as they were last committed.

use super::{Error, Scope};
use crate::config::KafkaSettings;
use crate::engine::record;
use crate::engine::record::Kept;
use crate::engine::state::Person;
use crate::kafka::look::{From, Look, Until};
use crate::model::ids::ShardNumber;
use crate::model::{Alias, RawRecord};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const ADVICE: &str = "run `usher init`";

/// Those who go by a name, and by which kinds of names people are known at all.
#[derive(Default)]
pub(super) struct Found {
    pub(super) people: Vec<Kept>,
    pub(super) kinds: BTreeSet<String>,
    pub(super) known: usize,
}

/// Everybody who has the id `name`, or a name that is the same as `name` in its canonical form.
pub(super) fn find(
    look: &Look,
    kafka: &KafkaSettings,
    scope: &Scope,
    name: &str,
) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut known = BTreeSet::new();
    let mut by_key = BTreeMap::new();
    each(look, kafka, scope, |key, kept| {
        by_key.remove(&key);
        known.remove(&key);
        if let Some(kept) = kept {
            let aliases = kept.person.aliases.iter();
            found.kinds.extend(aliases.map(|alias| word(&alias.kind())));
            if goes_by(&kept.person, name) {
                by_key.insert(key.clone(), kept);
            }
            known.insert(key);
        }
    })?;
    found.known = known.len();
    found.people = by_key.into_values().collect();
    Ok(found)
}

/// Everybody, by key.
pub(super) fn all(
    look: &Look,
    kafka: &KafkaSettings,
    scope: &Scope,
) -> Result<BTreeMap<String, Kept>, Error> {
    let mut people = BTreeMap::new();
    each(look, kafka, scope, |key, kept| {
        match kept {
            Some(kept) => people.insert(key, kept),
            None => people.remove(&key),
        };
    })?;
    Ok(people)
}

/// Every record about a person of the tenant, oldest first; the last of a key counts.
fn each(
    look: &Look,
    kafka: &KafkaSettings,
    scope: &Scope,
    mut take: impl FnMut(String, Option<Kept>),
) -> Result<(), Error> {
    let topic = &kafka.topics.people;
    let shards = look.partitions(topic, ADVICE)?;
    let shard = ShardNumber::of(&scope.name, shards);
    let span = look.span(topic, shard.0, From::Earliest, Until::Now)?;
    let prefix = format!("{}/", scope.name);
    look.read(&[span], |record: RawRecord| {
        let key = record.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        if key.starts_with(&prefix) {
            let kept = record.value.as_deref().map(|value| record::decode(&key, value));
            take(key.clone().into_owned(), kept.transpose()?);
        }
        Ok(())
    })
}

pub(super) fn goes_by(person: &Person, name: &str) -> bool {
    let is_it = |alias: &Alias| Alias::parse(alias.kind(), name).as_ref() == Some(alias);
    let mut ids = std::iter::once(&person.id).chain(&person.merged);
    ids.any(|id| id.as_str() == name) || person.aliases.iter().any(is_it)
}

/// What a value is called on the wire, for people: `employee number`.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text.replace('_', " "),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}
