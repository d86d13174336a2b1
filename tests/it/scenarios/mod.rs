//! `tests/scenarios/*.yaml` against each SCIM server and our sandbox, with the rules that ship.
//!
//! All scenarios on a server share one replica and run beside each other, each at its own pace. Every
//! one runs twice, under `starter.yaml` and under all other files together.

mod run;
mod seen;

use crate::shipped_rules;
use crate::support::World;
use crate::support::audit::Revisions;
use crate::support::servers::Peer;
use crate::support::settings::{QUARANTINE, VPN};
use crate::support::world::{Plan, Seat};
use run::{Run, View, company};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use usher::story::{self, Problem, Suite};
use usher::trial::Report;

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
    let suites = within("tests/scenarios/manners", story::Place::Sandbox);
    let plan_of = |suite: &Suite| {
        // A test's few names may stay.
        let name = Box::leak(company(suite).to_owned().into_boxed_str());
        plan(name, shipped_rules::all_in_one())
    };
    let plans = suites.iter().map(plan_of).collect();
    let Some(mut world) = World::at(Peer::StrictSandbox, "manners", plans).await else { return };
    for (suite, tenant) in suites.iter().zip(&mut world.tenants) {
        if let Some(dialect) = &suite.fixtures[0].dialect {
            let file = world.directory.join(format!("{}.dialect.yaml", tenant.name));
            let mut dialect = dialect.clone();
            dialect.insert("base".to_owned(), "rfc7644".into());
            fs::write(&file, Value::Object(dialect).to_string()).unwrap();
            tenant.directory = tenant.directory.in_dialect(file.to_str().unwrap());
        }
    }
    let pairs = suites.iter().zip(&world.tenants);
    let runs = pairs.map(|(suite, tenant)| Run::of(suite, tenant, true)).collect();
    play_on("a sandbox with bad manners", &world, runs).await;
}

async fn play(peer: Peer) {
    let suites = within("tests/scenarios", story::Place::Server);
    let plans = vec![
        plan("starter", shipped_rules::all_in_one()),
        plan("combined", shipped_rules::one_use_each()),
    ];
    let Some(world) = World::at(peer, "scenarios", plans).await else { return };
    let mut runs = Vec::new();
    for tenant in &world.tenants {
        runs.extend(suites.iter().map(|suite| Run::of(suite, tenant, false)));
    }
    play_on(&format!("{peer:?}"), &world, runs).await;
}

/// The stories of a folder, in the order of their names; all can be played at such a place.
fn within(folder: &str, place: story::Place) -> Vec<Suite> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|file| file.extension().is_some_and(|ending| ending == "yaml")).collect();
    files.sort();
    assert!(!files.is_empty(), "there are scenarios in {folder}");
    files.iter().map(|file| read(file, folder, place)).collect()
}

fn read(file: &Path, folder: &str, place: story::Place) -> Suite {
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let text = fs::read_to_string(file).unwrap();
    let told = |problems: Vec<Problem>| {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let suite = Suite::parse(&format!("{folder}/{stem}.yaml"), &text);
    let suite = suite.unwrap_or_else(|problems| panic!("{}", told(problems)));
    let misplaced = suite.misplaced(place);
    assert!(misplaced.is_empty(), "{}", told(misplaced));
    assert_eq!(company(&suite), stem.replace('_', "-"), "no two files have the same people");
    suite
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
            if run.judge((&told, &seats), &views) {
                run.send_next(world, &usher).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    let (lines, seats) = (world.audit(), world.seats());
    let mut report = Report::default();
    for run in &runs {
        let file = format!("{} under {}", run.suite.file, run.tenant.name).into();
        report.add_verdicts(&file, vec![run.verdict()]);
    }
    assert_eq!(report.failures(), 0, "on {place}:\n{}", report.text());
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
