//! A record of a person that this version cannot read: whose it is, and what they are called.

use super::VERSION;
use crate::engine::Unreadable;
use crate::engine::state::Person;
use crate::model::Alias;
use crate::model::alias::CANONICAL_VERSION;
use crate::model::code::Code;
use crate::model::ids::{PersonId, TenantName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Why somebody is set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nobody can read their record.
    #[default]
    Unreadable,
    /// The shard crashed again and again while it worked for them.
    Crashes,
}

impl Reason {
    pub fn code(self) -> Code {
        match self {
            Self::Unreadable => Code::PersonSetAside,
            Self::Crashes => Code::PersonCrashes,
        }
    }
}

/// Somebody who is set aside: their record stays as it is, and nothing is done for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    pub tenant: TenantName,
    pub person: PersonId,
    #[serde(default)]
    pub reason: Reason,
    /// What is wrong; no value of the record.
    pub why: String,
    /// All that they are called by: what is said of anybody of these names may be said of them.
    #[serde(skip)]
    pub names: BTreeSet<Alias>,
    /// Records that became part of theirs.
    #[serde(skip)]
    pub merged: BTreeSet<PersonId>,
}

/// As whoever asks what waits is told.
impl fmt::Display for Aside {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, person, reason, why, .. } = self;
        let what = match reason {
            Reason::Unreadable => "whose record cannot be read",
            Reason::Crashes => "for whom nothing is done",
        };
        write!(out, "set aside: {person} of tenant {tenant}, {what}: {why}")
    }
}

impl Aside {
    /// Somebody at whom the shard crashes.
    pub fn who_crashes(person: &Person) -> Self {
        Self {
            tenant: person.tenant.clone(),
            person: person.id.clone(),
            reason: Reason::Crashes,
            why: "usher crashed twice while it worked for them, which is a bug".to_owned(),
            names: person.aliases.iter().chain(&person.reported).cloned().collect(),
            merged: person.merged.clone(),
        }
    }
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
    let (reason, why) = (Reason::Unreadable, error.why.clone());
    Some(Aside { tenant, person: id, reason, why, names, merged })
}
