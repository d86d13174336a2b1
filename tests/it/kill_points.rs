//! `kill -9` between fold, commit, call and answer: whatever was lost is made good, nothing is
//! doubled, and the next cut leaves at once.

use crate::support::events::{Event, Person};
use crate::support::replica::Replica;
use crate::support::settings::{QUARANTINE, VPN};
use crate::support::world::{REST, Tenant};
use crate::support::{Blow, Moment, Strike, World, eventually, measured};
use std::time::Duration;

/// From the start of the process to the first call of the next cut.
const NEXT_CUT: Duration = Duration::from_secs(2);

/// What happens to Kim while the strike is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Story {
    Hired,
    Quarantined,
    Terminated,
    /// The termination is cancelled, and while usher is down Kim is terminated again.
    LetInAgain,
}

/// Where usher is killed.
enum Point {
    Kafka(&'static str, Moment),
    /// The first call that starts so and whose body contains the second.
    Target(&'static str, &'static str, Moment),
    /// Where Kafka is asked, after the first writing answer of the target.
    KafkaAfterAnswer(&'static str, Moment),
}

fn arm(replica: &Replica, acme: &Tenant, point: &Point) {
    let kill = Blow::Kill(replica.victim.clone());
    let kafka = || replica.kafka.as_ref().expect("it is behind a proxy").watch.clone();
    let target = &replica.target(acme).watch;
    match *point {
        Point::Kafka(on, moment) => kafka().arm(Strike::first(on, moment, kill)),
        Point::Target(on, with, moment) => {
            target.arm(Strike { with: with.to_owned(), ..Strike::first(on, moment, kill) });
        }
        Point::KafkaAfterAnswer(on, moment) => {
            let then = Box::new(Strike::first(on, moment, kill));
            let arm = Blow::Arm(kafka(), then);
            target.arm(Strike::first("PATCH ", Moment::Answer, arm));
        }
    }
}

async fn killed_at(name: &str, story: Story, point: Point) {
    let Some(world) = World::set_up("kill").await else { return };
    let world = world.alone().await;
    let usher = match point {
        Point::Target(..) => Some(world.replica("a").await),
        Point::Kafka(..) | Point::KafkaAfterAnswer(..) => world.replica_behind_proxy("a").await,
    };
    let Some(mut usher) = usher else { return };
    usher.start().await;
    let acme = world.acme();
    let (kim, lee) = (Person::named("kim"), Person::named("lee"));
    world.send(acme, &Event::hired(&lee)).await;
    if story != Story::Hired {
        world.send(acme, &Event::hired(&kim)).await;
    }
    world.at_rest().await;
    if story == Story::LetInAgain {
        world.send(acme, &Event::terminated(&kim)).await;
        world.at_rest().await;
    }

    arm(&usher, acme, &point);
    let event = match story {
        Story::Hired => Event::hired(&kim),
        Story::Quarantined => Event::risk_raised(&kim, "high", "incident-1"),
        Story::Terminated => Event::terminated(&kim),
        Story::LetInAgain => Event::termination_cancelled(&kim),
    };
    world.send(acme, &event).await;
    usher.end(REST).await;

    if story == Story::LetInAgain {
        world.send(acme, &Event::terminated(&kim)).await;
    }
    world.send(acme, &Event::terminated(&lee)).await;
    let lees = acme.directory.user(&lee.user_name).await.expect("Lee was hired").id;
    let started = usher.spawn();
    let cut = eventually("the next cut leaves", REST, async || {
        let is_cut = |what: &str| what.starts_with("PATCH ") && what.ends_with(&lees);
        usher.target(acme).writes().into_iter().find(|seen| is_cut(&seen.what))
    })
    .await;
    let taken = cut.at.saturating_duration_since(started);
    measured(&format!("killed {name}; start to next cut"), taken);
    assert!(taken < NEXT_CUT, "the next cut took {taken:?}");

    world.at_rest().await;
    assert_right(acme, &kim, story).await;
    assert_eq!(acme.directory.user(&lee.user_name).await.unwrap().active, Some(false));
}

async fn assert_right(acme: &Tenant, kim: &Person, story: Story) {
    let account = acme.directory.user(&kim.user_name).await.expect("Kim has an account");
    let is_in_vpn = acme.directory.is_member(&kim.user_name, VPN).await;
    let is_in_quarantine = acme.directory.is_member(&kim.user_name, QUARANTINE).await;
    let found = (account.active, is_in_vpn, is_in_quarantine);
    let right = match story {
        Story::Hired => (Some(true), true, false),
        Story::Quarantined => (Some(true), false, true),
        Story::Terminated | Story::LetInAgain => (Some(false), false, false),
    };
    assert_eq!(found, right, "active, in VPN, in quarantine");
}

macro_rules! killed {
    ($($name:ident: $story:ident, $point:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            killed_at(stringify!($name), Story::$story, $point).await;
        }
    )*};
}

killed! {
    before_the_fold_is_written: Terminated, Point::Kafka("Produce", Moment::Request);
    after_the_fold_is_written: Terminated, Point::Kafka("Produce", Moment::Answer);
    before_the_write_ahead_commits: Terminated, Point::Kafka("EndTxn", Moment::Request);
    after_the_write_ahead_commits: Terminated, Point::Kafka("EndTxn", Moment::Answer);
    before_the_cut_arrives: Terminated, Point::Target("PATCH ", "active", Moment::Request);
    after_the_cut_is_done: Terminated, Point::Target("PATCH ", "active", Moment::Answer);
    before_the_result_commits: Terminated, Point::KafkaAfterAnswer("EndTxn", Moment::Request);
    after_the_result_commits: Terminated, Point::KafkaAfterAnswer("EndTxn", Moment::Answer);
    before_the_account_is_created: Hired, Point::Target("POST ", "", Moment::Request);
    after_the_account_is_created: Hired, Point::Target("POST ", "", Moment::Answer);
    after_the_group_is_joined: Hired, Point::Target("PATCH ", "members", Moment::Answer);
    between_the_two_groups_of_a_quarantine: Quarantined,
        Point::Target("PATCH ", "members", Moment::Answer);
    after_a_leaver_is_let_in_again: LetInAgain, Point::Target("PATCH ", "active", Moment::Answer);
    after_a_leaver_is_in_vpn_again: LetInAgain, Point::Target("PATCH ", "members", Moment::Answer);
}
