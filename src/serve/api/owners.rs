//! Whose accounts are: the people whom usher has bound them to, and how these stand.

use crate::model::code::WrittenCode;
use crate::model::ids::{TargetName, TenantName};
use crate::serve::memory::{Entry, Known, Topic};
use crate::view::glance::Place;
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
        let told = accounts.iter().filter_map(|account| {
            let person = known.people.holder(tenant, target, account)?;
            let (place, _) = person.place_at(target.as_str())?;
            Some(((*account).to_owned(), told(person, place, now)))
        });
        Self { by_account: told.collect() }
    }

    pub(super) fn of(&self, account: &str) -> Option<&Value> {
        self.by_account.get(account)
    }
}

fn told(person: &Entry, place: &Place, now: Timestamp) -> Value {
    json!({
        "person": &*person.id,
        "state": place.state,
        "code": place.code.as_ref().map(WrittenCode::as_str),
        "waits": person.waits(now),
        "is_overridden": person.standing.overridden,
        "on_legal_hold": person.standing.on_legal_hold,
        "next_at": person.next,
    })
}
