//! What all parts of a shard share in a step: what time it is, what the next commit holds, which calls
//! go out, and when to come back.

use crate::engine::clocks::Clocks;
use crate::engine::ledger::Ledger;
use crate::engine::moment::Moment;
use crate::engine::schedule::wakes::Wakes;
use crate::engine::settings::Timing;
use crate::model::decision::{AuditEntry, Cause};
use crate::model::ids::PersonId;
use crate::model::{Call, CallId};
use jiff::Timestamp;

/// The shard's books. They know nobody, and decide nothing.
#[derive(Debug)]
pub struct Books {
    pub timing: Timing,
    /// Our clock, which never runs backwards.
    pub now: Timestamp,
    pub clocks: Clocks,
    pub ledger: Ledger,
    /// When to look at a person again.
    pub wakes: Wakes,
    /// Whose wake is to be set anew, once the desk at hand is done.
    pub to_wake: Vec<PersonId>,
    /// Calls that go out with this step.
    pub calls: Vec<Call>,
    pub draining: bool,
    /// Who is planned for at this moment, so that whoever crashes the shard is known.
    pub at_work: Option<PersonId>,
    /// The command that is obeyed at this moment: it is behind what begins now, unless an event is.
    pub commanded: Option<Cause>,
    /// Whom a test lets it crash at.
    #[cfg(test)]
    pub crash_at: Option<PersonId>,
    moment: Moment,
    last_call: u64,
}

impl Books {
    pub fn new(timing: Timing) -> Self {
        Self {
            timing,
            now: Timestamp::MIN,
            clocks: Clocks::default(),
            ledger: Ledger::default(),
            wakes: Wakes::default(),
            to_wake: Vec::new(),
            calls: Vec::new(),
            draining: false,
            at_work: None,
            commanded: None,
            #[cfg(test)]
            crash_at: None,
            moment: 1,
            last_call: 0,
        }
    }

    /// The time of the people: it goes on from where the last owner's clock was, even if ours is behind.
    pub fn today(&self) -> Timestamp {
        self.clocks.today(self.now)
    }

    /// The latest time that any clock says that is believed.
    pub fn believed(&self) -> Timestamp {
        self.clocks.believed(self.now)
    }

    /// Whether an event says that it was made later than any clock that is believed.
    pub fn is_from_the_future(&self, made: Timestamp) -> bool {
        self.clocks.is_from_the_future(made, self.now)
    }

    /// Later than the last answer, and than the start of every read so far.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// From here on another moment counts.
    pub fn next_moment(&mut self) -> Moment {
        self.moment += 1;
        self.moment
    }

    /// The id of the call that goes out next.
    pub fn next_call(&self) -> CallId {
        CallId(self.last_call + 1)
    }

    /// Takes that id.
    pub fn take_call(&mut self) -> CallId {
        self.last_call += 1;
        CallId(self.last_call)
    }

    /// Until when calls may start; `None` if none may.
    pub fn lease_until(&self) -> Option<Timestamp> {
        self.ledger.lease_until(self.timing.lease, self.now)
    }

    /// The person's state goes into the next commit.
    pub fn touch(&mut self, id: &PersonId) {
        self.ledger.touch(id);
    }

    pub fn tell(&mut self, entry: AuditEntry) {
        self.ledger.tell(entry);
    }

    /// The person is to be looked at when something of theirs is due next.
    pub fn wake(&mut self, id: &PersonId) {
        self.to_wake.push(id.clone());
    }
}
