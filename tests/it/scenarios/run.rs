//! A story at one tenant, step by step.

use super::seen::{Seen, Snapshot, standpoint, user};
use crate::support::audit::{Line, Place};
use crate::support::events::Record;
use crate::support::replica::Replica;
use crate::support::world::{REST, Seat, Tenant};
use crate::support::{Blow, Moment, Strike, World};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Instant;
use usher::story::{
    AccountFacts, AccountState, Action, Arrival, Deed, Difference, Fixture, Ids, Step, Suite, Then,
    Told, judge,
};
use usher::trial::Verdict;

pub(super) struct Run<'a> {
    pub(super) suite: &'a Suite,
    story: &'a Fixture,
    pub(super) tenant: &'a Tenant,
    /// It has a sandbox of its own, with bad manners.
    has_manners: bool,
    began: Timestamp,
    /// The step that is under way, and since when.
    step: Option<(usize, Instant)>,
    /// How it failed.
    failed: Vec<Difference>,
    /// The last event.
    sent: Option<Sent>,
    /// The calls that the provider had answered when the step began.
    calls_before: u64,
}

struct Sent {
    place: Place,
    /// Absent if the record is no event.
    event: Option<String>,
}

/// What is seen at the provider.
pub(super) struct View {
    directory: Snapshot,
    /// The methods of the calls that came in this step.
    calls: Vec<String>,
}

impl<'a> Run<'a> {
    pub(super) fn of(suite: &'a Suite, tenant: &'a Tenant, has_manners: bool) -> Self {
        let [story] = &suite.fixtures[..] else { panic!("{}: one story a file", suite.file) };
        let (step, failed, sent) = (None, Vec::new(), None);
        let began = Timestamp::now();
        Self { suite, story, tenant, has_manners, began, step, failed, sent, calls_before: 0 }
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.step.is_some()
    }

    /// What is given is there before usher is.
    pub(super) async fn begin(&self) {
        for (person, facts) in &self.story.accounts {
            self.make(person, facts).await;
        }
        for deed in &self.story.begun {
            self.undergo(deed).await;
        }
    }

    /// Brings about all that happens up to the next step that must come to rest, if there is one.
    pub(super) async fn send_next(&mut self, world: &World, usher: &Replica) {
        let next = self.step.take().map_or(0, |(index, _)| index + 1);
        if !self.failed.is_empty() {
            return;
        }
        for (index, step) in self.story.steps.iter().enumerate().skip(next) {
            if self.has_manners {
                self.calls_before = self.tenant.directory.calls_so_far().await;
            }
            self.happen((index, step), world, usher).await;
            if step.then.is_some() || matches!(step.action, Action::Tell(_)) {
                self.step = Some((index, Instant::now()));
                return;
            }
        }
    }

    async fn happen(&mut self, (index, step): (usize, &Step), world: &World, usher: &Replica) {
        for (person, facts) in &step.meanwhile {
            let user = user(&self.story.people[person], facts);
            let with = user["userName"].as_str().unwrap().to_owned();
            let blow = Blow::Forestall(self.tenant.directory.clone(), Box::new(user));
            let first = Strike::first("POST ", Moment::Request, blow);
            usher.target(self.tenant).watch.arm(Strike { with, ..first });
        }
        match &step.action {
            Action::Wait => {}
            Action::Tell(told) => self.tell(index, told, world).await,
            Action::Meddle(accounts) => {
                for (person, account) in accounts {
                    self.meddle(person, account).await;
                }
            }
            Action::Do(deed) => self.undergo(deed).await,
            Action::Restart
            | Action::Rules(_)
            | Action::Provider(_)
            | Action::Hide(_)
            | Action::Show(_)
            | Action::Order(_) => panic!("{}: it plays on paper alone", self.suite.file),
        }
    }

    async fn tell(&mut self, index: usize, told: &Told, world: &World) {
        let id = format!("{}-{}-{index}", self.tenant.name, company(self.suite));
        let arrival = Arrival { start: self.began, at: Timestamp::now(), id: &id };
        let bytes = told.bytes(arrival);
        let (mut record, mut event) = (Record::new(bytes.clone()), None);
        if told.is_event() {
            record = record.header("content-type", "application/cloudevents+json; charset=UTF-8");
            let json: Value = serde_json::from_slice(&bytes).unwrap();
            event = json["id"].as_str().map(str::to_owned);
        }
        let place = world.send_record(self.tenant, &record, 1).await;
        self.sent = Some(Sent { place, event });
    }

    async fn undergo(&self, deed: &Deed) {
        let directory = &self.tenant.directory;
        match deed {
            Deed::MakeGroup(name) => {
                directory.create_one_more_group(name.as_str()).await;
            }
            Deed::RenameGroup(name, new) => {
                directory.rename_group(name.as_str(), new.as_str()).await;
            }
            Deed::MoveIds(Ids::Renewed) => directory.move_ids("renewed").await,
            Deed::MoveIds(Ids::Rotated) => directory.move_ids("rotated").await,
            Deed::Behave(switches) => directory.behave(switches).await,
            Deed::GoWrong(faults) => {
                for fault in faults {
                    directory.go_wrong(fault).await;
                }
            }
        }
    }

    /// An account is made, or deleted.
    async fn meddle(&self, person: &str, account: &AccountState) {
        if let Some(facts) = &account.0 {
            self.make(person, facts).await;
            return;
        }
        let name = self.story.people[person].user_name().unwrap();
        self.tenant.directory.delete_user(name).await;
    }

    /// Makes an account that usher did not make.
    async fn make(&self, person: &str, facts: &AccountFacts) {
        let directory = &self.tenant.directory;
        let id = directory.create_account(&user(&self.story.people[person], facts)).await;
        for group in facts.groups.iter().flatten() {
            directory.join(group.as_str(), &id).await;
        }
    }

    fn is_overdue(&self) -> bool {
        self.step.is_some_and(|(_, since)| since.elapsed() > REST)
    }

    fn expected(&self) -> Option<&Then> {
        let (index, _) = self.step?;
        self.story.steps[index].then.as_ref()
    }

    /// Whether the last event is decided and its person at rest, or where a note says that they wait; or
    /// it was waited for long enough, for what is missing then is a difference like another.
    pub(super) fn is_settled(&self, lines: &[Line], seats: &[Seat]) -> bool {
        if self.step.is_none() || self.is_overdue() {
            return self.step.is_some();
        }
        let Some(sent) = &self.sent else { return false };
        let is_decision = |line: &&Line| line.kind() == "decision" && line.place() == sent.place;
        let Some(decision) = lines.iter().find(is_decision) else { return false };
        let standpoints = self.expected().unwrap_or(&Then::default()).standpoints();
        let theirs = |seat: &&Seat| Some(&seat.person) == decision.person.as_ref();
        seats.iter().filter(theirs).all(|seat| standpoints.contains(&standpoint(seat)))
    }

    /// What the directory holds, whatever its manners show to others.
    pub(super) async fn view(&self) -> View {
        let directory = &self.tenant.directory;
        if !self.has_manners {
            return View { directory: Snapshot::of(directory).await, calls: Vec::new() };
        }
        let calls = directory.methods_after(self.calls_before).await;
        View { directory: Snapshot::of_state(&directory.state().await), calls }
    }

    /// Judges what is seen, if anything is; says whether the step is over. Where a provider misbehaves,
    /// what is expected may need its time even when the person is at rest.
    pub(super) fn judge(
        &mut self,
        (lines, seats): (&[Line], &[Seat]),
        views: &BTreeMap<String, View>,
    ) -> bool {
        let (Some((index, _)), Some(sent)) = (self.step, &self.sent) else { return false };
        let Some(view) = views.get(&self.tenant.name) else { return false };
        let Some(then) = self.expected() else { return true };
        let mut seen = Seen {
            people: &self.story.people,
            place: &sent.place,
            event: sent.event.as_deref(),
            lines,
            seats,
            directory: &view.directory,
            calls: &view.calls,
        };
        let differences = judge(&mut seen, then);
        if differences.is_empty() {
            return true;
        }
        let is_over = !self.has_manners || self.is_overdue();
        if is_over {
            let step = &self.story.steps[index].say;
            let differences = differences.into_iter();
            self.failed = differences.map(|it| Difference { step: step.clone(), ..it }).collect();
        }
        is_over
    }

    pub(super) fn verdict(&self) -> Verdict {
        let Fixture { name, line, .. } = self.story;
        Verdict { name: name.clone(), line: *line, differences: self.failed.clone() }
    }
}

/// What sets the people of a story apart from those of others, and its tenant if it has one of its own.
pub(super) fn company(suite: &Suite) -> &str {
    suite.company.as_deref().unwrap_or_else(|| panic!("{}: it has no `company`", suite.file))
}
