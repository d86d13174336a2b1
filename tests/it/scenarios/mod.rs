//! `tests/scenarios/*.yaml` against each SCIM server and our sandbox, with the rules that ship.
//!
//! All scenarios on a server share one replica and run beside each other, each at its own pace. Every
//! one runs twice, under `starter.yaml` and under all other files together.

mod check;
mod file;
mod run;

use crate::shipped_rules;
use crate::support::World;
use crate::support::audit::Revisions;
use crate::support::servers::Peer;
use crate::support::settings::{QUARANTINE, VPN};
use crate::support::world::{Plan, Seat};
use file::Scenario;
use run::{Run, View};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

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

/// Each at a provider of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_of_bad_manners_passes() {
    let scenarios = file::of_manners();
    let plan_of = |scenario: &Scenario| {
        // A test's few names may stay.
        let name = Box::leak(scenario.name.replace('_', "-").into_boxed_str());
        plan(name, shipped_rules::all_in_one())
    };
    let plans = scenarios.iter().map(plan_of).collect();
    let Some(mut world) = World::at(Peer::StrictSandbox, "manners", plans).await else { return };
    for (scenario, tenant) in scenarios.iter().zip(&mut world.tenants) {
        if !scenario.dialect.is_empty() {
            let file = world.directory.join(format!("{}.dialect.yaml", scenario.name));
            let mut dialect = scenario.dialect.clone();
            dialect.insert("base".to_owned(), "rfc7644".into());
            fs::write(&file, Value::Object(dialect).to_string()).unwrap();
            tenant.directory = tenant.directory.in_dialect(file.to_str().unwrap());
        }
    }
    let runs = scenarios.iter().zip(&world.tenants).map(|pair| Run::of(pair.0, pair.1)).collect();
    play_on("a sandbox with bad manners", &world, runs).await;
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
        runs.extend(scenarios.iter().map(|scenario| Run::of(scenario, tenant)));
    }
    play_on(&format!("{peer:?}"), &world, runs).await;
}

async fn play_on(place: &str, world: &World, mut runs: Vec<Run<'_>>) {
    assert!(world.init(&[]).await.status.success());
    for run in &runs {
        run.begin().await;
    }
    let usher = world.started("a").await;

    for run in &mut runs {
        run.send_next(world, &usher).await;
    }
    while runs.iter().any(Run::is_under_way) {
        // In this order: an event's decision and its new revision are in one transaction.
        let lines = world.audit();
        let seats = world.seats();
        let settled = |run: &Run<'_>| run.is_settled(&lines, &seats);
        let views = views(runs.iter().filter(|run| settled(run))).await;
        // A revision's result came with its rest, which may be later than the lines above.
        let told = world.audit();
        for run in runs.iter_mut().filter(|run| settled(run)) {
            if run.judge(&told, &views) {
                run.send_next(world, &usher).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    let (lines, seats) = (world.audit(), world.seats());
    let failures: Vec<_> = runs.iter().filter_map(Run::failure).collect();
    assert!(failures.is_empty(), "on {place}:\n{}", failures.join("\n"));
    world.assert_once(&lines, &ended(seats));
}

fn plan(name: &'static str, rules: Vec<PathBuf>) -> Plan {
    Plan { name, mode: "enforce", rules, types: &["*"], groups: GROUPS }
}

/// What is seen at each tenant's directory; several runs may share one.
async fn views<'a>(runs: impl Iterator<Item = &'a Run<'a>>) -> BTreeMap<String, View> {
    let mut views = BTreeMap::new();
    for run in runs {
        if !views.contains_key(&run.tenant.name) {
            views.insert(run.tenant.name.clone(), run.view().await);
        }
    }
    views
}

/// The revisions that must have a final result: one that waits has none yet.
fn ended(seats: Vec<Seat>) -> Revisions {
    let waits = |seat: &Seat| ["held", "unverified", "working"].contains(&&*seat.stage);
    let last = |seat: &Seat| seat.revision - u64::from(waits(seat));
    let ended = seats.into_iter().map(|seat| {
        let last = last(&seat);
        ((seat.person, seat.target), last)
    });
    ended.filter(|(_, last)| *last > 0).collect()
}
