//! Whoever waits for longer than a minute is told of, with a reason that is true.

use super::checks::{Invariant, Violation};
use super::owner::{Health, OwnerNumber};
use super::seen::Place;
use super::world::World;
use crate::engine::state::Stage;
use crate::model::code::Code;
use crate::model::decision::{NoteRecord, NoteWord};
use crate::model::{PersonId, TargetName};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A minute, and what the telling takes: a slow commit, a look of this check.
const LONG: SignedDuration = SignedDuration::from_secs(85);
/// A new owner has other things to do first.
const ACQUAINTED: SignedDuration = SignedDuration::from_secs(30);

/// Since when somebody's revision is worked on.
type Waiting = BTreeMap<(PersonId, TargetName), (u64, Timestamp)>;

#[derive(Debug, Default)]
pub struct Waits {
    since: Waiting,
    /// Where any call has ever failed.
    failed_at: BTreeSet<Place>,
}

impl Waits {
    pub fn failed(&mut self, place: Place) {
        self.failed_at.insert(place);
    }

    /// A new owner: its clock may be another one.
    pub fn forget(&mut self) {
        self.since.clear();
    }

    /// What is said of somebody who waits is so.
    pub fn is_true(&self, note: &NoteRecord) -> Result<(), Violation> {
        let place = (note.tenant.clone(), note.target.clone());
        let is_so = match note.why.code.known() {
            None | Some(Code::WaitingOverlooked | Code::PlanUnsound) => false,
            Some(Code::WaitingTarget) => self.failed_at.contains(&place),
            Some(_) => true,
        };
        let is_of_this = note.word == NoteWord::Waiting || note.why.code == Code::PlanUnsound;
        if is_so || !is_of_this {
            return Ok(());
        }
        let what =
            format!("{} waits because of {}, and that is not so", note.person, note.why.code);
        Err(Invariant::Progress.broken(None, what))
    }
}

impl World {
    /// Nobody is worked on for longer than a minute without a word in the audit.
    pub(super) fn check_waits(&mut self, number: OwnerNumber) -> Result<(), Violation> {
        let Some(owner) = self.owners.get(&number) else { return Ok(()) };
        let is_hindered = owner.cut_off
            || !matches!(owner.health, Health::Running)
            || self.current != Some(number)
            || self.now.duration_since(self.taken_over_at) < ACQUAINTED;
        let mut working = Waiting::new();
        for person in owner.host.shard().people() {
            for (target, seat) in owner.host.shard().seats_of(person) {
                if seat.stage != Stage::Working {
                    continue;
                }
                let key = (person.id.clone(), target.clone());
                let known = self.waits.since.get(&key).filter(|(was, _)| *was == seat.revision);
                let since = known.map_or(self.now, |(_, since)| *since);
                if !is_hindered
                    && self.now.duration_since(since) > LONG
                    && !self.audit.has_noted(&key, seat.revision)
                {
                    let waited = self.now.duration_since(since);
                    let what = format!(
                        "revision {} at {target} is worked on for {waited:#}, and nobody is told",
                        seat.revision
                    );
                    let person = self.audit.person(&person.id);
                    return Err(Invariant::Progress.broken(person, what));
                }
                working.insert(key, (seat.revision, since));
            }
        }
        if self.current == Some(number) {
            self.waits.since = working;
        }
        Ok(())
    }
}
