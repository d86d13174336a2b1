//! A high risk takes somebody out of VPN, and its clearing lets them back.

use crate::support::events::{Event, Person};
use crate::support::settings::{QUARANTINE, VPN};
use crate::support::world::{REST, Tenant};
use crate::support::{World, eventually};

/// Waits until Kim is in the groups as said.
async fn await_groups(acme: &Tenant, kim: &Person, vpn: bool, quarantine: bool) {
    let what = format!("Kim in VPN: {vpn}, in quarantine: {quarantine}");
    eventually(&what, REST, async || {
        let name = &kim.user_name;
        let is_in_vpn = acme.directory.is_member(name, VPN).await;
        let is_in_quarantine = acme.directory.is_member(name, QUARANTINE).await;
        (is_in_vpn == vpn && is_in_quarantine == quarantine).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn high_risk_quarantines_and_its_clearing_brings_vpn_back() {
    let Some(world) = World::set_up("quarantine").await else { return };
    let _usher = world.started("a").await;
    let acme = world.acme();
    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    await_groups(acme, &kim, true, false).await;

    world.send(acme, &Event::risk_raised(&kim, "high", "incident-1")).await;
    await_groups(acme, &kim, false, true).await;
    assert_eq!(acme.directory.user(&kim.user_name).await.unwrap().active, Some(true));

    world.send(acme, &Event::risk_cleared(&kim, "incident-1")).await;
    await_groups(acme, &kim, true, false).await;
    world.at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vpn_comes_back_only_after_the_last_of_two_quarantines() {
    let Some(world) = World::set_up("overlap").await else { return };
    let _usher = world.started("a").await;
    let acme = world.acme();
    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    for incident in ["incident-1", "incident-2"] {
        world.send(acme, &Event::risk_raised(&kim, "critical", incident)).await;
    }
    await_groups(acme, &kim, false, true).await;

    world.send(acme, &Event::risk_cleared(&kim, "incident-1")).await;
    world.at_rest().await;
    await_groups(acme, &kim, false, true).await;

    world.send(acme, &Event::risk_cleared(&kim, "incident-2")).await;
    await_groups(acme, &kim, true, false).await;
    world.at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cleared_risk_does_not_let_a_leaver_in() {
    let Some(world) = World::set_up("leaver").await else { return };
    let _usher = world.started("a").await;
    let acme = world.acme();
    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    world.send(acme, &Event::risk_raised(&kim, "high", "incident-1")).await;
    await_groups(acme, &kim, false, true).await;
    world.send(acme, &Event::terminated(&kim)).await;
    world.send(acme, &Event::risk_cleared(&kim, "incident-1")).await;
    await_groups(acme, &kim, false, false).await;
    world.at_rest().await;
    assert_eq!(acme.directory.user(&kim.user_name).await.unwrap().active, Some(false));
    assert!(!acme.directory.is_member(&kim.user_name, VPN).await);
}
