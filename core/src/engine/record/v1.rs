//! The first version of a record, where it differs from what the engine works with.
//!
//! All else is kept as its own type says. When a type must change and the record must not, its form of
//! before moves here, with the way to it and back.

use crate::engine::said::claims::Instance;
use crate::engine::said::mutes::Mutes;
use crate::engine::state::{
    LastWord, LegalHold, Overrides, Parted, Person, ProfileMark, Seat, Seats, Seen, Sleep,
};
use crate::model::Alias;
use crate::model::account::AttributeName;
use crate::model::claim::ClaimName;
use crate::model::ids::{PersonId, TargetName, TenantName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What is kept of a person, and of their places at targets: one record of `usher.people`.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Form")]
pub struct Kept {
    pub person: Person,
    pub seats: BTreeMap<TargetName, Seat>,
}

/// A person's record: all that is kept of them, and their seats beside it.
#[derive(Debug, Deserialize)]
struct Form {
    id: PersonId,
    tenant: TenantName,
    #[serde(default)]
    merged: BTreeSet<PersonId>,
    aliases: BTreeSet<Alias>,
    #[serde(default)]
    reported: BTreeSet<Alias>,
    #[serde(default)]
    parted: Parted,
    #[serde(default)]
    known_to_hr: Option<bool>,
    #[serde(default)]
    canonical: u8,
    claims: Vec<Instance>,
    #[serde(default)]
    mutes: Mutes,
    #[serde(default)]
    overrides: Overrides,
    #[serde(default)]
    employments: Vec<Instance>,
    #[serde(default)]
    legal_holds: Vec<LegalHold>,
    #[serde(default)]
    forgotten: BTreeMap<ClaimName, Timestamp>,
    #[serde(default)]
    last_words: Vec<LastWord>,
    profile: BTreeMap<AttributeName, Vec<ProfileMark>>,
    recent: VecDeque<Seen>,
    #[serde(default)]
    asleep: Option<Sleep>,
    seats: BTreeMap<TargetName, Seat>,
}

/// The same, as it is written.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    #[serde(flatten)]
    pub person: &'a Person,
    pub seats: &'a Seats<'a>,
}

impl From<Form> for Kept {
    fn from(form: Form) -> Self {
        let person = Person {
            id: form.id,
            tenant: form.tenant,
            merged: form.merged,
            aliases: form.aliases,
            reported: form.reported,
            parted: form.parted,
            known_to_hr: form.known_to_hr,
            canonical: form.canonical,
            claims: form.claims,
            mutes: form.mutes,
            overrides: form.overrides,
            employments: form.employments,
            legal_holds: form.legal_holds,
            forgotten: form.forgotten,
            last_words: form.last_words,
            profile: form.profile,
            recent: form.recent,
            asleep: form.asleep,
        };
        Self { person, seats: form.seats }
    }
}
