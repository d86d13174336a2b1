//! Whose accounts are: the people whom usher has bound them to, and how these stand.

use crate::model::code::WrittenCode;
use crate::model::ids::{ScimId, TargetName, TenantName};
use crate::serve::memory::{Known, Topic};
use crate::view::glance::Glance;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// By the ids of accounts.
#[derive(Debug, Default)]
pub(super) struct Owners {
    by_account: BTreeMap<String, Value>,
}

impl Owners {
    /// Those of some accounts. While people are still being read, nothing is said of them.
    pub(super) fn find(
        known: &Known,
        (tenant, target): (&TenantName, &TargetName),
        accounts: &BTreeSet<&str>,
        now: Timestamp,
    ) -> Self {
        if accounts.is_empty() || !known.hearing.is_whole(Topic::People) {
            return Self::default();
        }
        let mut by_account = BTreeMap::new();
        for (person, entry) in known.people.of(tenant) {
            let mut places = entry.glance.places.iter();
            let Some(place) = places.find(|place| place.target == *target) else { continue };
            let Some(account) = place.account.as_ref().map(ScimId::as_str) else {
                continue;
            };
            if accounts.contains(account) {
                let told = told(person, &entry.glance, place, now);
                by_account.insert(account.to_owned(), told);
            }
        }
        Self { by_account }
    }

    pub(super) fn of(&self, account: &str) -> Option<&Value> {
        self.by_account.get(account)
    }
}

fn told(
    person: &str,
    glance: &Glance,
    place: &crate::view::glance::Place,
    now: Timestamp,
) -> Value {
    json!({
        "person": person,
        "state": place.state,
        "code": place.code.as_ref().map(WrittenCode::as_str),
        "waits": glance.waits(now),
        "is_overridden": glance.overridden,
        "on_legal_hold": glance.on_legal_hold,
        "next_at": glance.next,
    })
}
