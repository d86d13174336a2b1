//! Records of the past, run once more through the same shard, under rules of one's choice.
//!
//! The shard has no target: nothing can be called, and what people should have is asked of their
//! claims afterwards. Its clock is that of the records.

use crate::engine::settings::{ShardSettings, TenantSettings, Timing};
use crate::engine::state::Person;
use crate::engine::{Effects, Input, Record, Shard};
use crate::model::code::WrittenCode;
use crate::model::decision::AuditEntry;
use crate::model::ids::{PersonId, TenantName};
use crate::rules::RuleSet;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One run over a range of records.
#[derive(Debug)]
pub struct Rehearsal {
    shard: Shard,
    has_begun: bool,
    pub tally: Tally,
}

/// What became of the events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub records: u64,
    pub events: u64,
    /// By the decision's word, and the reason's code where it has one.
    pub decisions: BTreeMap<(&'static str, Option<WrittenCode>), u64>,
}

impl Rehearsal {
    pub fn new(
        tenant: TenantName,
        topics: Vec<String>,
        rules: Arc<RuleSet>,
        timing: Timing,
    ) -> Self {
        let tenant = TenantSettings { name: tenant, rules, topics, targets: Vec::new() };
        let settings = ShardSettings::on_paper(tenant, timing);
        Self { shard: Shard::new(settings), has_begun: false, tally: Tally::default() }
    }

    /// A record comes in, at the time that it bears.
    pub fn take(&mut self, record: Record) {
        let at = record.raw.timestamp;
        if !self.has_begun {
            self.has_begun = true;
            self.shard.take_over(at);
        }
        self.tally.records += 1;
        self.tally.events += record.items.len() as u64;
        self.step(at, Input::Record(record));
    }

    /// Lets time pass until `to`.
    pub fn pass(&mut self, to: Timestamp) {
        self.step(to, Input::Tick);
    }

    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.shard.people()
    }

    fn step(&mut self, now: Timestamp, input: Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let Effects { commit, .. } = self.shard.step(now, input);
            if let Some(commit) = commit {
                commit.audit.iter().for_each(|entry| self.tally.note(entry));
                next = Some(Input::Committed(commit.id));
            }
        }
    }
}

impl Tally {
    fn note(&mut self, entry: &AuditEntry) {
        let AuditEntry::Decision(record) = entry else { return };
        let code = record.decision.why().map(|why| why.code.clone());
        *self.decisions.entry((record.decision.word(), code)).or_default() += 1;
    }
}

/// Who is who in two runs: under other rules another event may be the first that makes somebody known,
/// and then the id is another, too. So the same id goes first, then the most names in common.
pub fn pair<'a>(
    before: impl Iterator<Item = &'a Person>,
    after: impl Iterator<Item = &'a Person>,
) -> Vec<(Option<&'a Person>, Option<&'a Person>)> {
    let mut free: BTreeMap<&PersonId, &Person> = after.map(|person| (&person.id, person)).collect();
    let (same, others): (Vec<_>, Vec<_>) = before.partition(|person| free.contains_key(&person.id));
    let mut pairs: Vec<_> =
        same.into_iter().map(|person| (Some(person), free.remove(&person.id))).collect();
    let mut by_name: BTreeMap<_, BTreeSet<&PersonId>> = BTreeMap::new();
    for person in free.values() {
        for alias in &person.aliases {
            by_name.entry(alias).or_default().insert(&person.id);
        }
    }
    for person in others {
        let mut shared: BTreeMap<&PersonId, usize> = BTreeMap::new();
        for id in person.aliases.iter().filter_map(|alias| by_name.get(alias)).flatten() {
            if free.contains_key(*id) {
                *shared.entry(id).or_default() += 1;
            }
        }
        let best = shared.into_iter().max_by_key(|(id, names)| (*names, std::cmp::Reverse(*id)));
        pairs.push((Some(person), best.and_then(|(id, _)| free.remove(id))));
    }
    pairs.extend(free.into_values().map(|person| (None, Some(person))));
    pairs
}
