//! A record of a person that this version cannot read: whose it is, and what they are called.

use super::VERSION;
use crate::engine::Unreadable;
use crate::model::Alias;
use crate::model::alias::CANONICAL_VERSION;
use crate::model::ids::{PersonId, TenantName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Somebody who is set aside: their record stays as it is, and nothing is done for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Aside {
    pub tenant: TenantName,
    pub person: PersonId,
    /// What is wrong with the record; no value of it.
    pub why: String,
    /// All that they are called by: what is said of anybody of these names may be said of them.
    #[serde(skip)]
    pub names: BTreeSet<Alias>,
    /// Records that became part of theirs.
    #[serde(skip)]
    pub merged: BTreeSet<PersonId>,
}

#[derive(Deserialize)]
struct Record {
    v: u8,
    body: Body,
}

/// Of a record what must be known, so that nobody is taken for somebody new.
#[derive(Deserialize)]
struct Body {
    id: PersonId,
    tenant: TenantName,
    #[serde(default)]
    merged: BTreeSet<PersonId>,
    aliases: BTreeSet<Alias>,
    #[serde(default)]
    reported: BTreeSet<Alias>,
    #[serde(default)]
    canonical: u8,
}

/// Whose record it is that could not be read for this reason. `None`: nobody can tell by which names
/// events speak of them, or a newer version wrote it; then its shard cannot go on.
pub fn aside(bytes: &[u8], error: &Unreadable) -> Option<Aside> {
    let Record { v, body } = serde_json::from_slice(bytes).ok()?;
    let Body { id, tenant, merged, aliases, reported, canonical } = body;
    let is_theirs = error.key == format!("{tenant}/{id}");
    if v > VERSION || !is_theirs || aliases.is_empty() {
        return None;
    }
    let today = |name: &Alias| {
        if canonical < CANONICAL_VERSION { name.made_anew() } else { name.clone() }
    };
    let names = aliases.iter().chain(&reported).map(today).collect();
    Some(Aside { tenant, person: id, why: error.why.clone(), names, merged })
}
