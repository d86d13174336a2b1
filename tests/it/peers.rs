//! The peers themselves: what the other tests take for granted about them.

use crate::support::World;
use crate::support::events::{Event, Person};
use crate::support::servers::Peer;
use crate::support::world::Plan;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kafka_and_scim2_server_give_back_what_they_were_given() {
    give_and_take(Peer::Scim2Server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kafka_and_scimmy_give_back_what_they_were_given() {
    give_and_take(Peer::Scimmy).await;
}

async fn give_and_take(peer: Peer) {
    let acme = Plan::plain("acme", "enforce");
    let Some(world) = World::at(peer, "peers", vec![acme]).await else { return };
    let acme = world.acme();
    let kim = Person::named("kim");
    let place = world.send(acme, &Event::hired(&kim)).await;
    assert_eq!(place.offset, 0);

    let id = acme.directory.create_user(&kim.user_name).await;
    acme.directory.join("VPN_Allowed", &id).await;
    let user = acme.directory.user(&kim.user_name).await.expect("it was created");
    assert_eq!(user.active, Some(true));
    assert!(acme.directory.is_member(&kim.user_name, "VPN_Allowed").await);
    assert!(!acme.directory.is_member(&kim.user_name, "Quarantine_HighRisk").await);
}
