//! Parked records are read again when an operator says so: decided like any other, and each once.

use super::Shard;
use super::command::Party;
use super::decide::{Decided, Place};
use crate::command::Admitted;
use crate::command::instruction::{Brought, Records, Replayed};
use crate::decode::{self, Item};
use crate::engine::desk::released::names_of;
use crate::engine::people::identify::Subject;
use crate::engine::state::Person;
use crate::model::Alias;
use crate::model::decision::{Decision, Why};
use crate::model::event::Event;
use crate::model::ids::TenantName;
use crate::model::ordered::{Became, CommandRow};
use crate::model::position::{EventPosition, Position};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Shard {
    /// Reads parked records again, in the order in which they are given; a row for each.
    pub(super) fn replay(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
        records: &Records,
        brought: &Brought<'_>,
    ) -> Vec<CommandRow> {
        let rows = records.iter().map(|record| {
            let place = shown(&record.position, record.index);
            match self.replay_one(admitted, tenant, record, brought) {
                Ok(all) => row_of(&place, &all),
                Err(why) => row(Became::Nothing, format!("{place}: {why}")),
            }
        });
        rows.collect()
    }

    /// The record's own place counts, not the command's: its order among what its source said, and the
    /// topic whose list of types binds it.
    fn replay_one(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
        record: &Replayed,
        brought: &Brought<'_>,
    ) -> Result<Vec<Decided>, &'static str> {
        self.may_be_replayed(tenant, record)?;
        let source = self.sources.get(&record.position.topic).ok_or(NO_SOURCE)?;
        let raw = Arc::new(record.raw(brought).ok_or(NOT_BROUGHT)?);
        let items = (0_u32..).zip(decode::decode(&raw, source));
        let items: Vec<(u32, Item)> =
            items.filter(|(index, _)| record.index.is_none_or(|it| it == *index)).collect();
        if items.is_empty() {
            return Err("the record holds no event of this number");
        }
        let replays = self.orders.replays();
        if items.iter().any(|(index, _)| replays.know(&record.position, Some(*index))) {
            return Err(ONCE);
        }
        let by = admitted.instruction().operator.as_str();
        if items.iter().any(|(_, item)| self.is_about(tenant, item, by)) {
            return Err("nobody replays what is said of themselves");
        }
        let (sha256, command) = (raw.value_sha256(), admitted.instruction().id.to_string());
        let decided: Vec<Decided> = items
            .iter()
            .map(|(index, item)| {
                let place = Place {
                    tenant: tenant.clone(),
                    raw: &raw,
                    sha256: sha256.as_deref(),
                    position: EventPosition { record: record.position.clone(), index: *index },
                    is_of_backlog: false,
                    replayed_by: Some(&command),
                };
                self.decide_item(&place, item)
            })
            .collect();
        let until = self.remembered_until(record.time);
        if decided.iter().any(is_parked) {
            // The others may be replayed again, and these not.
            for ((index, _), _) in items.iter().zip(&decided).filter(|(_, one)| counts(one)) {
                self.orders.replays_mut().note(&record.position, Some(*index), until);
            }
        } else if decided.iter().any(counts) {
            self.orders.replays_mut().note(&record.position, record.index, until);
        }
        Ok(decided)
    }

    /// Whether the record was decided here, is not too old, and was not read again before.
    fn may_be_replayed(
        &mut self,
        tenant: &TenantName,
        record: &Replayed,
    ) -> Result<(), &'static str> {
        let place = &record.position;
        match self.topics.get(&place.topic) {
            Some(Party::Tenant(owner)) if owner == tenant => {}
            // What it brings is read as the tenant's whose command it is.
            Some(Party::Findings) => {}
            Some(Party::Tenant(_) | Party::Operators) | None => return Err(NO_SOURCE),
        }
        let known = self.record.topics.get(&place.topic);
        let is_decided = known.is_some_and(|known| {
            let next = known.next.get(&place.partition).copied().unwrap_or_default();
            place.generation < known.generation
                || (place.generation == known.generation && place.offset < next)
        });
        if !is_decided {
            return Err("nothing was decided there yet, so nothing is parked");
        }
        let today = self.books.today();
        if self.orders.replays().know(place, record.index)
            || self.orders.replays().know(place, None)
        {
            return Err(ONCE);
        }
        if self.remembered_from(record.time) <= today {
            return Err(
                "it is older than `engine.replay_horizon`, and nobody knows any more what \
                        was said since; have its source say it again",
            );
        }
        if !self.orders.replays_mut().have_room(today) {
            return Err(
                "too many records were replayed lately; wait until some of them are older \
                        than `engine.replay_horizon`",
            );
        }
        Ok(())
    }

    /// From then on a record of this time is too old to be read again.
    fn remembered_from(&self, time: Timestamp) -> Timestamp {
        time.saturating_add(self.books.timing.replay_horizon).unwrap_or(Timestamp::MAX)
    }

    /// A record is too old before it is forgotten that it was read again.
    fn remembered_until(&self, time: Timestamp) -> Timestamp {
        self.remembered_from(time.max(self.books.today()))
    }

    /// Whether what is said is said of this operator.
    fn is_about(&self, tenant: &TenantName, item: &Item, operator: &str) -> bool {
        let event: &Event = match item {
            Item::Event(event) => event,
            Item::Skip(_) | Item::Park(_) => return false,
        };
        let accounts = |person: &Person| self.desks.accounts_of(person);
        let found = match self.people.identify(tenant, event, &accounts) {
            Ok(Subject::Somebody(id, others)) => others.into_iter().chain([id]).collect(),
            Ok(Subject::Nobody) | Err(_) => Vec::new(),
        };
        let known = found.iter().filter_map(|id| self.people.get(id));
        let names: Vec<&Alias> =
            known.flat_map(|person| &person.aliases).chain(&event.aliases).collect();
        names_of(operator).any(|own| names.contains(&&own))
    }
}

const NO_SOURCE: &str = "no source of this tenant has this topic";
const NOT_BROUGHT: &str =
    "no header `usher-record` of the command brings a value of this digest; send both again";
const ONCE: &str = "it was replayed before, and counts once; of a record of several events, name those that were not";

fn is_parked(decided: &Decided) -> bool {
    matches!(decided.decision, Decision::Parked(_))
}

/// Whether anything came of it.
fn counts(decided: &Decided) -> bool {
    match decided.decision {
        Decision::Asserted
        | Decision::Extended
        | Decision::Withdrew
        | Decision::Stale
        | Decision::Duplicate => true,
        Decision::Skipped(_) | Decision::Parked(_) => false,
    }
}

/// What became of all that one record holds.
fn row_of(place: &str, all: &[Decided]) -> CommandRow {
    let became = if all.iter().any(counts) { Became::Replayed } else { Became::Nothing };
    let (said, person) = if let [one] = all {
        (in_full(&one.decision), one.person.clone())
    } else {
        (in_sum(all), None)
    };
    CommandRow { person, ..row(became, format!("{place}: {said}")) }
}

/// How many of each word, and the first that is parked again.
fn in_sum(all: &[Decided]) -> String {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for one in all {
        *words.entry(one.decision.word()).or_default() += 1;
    }
    let words = words.iter().map(|(word, count)| format!("{count} {word}"));
    let first = all.iter().find(|it| is_parked(it)).map(|it| in_full(&it.decision));
    words.chain(first).collect::<Vec<_>>().join(", ")
}

fn in_full(decision: &Decision) -> String {
    let again = if matches!(decision, Decision::Parked(_)) { " again" } else { "" };
    let why = decision.why().map(|Why { code, text, .. }| format!(", {code}: {text}"));
    format!("{}{again}{}", decision.word(), why.unwrap_or_default())
}

fn shown(record: &Position, index: Option<u32>) -> String {
    format!("{record}{}", index.map(|index| format!("#{index}")).unwrap_or_default())
}

fn row(became: Became, why: String) -> CommandRow {
    CommandRow { hold: None, person: None, target: None, became, why: Some(why) }
}
