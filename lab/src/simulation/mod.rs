//! A seeded world around the real shard, and an oracle that knows what must come of it.
//!
//! Nothing here is left to the machine: time is simulated, chance comes from the seed, and one
//! queue says what happens next, so that a seed that fails fails again. The shard is the real one;
//! Kafka, the provider, the company and the faults are small and honest doubles of the real thing.
//! `world` is where to start reading; `oracle` is what to trust.

/// Chance from a seed.
pub use crate::chance;
/// What truly happens to people.
pub mod fact;
/// Who works where, and what reaches the log about them.
pub mod company;
/// Who writes the story.
pub mod author;
/// What happens to people.
mod episodes;
/// By which names they are known.
mod namesakes;
mod naming;
/// What companies do besides.
mod whims;
/// How a source words it.
pub mod wording;
/// How it looks on the wire.
pub mod wire;
/// How badly names are written.
mod spelling;
/// When days begin.
pub mod midnights;
/// What a world is made of.
pub mod settings;
/// The simulated tenants' rule file.
pub mod rules;
/// Kafka, in memory.
pub mod log;
/// A SCIM provider, in memory.
pub mod provider;
/// What anybody can see there.
pub mod sight;
/// What goes wrong.
pub mod weather;
/// In which ways a world is worse than the plain one.
pub mod manners;
/// What time it is for whom.
pub mod clocks;
/// One ownership of the shard.
pub mod owner;
/// What will happen in it.
pub mod happening;
/// Everything that happens, one by one.
pub mod world;
/// What a forgetful owner restores.
mod tampering;
/// Takeovers and their causes.
pub mod ownership;
/// What befalls an owner.
pub mod trouble;
/// Transactions on their way.
pub mod commits;
/// Calls on their way.
pub mod calls;
/// What no call may break.
pub mod brakes;
/// How many people may be changed, and who never.
pub mod limits;
/// Who was changed in any window.
mod spent;
/// Who was taken out of groups within an hour.
mod taken_out;
/// What waits for somebody at rest.
mod rows;
/// Operators and their commands.
pub mod orders;
/// What claims forbid.
mod claims;
/// What no claim asks for.
mod unspoken;
/// Whose accounts are.
pub mod whose;
/// Who waits is told of.
pub mod waits;
/// When what failed may be tried again.
pub mod pauses;
/// What answers have shown.
pub mod seen;
/// What ill-mannered providers do.
pub mod ways;
/// Whom a look-up that lies has denied.
mod denials;
/// What becomes of honest answers.
mod answers;
/// Accounts that are changed by PUT.
pub mod puts;
/// What others do behind everybody's back.
mod intrusions;
/// What others do at providers.
mod others;
/// Another writer takes back what usher did.
pub mod meddling;
/// Results say no more than that.
mod truth;
/// What takes access leaves at once.
mod lateness;
/// Calls without an answer.
pub mod doubts;
/// Groups that usher makes.
mod makings;
/// What people should have.
pub mod oracle;
/// What must hold at every step.
pub mod checks;
/// Which decision an item may get.
mod decisions;
/// Positions and decisions are one.
pub mod positions;
/// Every call has its reason.
mod warranted;
/// What a reader of the audit knows.
pub mod known;
/// What must hold at rest.
pub mod rest;
/// What is wrong with an account.
mod difference;
/// Records and lists do not grow without end.
pub mod bounded;
/// Whoever is not settled waits for something.
pub mod explained;
/// The same history in other orders.
pub mod again;
/// A person up to their id.
pub mod portrait;
/// The same history met with the accounts as they are.
pub mod rerun;
/// What happened, for people to read.
pub mod history;
/// Commits and histories in one number.
pub mod fingerprint;

pub use checks::{Invariant, Violation};

use chance::Chance;
use history::History;
use limits::Guards;
use manners::{Choice, Manner, Manners};
use settings::WorldSettings;
use std::ops::AddAssign;
use world::World;

/// A protection that can be taken away, to see whether anybody notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Operations are committed before they are called.
    WriteAhead,
    /// A call starts only soon after a good commit.
    Lease,
    /// The log refuses transactions of former owners.
    Fencing,
    /// A call without an answer may have landed, and the shard is told so.
    Doubt,
    /// The same of a call that makes a group, and of no other.
    GroupDoubt,
    /// A new owner lets its predecessor's lease run out before it reads what it inherited.
    Patience,
    /// A new owner goes on from the people's time that the shard's record holds.
    Time,
    /// Who was changed lately is kept with the state, and not in memory alone.
    Counts,
    /// A limit counts in any hour and day, not in those of the clock.
    Window,
    /// What is called is charged in the commit that writes it ahead, not after the call.
    ChargeFirst,
    /// Every path spends; here nothing counts what is given back.
    EveryPath,
    /// A command is obeyed once, whoever owns the shard.
    UsedOnce,
    /// What was approved is one row, and no other.
    Rows,
    /// A no wins over a yes.
    Rejects,
    /// A pause outlives its owner.
    Pauses,
    /// What another writer does between a write and the reading after it is seen.
    Drift,
    /// What was approved is what a row would do then: one that comes to do something else waits anew.
    Effects,
    /// Whoever is kept in or out is so until the day that was said, whoever owns the shard then.
    OverrideEnd,
}

/// Which worlds are run.
#[derive(Clone, Debug, Default)]
pub struct Kind {
    /// The protection that is missing.
    pub without: Option<Protection>,
    pub manners: Choice,
}

/// Whether the history of a run is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Nothing,
    History,
}

/// How one seed went.
#[derive(Debug)]
pub struct Outcome {
    pub tally: Tally,
    pub violation: Option<Violation>,
    /// Empty unless it was kept.
    pub history: String,
}

/// A run in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub steps: u64,
    pub events: usize,
    pub commits: u64,
    pub calls: u64,
    pub results: usize,
    pub takeovers: u64,
    pub crashes: u64,
    pub freezes: u64,
    /// People who wait for an approval at the end.
    pub held: usize,
    /// Rows that operators have let go.
    pub approved: u64,
    /// How often operators have kept somebody in or out at a target.
    pub overridden: u64,
    /// How often operators have undone something there.
    pub undone: u64,
    /// How many parked events were read again, and count.
    pub replayed: u64,
    /// How often operators have said that records are one person's, that two are two, and that an account is
    /// not somebody's.
    pub linked: u64,
    pub parted: u64,
    pub unbound: u64,
    /// Worlds that ended early, for more was said of somebody than a record takes.
    pub outgrown: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.events += other.events;
        self.commits += other.commits;
        self.calls += other.calls;
        self.results += other.results;
        self.takeovers += other.takeovers;
        self.crashes += other.crashes;
        self.freezes += other.freezes;
        self.held += other.held;
        self.approved += other.approved;
        self.overridden += other.overridden;
        self.undone += other.undone;
        self.replayed += other.replayed;
        self.linked += other.linked;
        self.parted += other.parted;
        self.unbound += other.unbound;
        self.outgrown += other.outgrown;
    }
}

/// Runs one seed to its end, or to the first broken promise.
///
/// The error is the rule file's, which is fixed: a rule grammar that refuses it is a bug.
pub fn run(seed: u64, kind: &Kind, keep: Keep) -> Result<Outcome, crate::rules::Error> {
    let mut chance = Chance::new(seed);
    let mut settings = WorldSettings::draw(&mut chance, kind.without)?;
    let mut manners = Manners::draw(seed, &kind.manners);
    settings.creates_groups = manners.has(Manner::MakesGroups);
    if manners.has(Manner::Inventories) {
        settings.inventory_every = Some(manners.chance.millis(300_000, 1_800_000));
    }
    settings.stretch(manners.pace);
    settings.guards = Guards::draw(&mut manners);
    settings.guards.gives_freely = kind.without == Some(Protection::EveryPath);
    if let Some(midnight) = manners.midnight {
        settings.live_at(midnight.at(), &mut manners.chance);
    }
    let mut history = History::new(settings.start, keep == Keep::History);
    history.note(settings.start, None, || format!("manners  {}", manners.names().join(",")));
    let world = World::new(settings, chance, history, manners);
    Ok(world.run())
}

#[cfg(test)]
mod tests;
