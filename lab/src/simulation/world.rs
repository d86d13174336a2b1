//! The world around one shard: simulated time, and everything that happens in it, one by one.
//!
//! One queue holds all that will happen, ordered by time and then by the order in which it was
//! planned; nothing else decides what comes next. So a seed replays to the last detail.

use super::chance::Chance;
use super::checks::{Audit, Invariant, Violation, breach};
use super::clocks::Clock;
use super::company::{Company, topics};
use super::doubts::Doubts;
use super::fact::Fact;
use super::happening::{Happening, Probe, Trouble};
use super::history::History;
use super::log::{Log, PartitionName};
use super::makings::Makings;
use super::manners::{Manner, Manners};
use super::meddling::Meddling;
use super::namesakes::Namesakes;
use super::orders::Orders;
use super::owner::{Message, OpenCall, Owner, OwnerNumber};
use super::provider::Provider;
use super::seen::{Place, Seen};
use super::settings::WorldSettings;
use super::spent::Spent;
use super::waits::Waits;
use super::ways::Ways;
use super::weather::Climate;
use super::whose::Whose;
use super::wording;
use super::{Outcome, Tally};
use crate::engine::Input;
use crate::host::Turn;
use crate::model::{Commit, CommitId, PersonId, TargetName, TenantName};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// More steps than this at one instant, or in one world, and the engine does not come to rest.
const STEPS_AT_ONE_INSTANT: u64 = 5_000;
const STEPS: u64 = 2_000_000;

pub struct World {
    pub(super) now: Timestamp,
    pub(super) chance: Chance,
    pub(super) climate: Climate,
    /// Until calm, look-ups may be refused now and then.
    pub(super) refuses_at_times: bool,
    pub(super) settings: WorldSettings,
    pub(super) company: Company,
    pub(super) log: Log,
    pub(super) providers: BTreeMap<(TenantName, TargetName), Provider>,
    pub(super) owners: BTreeMap<OwnerNumber, Owner>,
    pub(super) current: Option<OwnerNumber>,
    /// More was said of somebody than a record takes, and an event was rightly parked: from here on
    /// the oracle, which has room for all, knows more than usher.
    pub(super) outgrown: bool,
    pub(super) owners_made: u64,
    /// When the last takeover's `init_transactions` returned.
    pub(super) taken_over_at: Timestamp,
    /// The new owner's clock as it was then.
    pub(super) taken_over_by: Clock,
    /// The people's time at the last transaction that is in, and at those that are not.
    pub(super) people_were_at: Option<Timestamp>,
    pub(super) handed_out_at: BTreeMap<(OwnerNumber, CommitId), Timestamp>,
    /// Calls that may have landed, or may yet.
    pub(super) doubts: Doubts,
    /// What processes had called when they ended, until somebody takes over.
    pub(super) lost: Vec<OpenCall>,
    /// Transactions that the log has not decided.
    pub(super) undecided: BTreeMap<OwnerNumber, Commit>,
    pub(super) audit: Audit,
    /// What answers have shown.
    pub(super) seen: Seen,
    pub(super) whose: Whose,
    /// What usher has made, or may yet.
    pub(super) makings: Makings,
    pub(super) namesakes: Namesakes,
    pub(super) waits: Waits,
    /// What operators have sent, and what came of it.
    pub(super) orders: Orders,
    /// Who was changed lately.
    pub(super) spent: Spent,
    pub(super) manners: Manners,
    /// How providers misbehave.
    pub(super) ways: Ways,
    /// What others took back.
    pub(super) meddling: Meddling,
    /// Whose accounts others have touched.
    pub(super) disturbed: BTreeSet<usize>,
    /// Of whom a look-up has said that there is no account, and there is one.
    pub(super) denied: BTreeSet<(Place, PersonId)>,
    /// Whose accounts have got another id.
    pub(super) moved: BTreeSet<usize>,
    /// Whom somebody has made active by hand.
    pub(super) let_in: BTreeSet<usize>,
    pub(super) history: History,
    pub(super) tally: Tally,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    planned: u64,
    steps_at: (Timestamp, u64),
}

impl World {
    /// The world of a seed, before anything has happened.
    pub fn new(
        mut settings: WorldSettings,
        mut chance: Chance,
        history: History,
        mut manners: Manners,
    ) -> Self {
        let mut climate = Climate::draw(&mut chance, settings.start, settings.faults_end);
        if manners.has(Manner::FairWeather) {
            climate = Climate::default();
        } else if manners.has(Manner::HardTakeovers) {
            climate.ownership_changes += 6;
        }
        let company = Company::draw(&mut chance, &manners, settings.start, settings.events_end);
        let orders = Orders::draw(&mut manners, &company);
        settings.guards.hear(&orders);
        let partitions = company.tenants.iter().flat_map(|tenant| {
            topics(tenant).into_iter().flat_map(|(topic, partitions)| {
                (0..partitions)
                    .map(move |partition| PartitionName { topic: topic.clone(), partition })
            })
        });
        let mut world = Self {
            now: settings.start,
            refuses_at_times: climate.call_is_refused > 0,
            climate,
            log: Log::new(partitions.chain(orders.partition()), &settings),
            providers: BTreeMap::new(),
            owners: BTreeMap::new(),
            current: None,
            outgrown: false,
            owners_made: 0,
            taken_over_at: settings.start,
            taken_over_by: Clock::default(),
            people_were_at: None,
            handed_out_at: BTreeMap::new(),
            doubts: Doubts::default(),
            lost: Vec::new(),
            undecided: BTreeMap::new(),
            audit: Audit::default(),
            seen: Seen::default(),
            whose: Whose::default(),
            makings: Makings::default(),
            namesakes: Namesakes::new(),
            waits: Waits::default(),
            spent: Spent::default(),
            orders,
            manners,
            ways: Ways::default(),
            meddling: Meddling::default(),
            disturbed: BTreeSet::new(),
            denied: BTreeSet::new(),
            moved: BTreeSet::new(),
            let_in: BTreeSet::new(),
            history,
            tally: Tally::default(),
            queue: BTreeMap::new(),
            planned: 0,
            steps_at: (settings.start, 0),
            company,
            chance,
            settings,
        };
        world.providers = WorldSettings::providers(&world.company);
        world.may_begin_without_vpn();
        world.whose = Whose::at_first(&world.company, &world.providers);
        let (start, end) = (world.settings.start, world.settings.faults_end);
        world.ways = Ways::draw(&mut world.manners, start, end);
        world.dress_providers();
        world.plant_namesakes();
        world.plan_what_comes();
        world
    }

    /// What happens whatever usher does.
    fn plan_what_comes(&mut self) {
        self.plan_everything();
        self.plan_intrusions();
        self.plan_commands();
    }

    fn plan_everything(&mut self) {
        let times: Vec<Timestamp> = self.company.arrivals.iter().map(|a| a.at).collect();
        for (index, at) in times.into_iter().enumerate() {
            self.plan(at, Happening::Append(index));
        }
        self.plan(self.settings.start, Happening::TakeOver);
        for _ in 0..self.climate.ownership_changes {
            let kinds = [
                Trouble::Crash,
                Trouble::Freeze,
                Trouble::CutOff,
                Trouble::Usurp,
                Trouble::Usurp,
                Trouble::HandOver,
            ];
            let kind = *self.chance.pick(&kinds).unwrap_or(&Trouble::Crash);
            let at = self.some_time();
            self.plan(at, Happening::Trouble(kind));
        }
        if self.settings.skews {
            for _ in 0..self.chance.below(5) {
                let at = self.some_time();
                self.plan(at, Happening::Trouble(Trouble::ClockJump));
            }
        }
        self.plan(self.settings.faults_end, Happening::Calm);
    }

    /// Some time before the faults end.
    fn some_time(&mut self) -> Timestamp {
        let span = self.settings.faults_end.duration_since(self.settings.start);
        let span = i64::try_from(span.as_millis()).unwrap_or(0);
        self.settings.start + self.chance.millis(0, span)
    }

    /// Lets `happening` happen at `at`, after all that is planned for that instant already.
    pub(super) fn plan(&mut self, at: Timestamp, happening: Happening) {
        self.planned += 1;
        self.queue.insert((at.max(self.now), self.planned), happening);
    }

    pub(super) fn plan_in(&mut self, delay: SignedDuration, happening: Happening) {
        self.plan(self.now + delay, happening);
    }

    pub(super) fn tell_in(&mut self, delay: SignedDuration, to: OwnerNumber, message: Message) {
        self.plan_in(delay, Happening::Deliver(to, Box::new(message)));
    }

    /// Lets everything happen, to the end or to the first broken promise.
    pub fn run(mut self) -> Outcome {
        let mut violation = None;
        while let Some(((at, _), happening)) = self.queue.pop_first() {
            self.now = at;
            let rest = matches!(happening, Happening::Probe(Probe::Rest));
            if let Err(broken) = self.happen(happening) {
                violation = Some(broken);
                break;
            }
            if rest || self.outgrown {
                break;
            }
        }
        self.tally.outgrown = u64::from(self.outgrown);
        self.tally.results = self.audit.results();
        Outcome {
            tally: self.tally,
            history: self.history.render(violation.as_ref().and_then(|broken| broken.person)),
            violation,
        }
    }

    fn happen(&mut self, happening: Happening) -> Result<(), Violation> {
        match happening {
            Happening::Append(index) => self.append(index),
            Happening::Deliver(to, message) => return self.deliver(to, *message),
            Happening::Decide(owner) => return self.decide(owner),
            Happening::Land(flight) => return self.land(*flight),
            Happening::Intrude(intrusion) => self.intrude(intrusion),
            Happening::Command(errand) => self.command(errand),
            Happening::TakeOver => return self.take_over(),
            Happening::Thaw(owner) => return self.thaw(owner),
            Happening::Heal(owner) => self.heal(owner),
            Happening::Trouble(trouble) => return self.befall(trouble),
            Happening::Calm => return self.calm(),
            Happening::Deadline(person) => return self.check_deadline(person),
            Happening::Probe(probe) => return self.probe(probe),
        }
        Ok(())
    }

    fn append(&mut self, index: usize) {
        let Some(arrival) = self.company.arrivals.get(index).cloned() else {
            return;
        };
        let name = PartitionName { topic: arrival.topic.clone(), partition: arrival.partition };
        let offset = self.log.end(&name);
        self.log
            .append(&name, |offset| wording::record(&arrival, offset, self.company.wire.as_ref()));
        self.audit.appended(&name, offset, &arrival.items);
        self.tally.events += arrival.items.len();
        for item in &arrival.items {
            let (person, text) = wording::describe(item, self.settings.start);
            self.history.note(self.now, person, || {
                format!("log      {}/{}@{offset}: {text}", name.topic, name.partition)
            });
        }
        self.set_deadlines(&arrival.items);
        let owners: Vec<OwnerNumber> = self.owners.keys().copied().collect();
        for owner in owners {
            self.wake_reader(owner, &name);
        }
    }

    /// Has the owner read a partition soon, unless it is about to.
    pub(super) fn wake_reader(&mut self, number: OwnerNumber, name: &PartitionName) {
        let end = self.log.end(name);
        let Some(owner) = self.owners.get_mut(&number) else {
            return;
        };
        if let Some(cursor) = owner.cursors.get_mut(name)
            && !cursor.reading
            && cursor.next < end
            && !owner.cut_off
        {
            cursor.reading = true;
            let delay = self.chance.millis(0, 12);
            self.tell_in(delay, number, Message::Read(name.clone()));
        }
    }

    /// Gives the shard one input and carries out what it asks for.
    pub(super) fn step(&mut self, number: OwnerNumber, input: Input) -> Result<(), Violation> {
        self.tally.steps += 1;
        self.steps_at = if self.steps_at.0 == self.now {
            (self.now, self.steps_at.1 + 1)
        } else {
            (self.now, 1)
        };
        if self.steps_at.1 > STEPS_AT_ONE_INSTANT || self.tally.steps > STEPS {
            return Err(Invariant::Contract.broken(None, "the shard does not come to rest"));
        }
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        let turn = owner.host.step(owner.clock.shows(self.now), input);
        let turn = turn.map_err(breach)?;
        self.carry_out(number, turn)?;
        self.check_reasons(number)
    }

    fn carry_out(&mut self, number: OwnerNumber, turn: Turn) -> Result<(), Violation> {
        for call in turn.calls {
            self.start_call(number, call)?;
        }
        if let Some(commit) = turn.commit {
            self.submit(number, commit)?;
        }
        let Some(owner) = self.owners.get_mut(&number) else {
            return Ok(());
        };
        // An instant that has passed is the next one: the shell's timer takes its time too.
        let soon = self.now + SignedDuration::from_millis(1);
        let next = owner.host.due().map(|at| owner.clock.when(at).max(soon));
        if owner.tick_at != next {
            owner.tick_at = next;
            if let Some(at) = next {
                let tick = Box::new(Message::Tick(at));
                self.plan(at, Happening::Deliver(number, tick));
            }
        }
        Ok(())
    }

    /// The facts about `person` that are written so far.
    pub(super) fn facts(&self, person: usize) -> Vec<&Fact> {
        self.audit.facts(person, |_| true)
    }
}
