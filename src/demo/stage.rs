//! Where the day is played: writes to Kafka, watches the topics and the provider, and waits.

use super::calls::{self, Names};
use super::company::{Company, Person};
use super::event::{Input, Topic};
use super::expect::Expectation;
use super::facts::Facts;
use super::orders::Order;
use super::scenes::Act;
use super::show::Show;
use super::{Error, Places};
use crate::clock::Clock;
use crate::sandbox::Sandbox;
use crate::sandbox::kafka::Record;
use crate::shutdown::Shutdown;
use jiff::{SignedDuration, Timestamp};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long what must come may take; a machine may be slow.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// After something did not hold, the rest is shown soon.
const PATIENCE_LOST: SignedDuration = SignedDuration::from_secs(10);
/// How often one looks.
const LOOK: Duration = Duration::from_millis(20);
/// How old something must be before it is shown: what comes in later may be older.
const HOLD: SignedDuration = SignedDuration::from_millis(120);
/// How often progress is told, where a line can be written over and where not.
const PROGRESS_LIVE: SignedDuration = SignedDuration::from_millis(100);
const PROGRESS: SignedDuration = SignedDuration::from_secs(1);
/// A look is taken after so many records.
const RECORDS_AT_ONCE: usize = 10;

pub(super) struct Stage<W> {
    pub(super) sandbox: Sandbox,
    pub(super) facts: Facts,
    pub(super) show: Show<W>,
    pub(super) clock: Clock,
    /// Whether it held, and what.
    pub(super) verdicts: Vec<(bool, String)>,
    names: Names,
    /// Accounts that are nobody's by anything that is sent.
    found: Vec<Arc<Person>>,
    pub(super) places: Places,
    audit: mpsc::Receiver<Record>,
    parked: mpsc::Receiver<Record>,
    events: mpsc::Receiver<Record>,
    inventory: mpsc::Receiver<Record>,
    calls_seen: u64,
    /// When progress was told last.
    told: Timestamp,
    shutdown: Shutdown,
}

impl<W: Write> Stage<W> {
    pub(super) fn new(
        sandbox: Sandbox,
        places: Places,
        company: &Company,
        show: Show<W>,
        shutdown: Shutdown,
    ) -> Result<Self, Error> {
        let clock = Clock::start();
        let found: Vec<_> = company.orphans.iter().chain(&company.spared).map(Arc::clone).collect();
        Ok(Self {
            audit: sandbox.kafka().follow(places.audit)?,
            parked: sandbox.kafka().follow(places.parked)?,
            events: sandbox.kafka().follow(places.events)?,
            inventory: sandbox.kafka().follow(places.inventory)?,
            told: clock.now(),
            facts: Facts::default(),
            verdicts: Vec::new(),
            calls_seen: 0,
            sandbox,
            show,
            clock,
            names: Names::of(company.everybody().into_iter().chain(found.clone()).collect()),
            found,
            places,
            shutdown,
        })
    }

    /// Waits until usher has read the groups, without which it decides nothing.
    pub(super) async fn wait_for_usher(&mut self) -> Result<(), Error> {
        let begun = self.clock.now();
        let groups = self.sandbox.state().groups;
        while !groups.iter().all(|group| self.facts.has_listed(&group.name)) {
            if self.shutdown.is_begun() {
                return Err(Error::Interrupted);
            }
            if self.clock.now().duration_since(begun) > PATIENCE {
                return Err(Error::NotReady);
            }
            tokio::time::sleep(LOOK).await;
            self.gather();
        }
        Ok(self.show.ready(groups.len(), self.clock.now().duration_since(begun))?)
    }

    pub(super) async fn play(&mut self, act: Act) -> Result<(), Error> {
        if let Some((fault, says)) = act.fault {
            self.sandbox.add_fault(fault);
            self.show.aside(says)?;
        }
        let begun = self.clock.now();
        self.told = begun;
        if let Some(order) = &act.order {
            self.order(order).await?;
        }
        if let Some(list) = &act.list {
            self.export(list)?;
        }
        let crowd = act.inputs.iter().filter(|input| input.is_of_crowd).count();
        for (index, input) in act.inputs.into_iter().enumerate() {
            self.send(input).await?;
            if index % RECORDS_AT_ONCE == 0 {
                self.look(&act.expects, crowd > 0, begun)?;
            }
        }
        let sent = self.clock.now();
        let all_held = self.verdicts.iter().all(|(holds, _)| *holds);
        let patience = if all_held { PATIENCE } else { PATIENCE_LOST };
        while !self.holds(&act.expects) && self.clock.now().duration_since(sent) < patience {
            if self.shutdown.is_begun() {
                return Err(Error::Interrupted);
            }
            self.look(&act.expects, crowd > 0, begun)?;
            tokio::time::sleep(LOOK).await;
        }
        self.gather();
        if crowd > 0 {
            let text = self.crowd(&act.expects, begun);
            self.show.progressed(&text)?;
        }
        self.conclude(&act.expects).await
    }

    /// The operators say something, in the partition of the one shard.
    async fn order(&mut self, order: &Order) -> Result<(), Error> {
        self.show.aside(&order.says(&self.facts))?;
        if let Order::Refresh { .. } = order {
            self.facts.found.asked_to_read(self.clock.now());
        }
        for signed in order.signed(self.places.tenant, &self.facts, self.clock.now()) {
            self.facts.commanded(order.word(), signed.sha256);
            let headers: Vec<_> =
                signed.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let kafka = self.sandbox.kafka();
            kafka.publish_with(self.places.control, None, &signed.value, &headers).await?;
        }
        Ok(())
    }

    /// HR's nightly job: the list is whole whenever somebody reads it.
    fn export(&mut self, list: &str) -> Result<(), Error> {
        let rows = list.lines().count().saturating_sub(1);
        self.show.aside(&format!("HR exports its list: {rows} people"))?;
        self.facts.found.listed(list.as_bytes());
        let file = &self.places.list;
        let beside = file.with_extension("new");
        let written = std::fs::write(&beside, list).and_then(|()| std::fs::rename(&beside, file));
        written.map_err(|source| Error::List { file: file.clone(), source })
    }

    /// Shows the rest, and says what held.
    async fn conclude(&mut self, expects: &[Expectation]) -> Result<(), Error> {
        tokio::time::sleep(HOLD.unsigned_abs()).await;
        self.gather();
        self.show.flush(Timestamp::MAX)?;
        let state = self.sandbox.state();
        for expectation in expects {
            let holds = expectation.progress(&self.facts, &state).is_whole();
            let says = expectation.says(&self.facts);
            self.show.verdict(holds, &says)?;
            self.verdicts.push((holds, says));
        }
        Ok(())
    }

    fn holds(&self, expects: &[Expectation]) -> bool {
        let state = self.sandbox.state();
        expects.iter().all(|expectation| expectation.progress(&self.facts, &state).is_whole())
    }

    /// With a key, so that one person's events keep their order.
    async fn send(&mut self, input: Input) -> Result<(), Error> {
        let topic = match input.topic {
            Topic::Hr => self.places.hr,
            Topic::Security => self.places.security,
            Topic::Own => self.places.events,
        };
        let now = self.clock.now();
        let value = input.bytes(now);
        let input = Arc::new(input);
        let sent = self.facts.sent(Arc::clone(&input), &value, now);
        self.show.observe(sent);
        let media_type = Some("application/cloudevents+json");
        let key = Some(input.person.number.as_bytes());
        Ok(self.sandbox.kafka().publish(topic, key, &value, media_type).await?)
    }

    /// Takes in what there is to be seen.
    fn gather(&mut self) {
        let calls = self.sandbox.calls_after(self.calls_seen);
        if let Some(last) = calls.last() {
            self.calls_seen = last.number;
            self.names.learn(&self.sandbox.state());
        }
        let (facts, show) = (&mut self.facts, &mut self.show);
        let calls = calls.iter().filter_map(|seen| facts.called(calls::read(seen, &self.names)));
        calls.for_each(|observation| show.observe(observation));
        while let Ok(record) = self.inventory.try_recv() {
            facts.found.remembered(&record);
        }
        while let Ok(record) = self.events.try_recv() {
            let told = facts.was_told(&record, &self.found);
            for observation in told {
                show.observe(observation);
            }
        }
        while let Ok(record) = self.audit.try_recv() {
            facts.audited(&record).into_iter().for_each(|observation| show.observe(observation));
        }
        while let Ok(record) = self.parked.try_recv() {
            facts.was_parked(&record).into_iter().for_each(|observation| show.observe(observation));
        }
    }

    fn look(
        &mut self,
        expects: &[Expectation],
        is_crowd: bool,
        begun: Timestamp,
    ) -> Result<(), Error> {
        self.gather();
        let now = self.clock.now();
        self.show.flush(now.saturating_sub(HOLD).unwrap_or(now))?;
        let pause = if self.show.can_write_over() { PROGRESS_LIVE } else { PROGRESS };
        if now.duration_since(self.told) >= pause {
            self.told = now;
            if is_crowd {
                let text = self.crowd(expects, begun);
                self.show.progress(&text)?;
            } else if self.show.can_write_over() {
                self.tell_wait(expects, begun)?;
            }
        }
        Ok(())
    }

    /// How far a crowd is.
    fn crowd(&self, expects: &[Expectation], begun: Timestamp) -> String {
        let state = self.sandbox.state();
        let since = |at: Timestamp| at >= begun;
        let progress = expects.iter().map(|e| e.progress(&self.facts, &state));
        let people = progress.max_by_key(|progress| progress.of);
        let (done, of) = people.map_or((0, 0), |people| (people.done, people.of));
        let calls = self.facts.calls.iter().filter(|call| since(call.at)).count();
        format!(
            "{} sent, {} decided, {calls} calls, {done} of {of} people done, {:.1} s",
            self.facts.sent_since(begun),
            self.facts.decided_since(begun),
            self.clock.now().duration_since(begun).as_secs_f64(),
        )
    }

    /// What is still missing.
    fn tell_wait(&mut self, expects: &[Expectation], begun: Timestamp) -> Result<(), Error> {
        let state = self.sandbox.state();
        let missing = expects.iter().find(|e| !e.progress(&self.facts, &state).is_whole());
        let Some(missing) = missing.map(|missing| missing.says(&self.facts)) else { return Ok(()) };
        let taken = self.clock.now().duration_since(begun).as_secs_f64();
        Ok(self.show.progress(&format!("{taken:.1} s, waiting until {missing}"))?)
    }
}
