//! A hire, a move and a termination, from Kafka to the directory and to the audit.

use crate::support::audit::Line;
use crate::support::events::{Event, Person};
use crate::support::settings::VPN;
use crate::support::world::REST;
use crate::support::{World, eventually, measured};
use std::time::{Duration, Instant};

/// The outcomes of the decisions and results about the event `id`, in this order.
fn outcomes<'a>(lines: &'a [Line], kind: &str, id: &str) -> Vec<&'a str> {
    let about = |line: &&Line| line.kind() == kind && line.event() == Some(id);
    lines.iter().filter(about).map(Line::outcome).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hire_creates_the_account_and_termination_makes_it_inactive() {
    let Some(world) = World::set_up("joiner").await else { return };
    let _usher = world.started("a").await;
    let acme = world.acme();
    let kim = Person::named("kim");

    let hired = Event::hired(&kim);
    world.send(acme, &hired).await;
    world.at_rest().await;
    assert!(acme.directory.is_member(&kim.user_name, VPN).await);
    let account = acme.directory.user(&kim.user_name).await.expect("a member has an account");
    assert_eq!(account.active, Some(true));
    assert_eq!(account.json["displayName"], "Kim Doe");
    assert_eq!(account.json["name"]["givenName"], "Kim");
    assert_eq!(account.json["name"]["familyName"], "Doe");
    assert_eq!(account.json["emails"][0]["value"], kim.user_name);
    let enterprise = &account.json["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
    assert_eq!(enterprise["department"], "Research");
    assert_eq!(enterprise["employeeNumber"], kim.employee_id);

    let terminated = Event::terminated(&kim);
    world.send_record(acme, &terminated.structured(), 1).await;
    eventually("Kim is out", REST, async || {
        let account = acme.directory.user(&kim.user_name).await?;
        let is_member = acme.directory.is_member(&kim.user_name, VPN).await;
        (account.active == Some(false) && !is_member).then_some(())
    })
    .await;

    let lines = world.at_rest().await;
    for event in [&hired, &terminated] {
        assert_eq!(outcomes(&lines, "decision", &event.id), ["asserted"], "{}", event.kind);
        assert_eq!(outcomes(&lines, "result", &event.id), ["applied"], "{}", event.kind);
    }
    assert!(world.parked().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_changes_the_department_and_nothing_else() {
    let Some(world) = World::set_up("mover").await else { return };
    let usher = world.started("a").await;
    let acme = world.acme();
    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    world.at_rest().await;
    let writes_before = usher.target(acme).writes().len();

    world.send(acme, &Event::updated(&kim, "Sales")).await;
    eventually("Kim is in Sales", REST, async || {
        let account = acme.directory.user(&kim.user_name).await?;
        let enterprise =
            &account.json["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
        (enterprise["department"] == "Sales").then_some(())
    })
    .await;
    world.at_rest().await;
    let writes = usher.target(acme).writes();
    let [only] = &writes[writes_before..] else { panic!("one call is enough: {writes:#?}") };
    assert!(!only.body.contains("Kim Doe"), "the name did not change: {}", only.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn same_event_sent_again_is_a_duplicate() {
    let Some(world) = World::set_up("duplicate").await else { return };
    let _usher = world.started("a").await;
    let acme = world.acme();
    let hired = Event::hired(&Person::named("kim"));
    world.send(acme, &hired).await;
    world.at_rest().await;

    world.send(acme, &hired).await;
    world.send_record(acme, &hired.structured(), 1).await;
    let lines = world.at_rest().await;
    let decisions = outcomes(&lines, "decision", &hired.id);
    assert_eq!(decisions.iter().filter(|word| **word == "duplicate").count(), 2);
    assert_eq!(outcomes(&lines, "result", &hired.id), ["applied"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_leaves_soon_after_the_event() {
    let Some(world) = World::set_up("latency").await else { return };
    let world = world.alone().await;
    let usher = world.started("a").await;
    let acme = world.acme();
    let people: Vec<_> = (0..20).map(|n| Person::named(&format!("kim{n}"))).collect();
    for kim in &people {
        world.send(acme, &Event::hired(kim)).await;
    }
    world.at_rest().await;

    let mut latencies = Vec::new();
    for kim in &people {
        let id = acme.directory.user(&kim.user_name).await.expect("Kim was hired").id;
        let sent = Instant::now();
        world.send(acme, &Event::terminated(kim)).await;
        let cut = eventually("Kim is cut off", Duration::from_secs(5), async || {
            let is_cut = |what: &str| what.starts_with("PATCH ") && what.ends_with(&id);
            usher.target(acme).writes().into_iter().find(|seen| is_cut(&seen.what))
        })
        .await;
        latencies.push(cut.at.saturating_duration_since(sent));
    }
    latencies.sort_unstable();
    measured("event sent to cut called, median of 20", latencies[latencies.len() / 2]);
    measured("event sent to cut called, longest of 20", latencies[latencies.len() - 1]);
    assert!(latencies[latencies.len() / 2] < Duration::from_millis(500), "{latencies:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trace_of_the_event_reaches_the_provider_and_the_audit() {
    let Some(world) = World::set_up("trace").await else { return };
    let usher = world.started("a").await;
    let acme = world.acme();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let hired = Event::hired(&Person::named("kim"));
    let traceparent = format!("00-{trace}-00f067aa0ba902b7-01");
    let record = hired.binary().header("traceparent", &traceparent);
    world.send_record(acme, &record, 1).await;
    let lines = world.at_rest().await;

    let writes = usher.target(acme).writes();
    assert!(!writes.is_empty());
    for write in writes {
        assert!(write.head.contains(&format!("traceparent: 00-{trace}-")), "{}", write.head);
    }
    for line in lines.iter().filter(|line| line.event() == Some(&hired.id)) {
        let told = line.traceparent.as_ref().expect("it is told");
        assert!(told.contains(trace), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observed_target_is_never_written_to() {
    let Some(world) = World::bare("observe", &["acme"], "observe").await else { return };
    assert!(world.init(&[]).await.status.success());
    let usher = world.started("a").await;
    let acme = world.acme();
    let kim = Person::named("kim");
    let id = acme.directory.create_user(&kim.user_name).await;
    acme.directory.join(VPN, &id).await;
    for event in [Event::hired(&kim), Event::terminated(&kim)] {
        world.send(acme, &event).await;
        let lines = world.at_rest().await;
        assert_eq!(outcomes(&lines, "result", &event.id), ["observed"], "{}", event.kind);
    }
    assert!(usher.target(acme).writes().is_empty());
    let account = acme.directory.user(&kim.user_name).await.expect("it is still there");
    assert_eq!(account.active, Some(true));
    assert_eq!(account.json.get("displayName"), None);
    assert!(acme.directory.is_member(&kim.user_name, VPN).await);
}
