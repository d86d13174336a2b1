//! The people of a tenant as they were last committed.

use super::{Error, Scope, text};
use crate::config::KafkaSettings;
use crate::engine::Unreadable;
use crate::engine::record;
use crate::engine::record::{Aside, Kept};
use crate::kafka::look::{From, Look, Until};
use crate::model::RawRecord;
use crate::model::ids::{ShardNumber, TenantName};
use crate::view::people::Found;
use std::collections::BTreeMap;
use std::io::Write as _;

pub(super) const ADVICE: &str = "run `usher init`";

/// Everybody who goes by `name`.
pub(super) fn find(
    look: &Look,
    kafka: &KafkaSettings,
    scope: &Scope,
    name: &str,
) -> Result<Found, Error> {
    let mut found = Found::by(name);
    warn(&each(look, kafka, &scope.view.tenant, |key, kept| found.take(key, kept))?);
    Ok(found)
}

/// Everybody, by key.
pub(super) fn all(
    look: &Look,
    kafka: &KafkaSettings,
    scope: &Scope,
) -> Result<BTreeMap<String, Kept>, Error> {
    let mut people = BTreeMap::new();
    let aside = each(look, kafka, &scope.view.tenant, |key, kept| {
        match kept {
            Some(kept) => people.insert(key, kept),
            None => people.remove(&key),
        };
    })?;
    warn(&aside);
    Ok(people)
}

/// The answer is about everybody else.
pub(super) fn warn(aside: &[Aside]) {
    for one in aside {
        let told = one.to_string();
        // If nobody can be told, the answer is given all the same.
        drop(std::io::stderr().write_all(text::line(&told).as_bytes()));
    }
}

/// A person's record, if there is one and it can be read. If it cannot, they are among those set aside.
pub(super) fn kept_or_aside(
    key: &str,
    value: Option<&[u8]>,
    aside: &mut BTreeMap<String, Aside>,
) -> Result<Option<Kept>, Unreadable> {
    aside.remove(key);
    let Some(value) = value else { return Ok(None) };
    match record::decode(key, value) {
        Ok(kept) => Ok(Some(kept)),
        Err(error) => {
            aside.insert(key.to_owned(), record::aside(value, &error).ok_or(error)?);
            Ok(None)
        }
    }
}

/// Every record about a person of the tenant, oldest first; the last of a key counts. Gives those who
/// are set aside, for nobody can read theirs.
pub(super) fn each(
    look: &Look,
    kafka: &KafkaSettings,
    tenant: &TenantName,
    mut take: impl FnMut(String, Option<Kept>),
) -> Result<Vec<Aside>, Error> {
    let topic = &kafka.topics.people;
    let shards = look.partitions(topic, ADVICE)?;
    let shard = ShardNumber::of(tenant, shards);
    let span = look.span(topic, shard.0, From::Earliest, Until::Now)?;
    let prefix = format!("{tenant}/");
    let mut all = BTreeMap::new();
    look.read(&[span], |record: RawRecord| {
        let key = record.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        if key.starts_with(&prefix) {
            let kept = kept_or_aside(&key, record.value.as_deref(), &mut all)?;
            take(key.into_owned(), kept);
        }
        Ok::<_, Error>(())
    })?;
    Ok(all.into_values().collect())
}
