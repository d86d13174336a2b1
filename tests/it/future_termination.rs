//! A termination that is dated ahead: it fires at its instant, once, whatever became of its date and
//! of the worker before.

use crate::support::audit::Line;
use crate::support::events::{Event, Person};
use crate::support::proxy::Seen;
use crate::support::replica::Replica;
use crate::support::settings::VPN;
use crate::support::world::{REST, Tenant};
use crate::support::{World, eventually, measured, never_within};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::time::{Duration, Instant};
use usher::model::decision::{Warrant, WarrantedBy};

/// How late a cut may be that is due.
const PROMPT: Duration = Duration::from_secs(2);

/// What the audit says of one cut, and of nothing else.
const CUT: &str = "applied: deactivate, remove_member";

/// Wall clock and stopwatch, read together.
struct Clocks {
    wall: Timestamp,
    watch: Instant,
}

impl Clocks {
    fn start() -> Self {
        let wall = Timestamp::now();
        Self { wall, watch: Instant::now() }
    }

    /// A whole second, about `seconds` from the start: HR systems know no others.
    fn due(&self, seconds: i64) -> Timestamp {
        Timestamp::from_second(self.wall.as_second() + 1 + seconds).unwrap()
    }

    /// What the stopwatch shows at `instant`.
    fn watch_at(&self, instant: Timestamp) -> Instant {
        self.watch + Duration::try_from(instant.duration_since(self.wall)).unwrap()
    }
}

/// The termination of `person` as of `due`, in the words of somebody who lives in `zone`.
fn terminated(person: &Person, due: Timestamp, zone: &str) -> Event {
    let local = TimeZone::get(zone).unwrap().to_datetime(due);
    let mut event = Event::terminated(person);
    event.data["effective_at"] = json!(local.strftime("%Y-%m-%dT%H:%M:%S").to_string());
    event.data["time_zone"] = json!(zone);
    event
}

/// The seconds until each date of the termination; the last is the one that counts.
fn dates() -> [i64; 3] {
    let is_long = std::env::var("USHER_TEST_LONG").is_ok_and(|long| long == "1");
    if is_long { [90, 105, 120] } else { [18, 21, 26] }
}

/// The calls that made the account `id` inactive.
fn deactivations(usher: &Replica, acme: &Tenant, id: &str) -> Vec<Seen> {
    let mut writes = usher.target(acme).writes();
    let is_one = |seen: &Seen| seen.what.ends_with(id) && seen.body.contains("active");
    writes.retain(|seen| seen.what.starts_with("PATCH ") && is_one(seen));
    writes
}

fn decisions<'a>(lines: &'a [Line], event: &Event) -> Vec<&'a str> {
    let about = |line: &&Line| line.kind() == "decision" && line.event() == Some(&event.id);
    lines.iter().filter(about).map(Line::outcome).collect()
}

/// Outcome and calls of each result that did not come at once of `hired`, one a line.
fn results_after(lines: &[Line], hired: &Event) -> String {
    let later = |line: &&Line| line.kind() == "result" && line.event() != Some(&hired.id);
    let told = |line: &Line| {
        let calls = line.own().calls.iter().flatten();
        let calls: Vec<_> = calls.map(|call| call.action.word()).collect();
        format!("{}: {}", line.outcome(), calls.join(", "))
    };
    lines.iter().filter(later).map(told).collect::<Vec<_>>().join("\n")
}

/// The event by whose word the last change took `active`, as the audit has it.
fn inactive_because(lines: &[Line]) -> Option<&str> {
    let last = lines.iter().rfind(|line| line.kind() == "result")?;
    let decides = |it: &&Warrant| it.fields.iter().any(|field| field == "active");
    match &last.own().because.iter().find(decides)?.by {
        WarrantedBy::Claim { said, .. } => Some(&said.as_ref()?.event_id),
        WarrantedBy::Profile { said } => Some(&said.event_id),
        WarrantedBy::WayBack | WarrantedBy::Override { .. } => None,
    }
}

/// What the audit's decision says about when `event` takes effect.
fn effective_at(lines: &[Line], event: &Event) -> Option<Timestamp> {
    let about = |line: &&Line| line.kind() == "decision" && line.event() == Some(&event.id);
    lines.iter().find(about)?.own().effective_at
}

/// The event by which Kim was hired, and the account.
async fn hired(world: &World, kim: &Person) -> (Event, String) {
    let hired = Event::hired(kim);
    world.send(world.acme(), &hired).await;
    world.at_rest().await;
    let account = world.acme().directory.user(&kim.user_name).await.expect("Kim was hired");
    (hired, account.id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn termination_moved_rescinded_and_set_again_fires_once_on_its_last_date() {
    let Some(world) = World::set_up("future").await else { return };
    let mut usher = world.started("a").await;
    let acme = world.acme();
    let kim = Person::named("kim");
    let (hired, id) = hired(&world, &kim).await;

    let clocks = Clocks::start();
    let [first, moved, last] = dates().map(|seconds| clocks.due(seconds));
    let set = terminated(&kim, first, "Asia/Kolkata");
    world.send(acme, &set).await;
    world.at_rest().await;
    let moved = terminated(&kim, moved, "America/St_Johns");
    world.send(acme, &moved).await;
    world.at_rest().await;

    usher.kill().await;
    let rescinded = Event::termination_cancelled(&kim);
    world.send(acme, &rescinded).await;
    usher.start().await;
    world.at_rest().await;
    assert!(Timestamp::now() < first, "too slow to rescind it before its first date");
    let again = terminated(&kim, last, "Australia/Lord_Howe");
    world.send(acme, &again).await;
    world.at_rest().await;
    usher.kill().await;
    usher.start().await;
    assert!(Timestamp::now() < last, "too slow to be back before its last date");

    let due = clocks.watch_at(last);
    never_within(due.saturating_duration_since(Instant::now()), async || {
        let early = deactivations(&usher, acme, &id).into_iter().next()?;
        (early.at < due).then(|| format!("cut {:?} early", due - early.at))
    })
    .await;
    let cut = eventually("Kim is cut off", REST, async || {
        deactivations(&usher, acme, &id).into_iter().next()
    })
    .await;
    assert!(cut.at >= due, "cut {:?} early", due - cut.at);
    measured("a termination's instant to its cut called", cut.at - due);
    assert!(cut.at - due < PROMPT, "cut {:?} late", cut.at - due);

    let lines = world.at_rest().await;
    assert_eq!(deactivations(&usher, acme, &id).len(), 1);
    let account = acme.directory.user(&kim.user_name).await.expect("it is still there");
    assert_eq!(account.active, Some(false));
    assert!(!acme.directory.is_member(&kim.user_name, VPN).await);
    for (event, decision) in
        [(&set, "asserted"), (&moved, "asserted"), (&rescinded, "withdrew"), (&again, "asserted")]
    {
        assert_eq!(decisions(&lines, event), [decision], "{event:?}");
    }
    assert_eq!(results_after(&lines, &hired), CUT);
    assert_eq!(inactive_because(&lines), Some(again.id.as_str()), "no event has begun it");
    assert_eq!(effective_at(&lines, &again), Some(last));
    assert!(world.parked().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn termination_that_came_due_while_nobody_ran_fires_at_the_start() {
    let Some(world) = World::set_up("overdue").await else { return };
    let mut usher = world.started("a").await;
    let acme = world.acme();
    let kim = Person::named("kim");
    let (hired, id) = hired(&world, &kim).await;

    let clocks = Clocks::start();
    let due = clocks.due(8);
    let event = terminated(&kim, due, "Pacific/Kiritimati");
    world.send(acme, &event).await;
    let lines = world.at_rest().await;
    assert_eq!(decisions(&lines, &event), ["asserted"]);
    usher.kill().await;
    assert_eq!(deactivations(&usher, acme, &id).len(), 0, "too slow to be dead before it is due");
    eventually("the termination is due", REST, async || {
        (Timestamp::now() > due + SignedDuration::from_millis(500)).then_some(())
    })
    .await;

    let started = usher.spawn();
    let cut = eventually("Kim is cut off", REST, async || {
        deactivations(&usher, acme, &id).into_iter().next()
    })
    .await;
    measured("start to an overdue cut called", cut.at - started);
    let lines = world.at_rest().await;
    assert_eq!(deactivations(&usher, acme, &id).len(), 1);
    assert_eq!(results_after(&lines, &hired), CUT);
    assert_eq!(acme.directory.user(&kim.user_name).await.unwrap().active, Some(false));
}
