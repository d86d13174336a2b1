//! What vendors send, from their request over HTTPS to the call at a provider that is not ours: tokens of Okta,
//! alerts of Netskope, incidents of Defender, webhooks of `BambooHR`; with the rules that ship.
//!
//! How long it took is told, and nothing fails by it. To measure, on a quiet machine:
//!
//! ```text
//! cargo test --release --test it vendors -- --nocapture
//! ```

mod senders;

use crate::support::events::{Event, Person};
use crate::support::proxy::Seen;
use crate::support::replica::Replica;
use crate::support::servers::Peer;
use crate::support::settings::{QUARANTINE, VPN};
use crate::support::world::{Plan, REST, Tenant};
use crate::support::{World, eventually, measured};
use senders::{Okta, Senders};
use std::path::Path;
use std::time::{Duration, Instant};

/// Of each vendor.
const PEOPLE: usize = 20;
const VENDORS: [&str; 4] = ["okta", "netskope", "defender", "bamboohr"];

/// The rules that ship, for what these vendors send.
fn plan() -> Plan {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules");
    let files = ["profile", "joiner", "leaver", "quarantine", "release"];
    Plan {
        rules: files.map(|name| rules.join(format!("{name}.yaml"))).to_vec(),
        groups: &[VPN, QUARANTINE, "Contractors"],
        ..Plan::plain("acme", "enforce")
    }
}

/// Somebody, and the id of their account.
struct Employee {
    person: Person,
    account: String,
}

/// The same people for each vendor, hired and at rest.
async fn hired(world: &World, acme: &Tenant) -> Vec<Vec<Employee>> {
    let named = |vendor: &str| {
        (0..PEOPLE).map(|n| Person::named(&format!("{vendor}{n:02}"))).collect::<Vec<_>>()
    };
    let people = VENDORS.map(named);
    for person in people.iter().flatten() {
        world.send(acme, &Event::hired(person)).await;
    }
    world.at_rest().await;
    let users = acme.directory.users().await;
    assert_eq!(acme.directory.members(VPN).await.len(), PEOPLE * VENDORS.len());
    let employee = |person: Person| {
        let account = users[&person.user_name].id.clone();
        Employee { person, account }
    };
    people.map(|people| people.into_iter().map(employee).collect()).into()
}

/// Waits for the call that `is_it`, made since `began`; how long it took to get there.
async fn until(replica: &Replica, acme: &Tenant, what: &str, is_it: &IsIt<'_>) -> Duration {
    let began = Instant::now();
    let at = eventually(what, REST, async || {
        let writes = replica.target(acme).writes();
        let found =
            writes.iter().rev().take_while(|seen| seen.at >= began).find(|seen| is_it(seen));
        found.map(|seen| seen.at)
    });
    at.await - began
}

type IsIt<'a> = dyn Fn(&Seen) -> bool + 'a;

/// Sends what concerns one after the other, each when the one before is cut; the times, told by their middle.
async fn each(
    (world, replica, what): (&World, &Replica, &str),
    employees: &[Employee],
    send: impl AsyncFn(usize, &Person),
    is_it: impl Fn(&Seen, &str) -> bool,
) {
    let mut spans = Vec::new();
    for (index, employee) in employees.iter().enumerate() {
        let is_theirs = |seen: &Seen| is_it(seen, &employee.account);
        let waits = until(replica, world.acme(), what, &is_theirs);
        let ((), span) = futures::future::join(send(index, &employee.person), waits).await;
        spans.push(span);
    }
    spans.sort_unstable();
    let [middle, most] = [spans.len() / 2, spans.len() - 1].map(|index| spans[index]);
    measured(&format!("{what}, from the HTTPS request to the call, p50 of {PEOPLE}"), middle);
    measured(&format!("{what}, the longest"), most);
}

/// What was pushed is not what the world has sent: when everybody rests, it is done.
async fn at_rest(world: &World) {
    eventually("everybody is at rest", REST, async || {
        world.seats().iter().all(|seat| seat.stage == "at_rest").then_some(())
    })
    .await;
}

/// A call that adds this account to a group, or takes it out.
fn joins(seen: &Seen, account: &str, op: &str) -> bool {
    seen.what.contains("/Groups/")
        && seen.body.contains(account)
        && seen.body.contains(&format!("\"{op}\""))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_vendors_push_cuts_people_and_lets_them_back() {
    let Some(world) = World::at(Peer::Scim2Server, "vendors", vec![plan()]).await else { return };
    let okta = VENDORS[0];
    let names: Vec<String> =
        (0..PEOPLE).map(|n| Person::named(&format!("{okta}{n:02}")).user_name).collect();
    let signed = tokio::task::block_in_place(|| Okta::sign(&names));
    let Some(okta) = signed else { return };
    assert!(world.init(&["--shards", "1"]).await.status.success());
    let world = world.alone().await;
    let acme = world.acme();
    let mut usher = world.replica("a").await;
    let mut senders = Senders::set_up(&world, &usher, &okta).await;
    usher.start().await;
    senders.start().await;
    let employees = hired(&world, acme).await;
    let quarantined = async |index: usize| {
        let members = acme.directory.members(QUARANTINE).await;
        employees[index].iter().filter(|it| members.contains(&it.account)).count()
    };

    let [raised, cleared] = okta.tokens();
    let joined = |seen: &Seen, account: &str| joins(seen, account, "add");
    let at = |what| (&world, &usher, what);
    let push = async |n: usize, _: &Person| senders.okta(&raised[n]).await;
    each(at("Okta's user-risk-change to quarantine"), &employees[0], push, joined).await;
    let push = async |_: usize, person: &Person| senders.netskope(person).await;
    each(at("Netskope's alert to quarantine"), &employees[1], push, joined).await;
    let push = async |_: usize, person: &Person| senders.defender(person).await;
    each(at("Defender's incident to quarantine"), &employees[2], push, joined).await;
    let ended = |seen: &Seen, account: &str| {
        seen.what.ends_with(&format!("/Users/{account}")) && seen.body.contains("false")
    };
    let push = async |_: usize, person: &Person| senders.bamboohr(person).await;
    each(at("BambooHR's webhook to inactive"), &employees[3], push, ended).await;
    at_rest(&world).await;
    for (index, vendor) in VENDORS.iter().enumerate().take(3) {
        assert_eq!(quarantined(index).await, PEOPLE, "{vendor}");
    }

    let left = |seen: &Seen, account: &str| joins(seen, account, "remove");
    let push = async |n: usize, _: &Person| senders.okta(&cleared[n]).await;
    each(at("Okta's clearing to the way back"), &employees[0], push, left).await;
    at_rest(&world).await;
    assert_eq!(quarantined(0).await, 0);
    let has_vpn = acme.directory.members(VPN).await;
    let only_okta = employees[0].iter().all(|it| has_vpn.contains(&it.account));
    assert!(only_okta && has_vpn.len() == PEOPLE, "who was let back, and nobody else");
    let users = acme.directory.users().await;
    for (index, of_vendor) in employees.iter().enumerate() {
        for employee in of_vendor {
            let user = &users[&employee.person.user_name];
            assert_eq!(user.active, Some(index < 3), "{}", employee.person.user_name);
        }
    }
    let log = senders.said();
    assert!(!log.contains("@example.com"), "{log}");
}
