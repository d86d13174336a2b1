//! `tests/scenarios/*.yaml` against each SCIM server and our sandbox, with the rules that ship.
//!
//! All scenarios on a server share one replica and go in step: the first step of each, then the
//! second of each. Every one runs twice, under `starter.yaml` and under all other files together.

mod check;
mod file;

use crate::shipped_rules;
use crate::support::audit::{Line, Place, Revisions};
use crate::support::replica::Replica;
use crate::support::servers::Peer;
use crate::support::settings::{QUARANTINE, VPN};
use crate::support::world::{Plan, REST, Seat, Tenant};
use crate::support::{Blow, Moment, Strike, World};
use check::{Difference, Happened, Snapshot};
use file::{Scenario, Step};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const GROUPS: &[&str] = &[VPN, QUARANTINE, "Contractors"];
const PAUSE: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_passes_on_scim2_server() {
    play(Peer::Scim2Server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_passes_on_scimmy() {
    play(Peer::Scimmy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_passes_on_a_sandbox_with_netskopes_manners() {
    play(Peer::Sandbox).await;
}

/// A scenario at one tenant.
struct Run<'a> {
    scenario: &'a Scenario,
    tenant: &'a Tenant,
    /// The step that it failed at, and how.
    failed: Option<(usize, Vec<Difference>)>,
    under_way: Option<UnderWay>,
}

/// A step whose event was sent.
struct UnderWay {
    place: Place,
    event: Option<String>,
}

async fn play(peer: Peer) {
    let scenarios = file::all();
    assert!(!scenarios.is_empty(), "there are scenarios");
    let plans = vec![
        plan("starter", shipped_rules::all_in_one()),
        plan("combined", shipped_rules::one_use_each()),
    ];
    let Some(world) = World::at(peer, "scenarios", plans).await else { return };
    let mut runs = Vec::new();
    for tenant in &world.tenants {
        for scenario in &scenarios {
            prepare(scenario, tenant).await;
            runs.push(Run { scenario, tenant, failed: None, under_way: None });
        }
    }
    assert!(world.init(&[]).await.status.success());
    let usher = world.started("a").await;

    let steps = scenarios.iter().map(|scenario| scenario.steps.len()).max().unwrap_or_default();
    for index in 0..steps {
        let mut playing: Vec<_> = runs.iter_mut().filter(|run| run.plays(index)).collect();
        for run in &mut playing {
            run.under_way = Some(run.send(index, &world, &usher).await);
        }
        let (lines, _) = settled(&world, &playing, index).await;
        let directories = snapshots(&world).await;
        for run in playing {
            run.judge(index, &lines, &directories);
        }
    }
    let (lines, seats) = (world.audit(), world.seats());
    let failures: Vec<_> = runs.iter().filter_map(Run::failure).collect();
    assert!(failures.is_empty(), "on {peer:?}:\n{}", failures.join("\n"));
    world.assert_once(&lines, &ended(seats));
}

fn plan(name: &'static str, rules: Vec<PathBuf>) -> Plan {
    Plan { name, mode: "enforce", rules, types: &["*"], groups: GROUPS }
}

/// Makes the accounts that a scenario begins with.
async fn prepare(scenario: &Scenario, tenant: &Tenant) {
    for existing in &scenario.before {
        let id = tenant.directory.create_account(&scenario.user(existing)).await;
        for group in &existing.groups {
            tenant.directory.join(group, &id).await;
        }
    }
}

/// Waits until every event of this step is decided and its person at rest, or where a note says that
/// they wait; not for ever, for what is missing then is a difference like another.
async fn settled(world: &World, playing: &[&mut Run<'_>], index: usize) -> (Vec<Line>, Vec<Seat>) {
    let start = Instant::now();
    loop {
        // In this order: an event's decision and its new revision are in one transaction.
        let lines = world.audit();
        let seats = world.seats();
        let all = playing.iter().all(|run| run.is_settled(index, &lines, &seats));
        if all || start.elapsed() > REST {
            return (world.audit(), seats);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn snapshots(world: &World) -> BTreeMap<String, Snapshot> {
    let mut directories = BTreeMap::new();
    for tenant in &world.tenants {
        directories.insert(tenant.name.clone(), Snapshot::of(&tenant.directory).await);
    }
    directories
}

/// The revisions that must have a final result: one that waits has none yet.
fn ended(seats: Vec<Seat>) -> Revisions {
    let waits = |seat: &Seat| ["held", "unverified"].contains(&&*seat.stage);
    let last = |seat: &Seat| seat.revision - u64::from(waits(seat));
    let ended = seats.into_iter().map(|seat| {
        let last = last(&seat);
        ((seat.person, seat.target), last)
    });
    ended.filter(|(_, last)| *last > 0).collect()
}

impl Run<'_> {
    fn plays(&self, index: usize) -> bool {
        self.failed.is_none() && index < self.scenario.steps.len()
    }

    fn step(&self, index: usize) -> &Step {
        &self.scenario.steps[index]
    }

    async fn send(&self, index: usize, world: &World, usher: &Replica) -> UnderWay {
        let step = self.step(index);
        if let Some(existing) = &step.meanwhile {
            let user = self.scenario.user(existing);
            let with = user["userName"].as_str().unwrap().to_owned();
            let blow = Blow::Forestall(self.tenant.directory.clone(), Box::new(user));
            let first = Strike::first("POST ", Moment::Request, blow);
            usher.target(self.tenant).watch.arm(Strike { with, ..first });
        }
        let sent = self.scenario.record(step);
        let place = world.send_record(self.tenant, &sent.record, 1).await;
        UnderWay { place, event: sent.event }
    }

    fn is_settled(&self, index: usize, lines: &[Line], seats: &[Seat]) -> bool {
        let Some(sent) = &self.under_way else { return true };
        let is_decision = |line: &&Line| line.kind() == "decision" && line.place() == sent.place;
        let Some(decision) = lines.iter().find(is_decision) else { return false };
        let stages = self.step(index).expect.stages();
        let theirs = |seat: &&Seat| Some(&seat.person) == decision.person.as_ref();
        seats.iter().filter(theirs).all(|seat| stages.contains(&&*seat.stage))
    }

    fn judge(&mut self, index: usize, lines: &[Line], at: &BTreeMap<String, Snapshot>) {
        let Some(sent) = self.under_way.take() else { return };
        let happened = Happened {
            place: &sent.place,
            event: sent.event.as_deref(),
            lines,
            directory: &at[&self.tenant.name],
        };
        let differences = check::check(self.scenario, &self.step(index).expect, &happened);
        if !differences.is_empty() {
            self.failed = Some((index, differences));
        }
    }

    fn failure(&self) -> Option<String> {
        let (index, differences) = self.failed.as_ref()?;
        let Scenario { name, shows, .. } = self.scenario;
        let head = format!(
            "\n{shows}\n  tests/scenarios/{name}.yaml, rules: {}\n  step {}: {}\n",
            self.tenant.name,
            index + 1,
            self.step(*index).say,
        );
        let told: Vec<_> = differences.iter().map(ToString::to_string).collect();
        Some(head + &told.join("\n"))
    }
}
