//! Answers that never come: what they were about may have been done all the same.

use crate::support::events::{Event, Person};
use crate::support::replica::Replica;
use crate::support::settings::VPN;
use crate::support::world::REST;
use crate::support::{Blow, Moment, Strike, World, eventually};
use std::time::Duration;

/// Terminates Kim while `strike` is armed, and expects everything to come right by itself.
async fn terminated_under(theme: &str, strike: impl FnOnce(&Replica, &World)) {
    let Some(world) = World::set_up(theme).await else { return };
    let Some(mut usher) = world.replica_behind_proxy("a").await else { return };
    usher.start().await;
    let acme = world.acme();
    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    world.at_rest().await;

    strike(&usher, &world);
    world.send(acme, &Event::terminated(&kim)).await;
    let kafka = &usher.kafka.as_ref().expect("it is behind a proxy").watch;
    eventually("the strike falls", REST, async || {
        (kafka.struck() + usher.target(acme).watch.struck() == 1).then_some(())
    })
    .await;
    world.at_rest().await;
    assert_eq!(acme.directory.user(&kim.user_name).await.unwrap().active, Some(false));
    assert!(!acme.directory.is_member(&kim.user_name, VPN).await);
}

fn at_kafka(on: &'static str, moment: Moment) -> impl FnOnce(&Replica, &World) {
    move |usher, _| {
        let kafka = usher.kafka.as_ref().expect("it is behind a proxy");
        kafka.watch.arm(Strike::first(on, moment, Blow::Cut));
    }
}

fn at_target(moment: Moment, blow: Blow) -> impl FnOnce(&Replica, &World) {
    move |usher, world| {
        usher.target(world.acme()).watch.arm(Strike::first("PATCH ", moment, blow));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_whose_request_is_lost_is_made_again() {
    terminated_under("lost-commit", at_kafka("EndTxn", Moment::Request)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_whose_answer_is_lost_is_not_doubled() {
    terminated_under("unheard-commit", at_kafka("EndTxn", Moment::Answer)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_whose_request_is_lost_is_made_again() {
    terminated_under("lost-call", at_target(Moment::Request, Blow::Cut)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_whose_answer_is_lost_is_read_back() {
    terminated_under("unheard-call", at_target(Moment::Answer, Blow::Cut)).await;
}

/// The request stands on the way for longer than usher waits, and lands after that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_that_lands_late_does_no_harm() {
    let delay = Blow::Delay(Duration::from_secs(6));
    terminated_under("late-call", at_target(Moment::Request, delay)).await;
}
