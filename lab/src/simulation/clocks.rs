//! What time each owner believes it is, and what time it is for people.
//!
//! Replicas' clocks differ by minutes and jump; people's time never falls, whoever owns them: what
//! began for somebody does not un-happen because the next owner's clock is behind (hazard 22).

use super::chance::Chance;
use super::checks::{Invariant, Violation};
use super::owner::OwnerNumber;
use super::world::World;
use crate::engine::record::SHARD_KEY;
use crate::model::{Commit, StateWrite};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// How far a replica's clock is off at most, to either side.
pub const SKEW: SignedDuration = SignedDuration::from_mins(3);
/// How far the clock of one owner jumps forward at most, all its jumps together. What is measured by
/// it is shorter by as much in truth: late calls land that much before the end of their window.
pub const JUMPS: SignedDuration = SignedDuration::from_secs(5);

/// The clock of one owner.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    ahead: SignedDuration,
    jumped: SignedDuration,
    /// The people's time when the owner took over.
    people_were_at: Option<Timestamp>,
}

impl Clock {
    /// The clock of some replica that takes over people at that time.
    pub fn draw(chance: &mut Chance, people_were_at: Option<Timestamp>) -> Self {
        let most = i64::try_from(SKEW.as_millis()).unwrap_or(0);
        let small = chance.happens(300);
        let ahead = if small { chance.millis(-500, 500) } else { chance.millis(-most, most) };
        Self { ahead, jumped: SignedDuration::ZERO, people_were_at }
    }

    /// What it shows at an instant of the world.
    pub fn shows(&self, at: Timestamp) -> Timestamp {
        at + self.ahead
    }

    /// When it will show that.
    pub fn when(&self, shown: Timestamp) -> Timestamp {
        shown - self.ahead
    }

    /// The time of the people whom its owner drives.
    pub fn of_people(&self, at: Timestamp) -> Timestamp {
        self.people_were_at.map_or(self.shows(at), |were| were.max(self.shows(at)))
    }

    /// It was set forward; how far.
    pub fn jump(&mut self, by: SignedDuration) -> SignedDuration {
        let by = by.min(JUMPS - self.jumped);
        self.jumped += by;
        self.ahead += by;
        by
    }
}

impl World {
    /// What an owner's clock shows.
    pub(super) fn shown_to(&self, number: OwnerNumber) -> Timestamp {
        self.owners.get(&number).map_or(self.now, |owner| owner.clock.shows(self.now))
    }

    /// The time of the people of an owner.
    pub(super) fn people_time(&self, number: OwnerNumber) -> Timestamp {
        self.owners.get(&number).map_or(self.now, |owner| owner.clock.of_people(self.now))
    }

    /// The time of the people, as who owns them now has it.
    pub(super) fn people_time_now(&self) -> Timestamp {
        self.current.map_or(self.now, |number| self.people_time(number))
    }

    /// A clock is set, or catches up with the wall after it ran slow.
    pub(super) fn jump_clock(&mut self, number: OwnerNumber) {
        let by = self.chance.millis(60, 2_500);
        if let Some(owner) = self.owners.get_mut(&number) {
            let by = owner.clock.jump(by);
            self.history
                .note(self.now, None, || format!("FAULT    {number}: its clock jumps by {by:#}"));
        }
    }

    /// A transaction is handed out; it holds what was true for people until now.
    pub(super) fn date_commit(&mut self, number: OwnerNumber, commit: &Commit) {
        self.handed_out_at.insert((number, commit.id), self.people_time(number));
    }

    /// A transaction is in: whoever comes next must not live before it.
    pub(super) fn note_people_time(
        &mut self,
        number: OwnerNumber,
        commit: &Commit,
    ) -> Result<(), Violation> {
        let Some(true_time) = self.handed_out_at.remove(&(number, commit.id)) else {
            return Ok(());
        };
        self.people_were_at = self.people_were_at.max(Some(true_time));
        if !self.settings.skews {
            return Ok(());
        }
        let written = commit.state.iter().find_map(people_time_in);
        if written != Some(true_time) {
            let what = format!("the people's time is {true_time}, and the record says {written:?}");
            return Err(Invariant::OneWriter.broken(None, what));
        }
        Ok(())
    }
}

/// What the shard's record says of the time.
#[derive(Deserialize)]
struct Dated {
    body: DatedBody,
}

#[derive(Deserialize)]
struct DatedBody {
    at: Option<Timestamp>,
}

fn people_time_in(write: &StateWrite) -> Option<Timestamp> {
    let record = write.value.as_ref().filter(|_| write.key == SHARD_KEY)?;
    let record: Dated = serde_json::from_slice(record).ok()?;
    record.body.at
}

/// The shard's record as one would write it that forgets the people's time.
pub(super) fn without_people_time(write: &StateWrite) -> StateWrite {
    let forget = |bytes: &Vec<u8>| {
        let mut record: Value = serde_json::from_slice(bytes).ok()?;
        record.get_mut("body")?.as_object_mut()?.remove("at");
        serde_json::to_vec(&record).ok()
    };
    let value = write.value.as_ref();
    let value = value.map(|bytes| forget(bytes).unwrap_or_else(|| bytes.clone()));
    StateWrite { key: write.key.clone(), value }
}
