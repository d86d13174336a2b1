//! The people of a tenant as they were last committed.

use super::{Error, Scope};
use crate::config::KafkaSettings;
use crate::engine::record;
use crate::engine::record::Kept;
use crate::kafka::look::{From, Look, Until};
use crate::model::RawRecord;
use crate::model::ids::{ShardNumber, TenantName};
use crate::view::people::Found;
use std::collections::BTreeMap;

pub(super) const ADVICE: &str = "run `usher init`";

/// Everybody who goes by `name`.
pub(super) fn find(
    look: &Look,
    kafka: &KafkaSettings,
    scope: &Scope,
    name: &str,
) -> Result<Found, Error> {
    let mut found = Found::by(name);
    each(look, kafka, &scope.view.tenant, |key, kept| found.take(key, kept))?;
    Ok(found)
}

/// Everybody, by key.
pub(super) fn all(
    look: &Look,
    kafka: &KafkaSettings,
    scope: &Scope,
) -> Result<BTreeMap<String, Kept>, Error> {
    let mut people = BTreeMap::new();
    each(look, kafka, &scope.view.tenant, |key, kept| {
        match kept {
            Some(kept) => people.insert(key, kept),
            None => people.remove(&key),
        };
    })?;
    Ok(people)
}

/// Every record about a person of the tenant, oldest first; the last of a key counts.
pub(super) fn each(
    look: &Look,
    kafka: &KafkaSettings,
    tenant: &TenantName,
    mut take: impl FnMut(String, Option<Kept>),
) -> Result<(), Error> {
    let topic = &kafka.topics.people;
    let shards = look.partitions(topic, ADVICE)?;
    let shard = ShardNumber::of(tenant, shards);
    let span = look.span(topic, shard.0, From::Earliest, Until::Now)?;
    let prefix = format!("{tenant}/");
    look.read(&[span], |record: RawRecord| {
        let key = record.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        if key.starts_with(&prefix) {
            let kept = record.value.as_deref().map(|value| record::decode(&key, value));
            take(key.clone().into_owned(), kept.transpose()?);
        }
        Ok(())
    })
}
