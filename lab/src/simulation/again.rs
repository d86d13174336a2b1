//! The history of a world told again: in other orders, with a part of it twice.
//!
//! Whatever order keeps each source's own must make the same of people, up to their ids
//! (`docs/design.md`, "The order of events"); and a worker that knows nothing but the history must
//! find every account as it should be.

use super::chance::Chance;
use super::checks::{Invariant, Violation, breach};
use super::company::{Content, is_late};
use super::fact::Name;
use super::manners::Manner;
use super::orders::CONTROL;
use super::portrait::{self, Portrait};
use super::world::World;
use crate::engine::state::Person;
use crate::engine::{Input, Record, Shard, will::wish};
use crate::host::Host;
use crate::model::{Alias, RawRecord};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How often each history is told again.
const TELLINGS: u64 = 2;
/// Of a thousand records, how many come once more.
const TWICE: u64 = 150;

/// How the partitions are mixed.
#[derive(Clone, Copy, Debug)]
enum Mix {
    /// Any next record may be of any partition.
    Any,
    /// All of one partition, then all of another.
    OneAfterAnother,
    /// Some of one, some of another.
    InRuns,
}

impl World {
    /// Tells what was written to the inputs to workers that know nothing, and compares.
    pub(super) fn tell_again(&mut self) -> Result<(), Violation> {
        let mut chance = self.chance.fork();
        let Some(owner) = self.current.and_then(|number| self.owners.get(&number)) else {
            return Ok(());
        };
        let known = self.portraits(owner.host.shard());
        self.wishes_are_what_claims_ask(owner.host.shard())?;
        for telling in 0..TELLINGS {
            let mix =
                *chance.pick(&[Mix::Any, Mix::OneAfterAnother, Mix::InRuns]).unwrap_or(&Mix::Any);
            let records = self.interleaved(&mut chance, mix);
            let host = self.told(records)?;
            let anew = self.portraits(host.shard());
            portrait::compare(&known, &anew).map_err(|what| {
                let what = format!("told again ({telling}, {mix:?}), {what}");
                Invariant::OrderFree.broken(None, what)
            })?;
            // What others have deleted a new worker makes anew, and so it does with what is hidden from it;
            // of an account with another id it does not know that it had another one.
            let is_undisturbed = self.disturbed.is_empty()
                && self.moved.is_empty()
                && self.audit.links.is_empty()
                && self.audit.reread.is_empty()
                && self.audit.parted.is_empty()
                && !self.manners.has(Manner::HiddenInactive)
                // What waits here another worker would do, and do other things besides.
                && !self.settings.guards.hold();
            if telling == 0 && is_undisturbed {
                self.finds_all_as_it_should_be(host)?;
            }
        }
        Ok(())
    }

    /// Everybody but those of whom operators have said that they are one, for history alone tells it of
    /// nobody, and those of whom something was read again: it came after what its source said since.
    fn portraits(&self, shard: &Shard) -> Vec<Portrait> {
        let reread = self.audit.reread.iter().filter_map(|place| self.audit.written.get(place));
        let reread = reread.filter_map(|content| match content {
            Content::Fact(fact) => Some(&fact.names),
            _ => None,
        });
        let names = self.audit.links.iter().flatten().chain(reread.flatten());
        let names: BTreeSet<Alias> = names.filter_map(Name::alias).collect();
        let is_known = |person: &&Person| person.aliases.is_disjoint(&names);
        shard.people().filter(is_known).map(Portrait::of).collect()
    }

    /// Every input record, each partition in its order, some of them once more later.
    fn interleaved(&self, chance: &mut Chance, mix: Mix) -> Vec<Record> {
        // What came when all else was decided comes last again.
        let (late, others): (Vec<_>, Vec<_>) = self
            .log
            .partitions()
            .filter(|name| name.topic != CONTROL)
            .partition(|name| is_late(&name.topic));
        let mut partitions: Vec<Vec<Record>> = others
            .into_iter()
            .map(|name| partly_twice(&self.records_as_mended(name), chance))
            .filter(|records| !records.is_empty())
            .collect();
        for records in &mut partitions {
            records.reverse();
        }
        let mut mixed = Vec::new();
        let mut run = 0;
        let mut which = 0;
        while !partitions.is_empty() {
            if run == 0 {
                which = chance.index(partitions.len());
                run = match mix {
                    Mix::Any => 1,
                    Mix::OneAfterAnother => usize::MAX,
                    Mix::InRuns => 1 + chance.index(20),
                };
            }
            run -= 1;
            let Some(records) = partitions.get_mut(which) else { break };
            mixed.extend(records.pop());
            if records.is_empty() {
                partitions.swap_remove(which);
                run = 0;
            }
        }
        mixed.extend(late.into_iter().flat_map(|name| self.records_as_mended(name)));
        mixed
    }

    /// A shard that heard these records, and has called nobody.
    fn told(&self, records: Vec<Record>) -> Result<Host, Violation> {
        let now = self.people_time_now();
        let mut host = Host::new(Shard::new(self.settings.shard(&self.company)));
        host.take_over(now);
        for record in records {
            // Its first commit is never in, so it hands out no other; nor has it a lease, and calls nobody.
            let _turn = host.step(now, Input::Record(record)).map_err(breach)?;
        }
        Ok(host)
    }

    /// At rest the wish that was driven to is the one that the claims ask for.
    fn wishes_are_what_claims_ask(&self, shard: &Shard) -> Result<(), Violation> {
        let settings = self.settings.shard(&self.company);
        let now = self.people_time_now();
        for person in shard.people() {
            let Some(tenant) = settings.tenants.iter().find(|one| one.name == person.tenant) else {
                continue;
            };
            let seats = shard.seats_of(person);
            for target in &tenant.targets {
                let Some(seat) = seats.get(&target.name) else { continue };
                let restricting = &target.restricting_groups;
                let asked = wish::asked(person, &target.name, restricting, &seat.baseline, now);
                if asked.wish != seat.wish {
                    let what = format!(
                        "at {} the wish is {:?}, and the claims ask for {:?}",
                        target.name, seat.wish, asked.wish
                    );
                    let number = self.audit.person(&person.id);
                    return Err(Invariant::OrderFree.broken(number, what));
                }
            }
        }
        Ok(())
    }
}

/// The records of one partition, some of them once more at some later offset, as a producer writes
/// them that is not sure.
fn partly_twice(records: &[Record], chance: &mut Chance) -> Vec<Record> {
    let mut all: Vec<&Record> = records.iter().collect();
    for (place, record) in records.iter().enumerate().rev() {
        if chance.happens(TWICE) {
            let later = place + 1 + chance.index(all.len() - place);
            all.insert(later.min(all.len()), record);
        }
    }
    (0..).zip(all).map(|(offset, record)| at_offset(record, offset)).collect()
}

fn at_offset(record: &Record, offset: i64) -> Record {
    let raw = RawRecord { offset, ..(*record.raw).clone() };
    Record { raw: Arc::new(raw), items: record.items.clone() }
}
