//! A scenario at one tenant, step by step.

use super::check::{self, Difference, Happened, Snapshot};
use super::file::{ByHand, Existing, Scenario, Step};
use crate::support::audit::{Line, Place};
use crate::support::replica::Replica;
use crate::support::world::{REST, Seat, Tenant};
use crate::support::{Blow, Moment, Strike, World};
use std::collections::BTreeMap;
use std::time::Instant;

pub(super) struct Run<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) tenant: &'a Tenant,
    /// The step that is under way, and since when.
    step: Option<(usize, Instant)>,
    /// The step that it failed at, and how.
    failed: Option<(usize, Vec<Difference>)>,
    /// The last event.
    sent: Option<Sent>,
    /// The calls that the provider had answered when the step began.
    calls_before: u64,
}

struct Sent {
    place: Place,
    event: Option<String>,
}

/// What is seen at the provider.
pub(super) struct View {
    directory: Snapshot,
    /// The methods of the calls that came in this step.
    calls: Vec<String>,
}

impl<'a> Run<'a> {
    pub(super) fn of(scenario: &'a Scenario, tenant: &'a Tenant) -> Self {
        Self { scenario, tenant, step: None, failed: None, sent: None, calls_before: 0 }
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.step.is_some()
    }

    /// The first step's provider is there before usher is.
    pub(super) async fn begin(&self) {
        for existing in &self.scenario.before {
            self.make(existing).await;
        }
        self.set_up(&self.scenario.steps[0]).await;
    }

    /// Brings about all that happens in the next step, if there is one.
    pub(super) async fn send_next(&mut self, world: &World, usher: &Replica) {
        let index = self.step.map_or(0, |(index, _)| index + 1);
        self.step = None;
        let Some(step) = self.scenario.steps.get(index).filter(|_| self.failed.is_none()) else {
            return;
        };
        if index > 0 {
            self.set_up(step).await;
        }
        for fault in &step.faults {
            self.tenant.directory.go_wrong(fault).await;
        }
        if self.scenario.has_manners {
            self.calls_before = self.tenant.directory.calls_so_far().await;
        }
        if let Some(existing) = &step.meanwhile {
            let user = self.scenario.user(existing);
            let with = user["userName"].as_str().unwrap().to_owned();
            let blow = Blow::Forestall(self.tenant.directory.clone(), Box::new(user));
            let first = Strike::first("POST ", Moment::Request, blow);
            usher.target(self.tenant).watch.arm(Strike { with, ..first });
        }
        if let Some(sent) = self.scenario.record(step) {
            let place = world.send_record(self.tenant, &sent.record, 1).await;
            self.sent = Some(Sent { place, event: sent.event });
        }
        self.step = Some((index, Instant::now()));
    }

    async fn set_up(&self, step: &Step) {
        for act in &step.by_hand {
            self.act(act).await;
        }
        if !step.manners.is_empty() {
            self.tenant.directory.behave(&step.manners).await;
        }
    }

    async fn act(&self, act: &ByHand) {
        let directory = &self.tenant.directory;
        if let Some(person) = &act.delete {
            directory.delete_user(&self.scenario.address(person)).await;
        }
        if let Some(existing) = &act.make {
            self.make(existing).await;
        }
        if let Some(name) = &act.make_group {
            directory.create_one_more_group(name).await;
        }
        if let Some((name, new)) = &act.rename_group {
            directory.rename_group(name, new).await;
        }
        if let Some(how) = &act.ids {
            directory.move_ids(how).await;
        }
    }

    /// Makes an account that usher did not make.
    async fn make(&self, existing: &Existing) {
        let directory = &self.tenant.directory;
        let id = directory.create_account(&self.scenario.user(existing)).await;
        for group in &existing.groups {
            directory.join(group, &id).await;
        }
    }

    fn is_overdue(&self) -> bool {
        self.step.is_some_and(|(_, since)| since.elapsed() > REST)
    }

    /// Whether the event of this step is decided and its person at rest, or where a note says that they
    /// wait; or it was waited for long enough, for what is missing then is a difference like another.
    pub(super) fn is_settled(&self, lines: &[Line], seats: &[Seat]) -> bool {
        let (Some((index, _)), Some(sent)) = (self.step, &self.sent) else { return false };
        if self.is_overdue() {
            return true;
        }
        let is_decision = |line: &&Line| line.kind() == "decision" && line.place() == sent.place;
        let Some(decision) = lines.iter().find(is_decision) else { return false };
        let stages = self.scenario.steps[index].expect.stages();
        let theirs = |seat: &&Seat| Some(&seat.person) == decision.person.as_ref();
        seats.iter().filter(theirs).all(|seat| stages.contains(&&*seat.stage))
    }

    /// What the directory holds, whatever its manners show to others.
    pub(super) async fn view(&self) -> View {
        let directory = &self.tenant.directory;
        if !self.scenario.has_manners {
            return View { directory: Snapshot::of(directory).await, calls: Vec::new() };
        }
        let calls = directory.methods_after(self.calls_before).await;
        View { directory: Snapshot::of_state(&directory.state().await), calls }
    }

    /// Judges what is seen, if anything is; says whether the step is over. Where a provider misbehaves,
    /// what is expected may need its time even when the person is at rest.
    pub(super) fn judge(&mut self, lines: &[Line], views: &BTreeMap<String, View>) -> bool {
        let (Some((index, _)), Some(sent)) = (self.step, &self.sent) else { return false };
        let Some(view) = views.get(&self.tenant.name) else { return false };
        let happened = Happened {
            place: &sent.place,
            event: sent.event.as_deref(),
            lines,
            directory: &view.directory,
            calls: &view.calls,
        };
        let expect = &self.scenario.steps[index].expect;
        let differences = check::check(self.scenario, expect, &happened);
        if differences.is_empty() {
            return true;
        }
        let is_over = !self.scenario.has_manners || self.is_overdue();
        if is_over {
            self.failed = Some((index, differences));
        }
        is_over
    }

    pub(super) fn failure(&self) -> Option<String> {
        let (index, differences) = self.failed.as_ref()?;
        let Scenario { name, shows, has_manners, .. } = self.scenario;
        let head = format!(
            "\n{shows}\n  tests/scenarios/{}{name}.yaml, rules: {}\n  step {}: {}\n",
            if *has_manners { "manners/" } else { "" },
            self.tenant.name,
            index + 1,
            self.scenario.steps[*index].say,
        );
        let told: Vec<_> = differences.iter().map(ToString::to_string).collect();
        Some(head + &told.join("\n"))
    }
}
