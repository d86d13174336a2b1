//! Transactions on their way: in, aborted, fenced, or nobody knows.

use super::bounded;
use super::checks::Violation;
use super::fingerprint;
use super::happening::Happening;
use super::log::{Epoch, PartitionName, Taken};
use super::owner::{Message, OwnerNumber};
use super::world::World;
use crate::model::code::Code;
use crate::model::{AuditEntry, Commit, CommitId, EventPosition};
use jiff::SignedDuration;

impl World {
    /// An owner hands out a transaction.
    pub(super) fn submit(&mut self, number: OwnerNumber, commit: Commit) -> Result<(), Violation> {
        bounded::check(&commit)?;
        // What a former owner hands out is refused, and it cannot know what was changed behind its back.
        if self.current == Some(number) {
            self.says_what_was_read(&commit)?;
        }
        for entry in &commit.audit {
            if let AuditEntry::Note(note) = entry {
                self.waits.is_true(note)?;
            }
        }
        self.date_commit(number, &commit);
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        self.history.note(self.now, None, || {
            format!("{number} commits {} ({})", commit.id.0, summary(&commit))
        });
        if !self.settings.writes_ahead() {
            // The shard believes at once what is not yet true; so its calls go out first.
            owner.knows.extend(decided(&commit));
            self.tell_in(SignedDuration::ZERO, number, Message::Committed(commit.id));
        }
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        if owner.commit.is_some() {
            owner.behind.push_back(commit);
            return Ok(());
        }
        owner.commit = Some(commit);
        self.send_commit(number);
        Ok(())
    }

    /// Puts the owner's transaction on its way, if Kafka hears it.
    pub(super) fn send_commit(&mut self, number: OwnerNumber) {
        let Some(owner) = self.owners.get_mut(&number) else {
            return;
        };
        // One that was decided while its owner slept is not sent again.
        if let Some(commit) = &owner.commit
            && !owner.cut_off
            && owner.sent != Some(commit.id)
        {
            owner.sent = Some(commit.id);
            self.undecided.insert(number, commit.clone());
            let slow = self.chance.happens(self.climate.commit_is_slow);
            let delay = self.chance.millis(2, if slow { 4_000 } else { 25 });
            self.plan_in(delay, Happening::Decide(number));
        }
    }

    /// The log decides a transaction.
    pub(super) fn decide(&mut self, number: OwnerNumber) -> Result<(), Violation> {
        self.strike(number, "before a commit is in");
        let Some(commit) = self.undecided.remove(&number) else {
            // Decided when somebody took over.
            self.lose_commit(number, "fenced");
            return Ok(());
        };
        let Some(owner) = self.owners.get(&number) else {
            return Ok(());
        };
        let epoch = owner.epoch;
        if self.chance.happens(self.climate.commit_aborts) {
            self.history.note(self.now, None, || format!("log      aborts the commit of {number}"));
            self.lose_commit(number, "aborted");
            return Ok(());
        }
        let is_ambiguous = self.chance.happens(self.climate.commit_is_ambiguous);
        if is_ambiguous && self.chance.happens(500) {
            self.history.note(self.now, None, || {
                format!("log      loses the commit of {number}, which hears nothing")
            });
            self.lose_commit(number, "ambiguous, and not in");
            return Ok(());
        }
        match self.take_in(number, epoch, &commit)? {
            Taken::Fenced => self.lose_commit(number, "fenced"),
            Taken::In if is_ambiguous => self.lose_commit(number, "ambiguous, and in"),
            Taken::In if self.settings.writes_ahead() => {
                let delay = self.chance.millis(0, 5);
                self.tell_in(delay, number, Message::Committed(commit.id));
            }
            Taken::In => self.send_next_commit(number),
        }
        self.strike(number, "after a commit is in");
        Ok(())
    }

    /// A transaction comes in, unless it is fenced; what it says is checked.
    pub(super) fn take_in(
        &mut self,
        number: OwnerNumber,
        epoch: Epoch,
        commit: &Commit,
    ) -> Result<Taken, Violation> {
        let taken = self.log.commit(epoch, commit);
        self.history.note(self.now, None, || {
            let word = match taken {
                Taken::In => "takes in",
                Taken::Fenced => "refuses",
            };
            format!("log      {word} commit {} of {number}", commit.id.0)
        });
        if taken == Taken::In {
            self.tally.commits += 1;
            self.note_people_time(number, commit)?;
            self.note_audit(commit);
            self.outgrown = self.is_outgrown(commit);
            if !self.outgrown {
                self.note_replays(commit)?;
                self.audit.committed(commit)?;
                self.check_commands(commit)?;
            }
        }
        Ok(taken)
    }

    /// Whether too much was said of somebody: an event was parked for want of room, and the record as it
    /// is committed has none; or one speaks of what was forgotten to make room, and nobody knows any more
    /// whether it counts, as its decision says.
    fn is_outgrown(&self, commit: &Commit) -> bool {
        let parked_for_room = commit.parked.iter().filter(|it| it.why.code == Code::PersonTooMuch);
        let mut whose =
            parked_for_room.filter_map(|it| Some((it.tenant.as_ref()?, it.person.as_ref()?)));
        let is_full = whose.any(|(tenant, person)| {
            let key = format!("{tenant}/{person}");
            let last = self.log.state().iter().rfind(|write| write.key == key);
            last.and_then(|write| write.value.as_ref())
                .is_some_and(|value| bounded::is_full(&key, value))
        });
        is_full || commit.audit.iter().any(speaks_of_what_is_forgotten)
    }

    /// The next transaction of a shard that does not wait for the last one.
    fn send_next_commit(&mut self, number: OwnerNumber) {
        if let Some(owner) = self.owners.get_mut(&number) {
            owner.commit = owner.behind.pop_front();
        }
        self.send_commit(number);
    }

    fn lose_commit(&mut self, number: OwnerNumber, why: &'static str) {
        let delay = self.chance.millis(0, 500);
        self.tell_in(delay, number, Message::CommitLost(why));
    }

    /// The owner hears that its transaction is in.
    pub(super) fn hear_committed(
        &mut self,
        number: OwnerNumber,
        id: CommitId,
    ) -> Result<(), Violation> {
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        if self.settings.writes_ahead()
            && let Some(commit) = owner.commit.take_if(|commit| commit.id == id)
        {
            owner.knows.extend(decided(&commit));
        }
        self.step(number, crate::engine::Input::Committed(id))?;
        if !self.settings.writes_ahead() {
            return Ok(());
        }
        // A former owner that hears late knows old positions; it cannot commit them any more.
        let Some(owner) = self.owners.get(&number).filter(|_| self.current == Some(number)) else {
            return Ok(());
        };
        for (topic, partition, next) in owner.host.shard().committed_positions() {
            self.audit.reads_on_from(&PartitionName { topic, partition }, next)?;
        }
        Ok(())
    }

    fn note_audit(&mut self, commit: &Commit) {
        for entry in &commit.audit {
            match entry {
                AuditEntry::Decision(record) => {
                    let person = record.person.as_ref().and_then(|id| self.audit.person(id));
                    self.history.note(self.now, person, || {
                        format!("audit    {}: {}", record.position.record, record.decision.word())
                    });
                }
                AuditEntry::Result(record) => {
                    let person = self.audit.person(&record.person);
                    self.history.note(self.now, person, || {
                        let why = record.why.as_ref().map_or("", |why| why.code.as_str());
                        format!(
                            "audit    {} at {}, revision {}: {:?} {why}",
                            person.map_or("?".to_owned(), |p| format!("person {p}")),
                            record.target,
                            record.revision,
                            record.word
                        )
                    });
                }
                AuditEntry::Command(record) => {
                    let (place, word) = (&record.position.record, record.outcome.word());
                    self.history.note(self.now, None, || format!("audit    {place}: {word}"));
                }
                AuditEntry::Reading(record) => {
                    let text = format!("audit    {}: {}", record.position, record.why.code);
                    self.history.note(self.now, None, || text);
                }
                AuditEntry::Note(record) => {
                    let person = self.audit.person(&record.person);
                    self.history.note(self.now, person, || {
                        format!(
                            "audit    note on revision {} at {}: {:?} {}",
                            record.revision, record.target, record.word, record.why.code
                        )
                    });
                }
            }
        }
    }
}

pub(super) fn decided(commit: &Commit) -> impl Iterator<Item = EventPosition> + '_ {
    commit.audit.iter().filter_map(|entry| match entry {
        AuditEntry::Decision(record) => Some(record.position.clone()),
        AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    })
}

fn summary(commit: &Commit) -> String {
    format!(
        "{} states, {} lines, {} parked: {:016x}",
        commit.state.len(),
        commit.audit.len(),
        commit.parked.len(),
        fingerprint::of_commit(commit)
    )
}

/// A length of time that a broken connection takes to be noticed.
pub(super) const SESSION: SignedDuration = SignedDuration::from_secs(6);

/// No world lasts as long as claims are kept, so only want of room makes usher forget one.
fn speaks_of_what_is_forgotten(entry: &AuditEntry) -> bool {
    match entry {
        AuditEntry::Decision(record) => {
            record.remarks.iter().any(|remark| remark.code == Code::ClaimForgotten)
        }
        AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => false,
    }
}
