//! What waits, and what was said of it, outlasts what kept it first.

use super::bench::Bench;
use super::identity::{NAME, NUMBER};
use super::limiting::{Provider, name, terminate, terminated, two_cuts_an_hour};
use super::obeying::{HOUR, holds, order, three_of_whom_one_is_held};
use super::peer::Peer;
use super::who_is_who::{KIM, MINUTE, codes, hr};
use crate::command::instruction::Scope;
use crate::command::tests::court::ANN;
use crate::engine::brakes::halt::PauseOrder;
use crate::engine::brakes::limits::Limits;
use crate::engine::brakes::removals::RemovalStop;
use crate::engine::orders::Orders;
use crate::engine::settings::Mode;
use crate::model::commit::CommitId;
use crate::model::ids::{GroupName, TargetName, TenantName};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// A reject keeps a call whatever brake kept it first.
#[test]
fn what_was_rejected_under_a_pause_does_not_go_when_it_ends() {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    order(&mut bench, ANN, "pause", &json!({ "scope": "tenant" }));
    terminated(&mut bench, &mut provider, 1);
    let digests: Vec<_> = holds(&bench).iter().map(|(_, hold)| hold.digest.clone()).collect();
    order(&mut bench, ANN, "reject", &json!({ "holds": digests }));
    order(&mut bench, ANN, "resume", &json!({ "scope": "tenant" }));
    provider.serve(&mut bench);
    assert!(provider.written.is_empty(), "{:?}", provider.written);
    assert!(!holds(&bench).is_empty());
}

/// Whoever makes a target observed to be safe loses no row by it.
#[test]
fn a_row_outlasts_a_time_in_which_the_target_is_only_observed() {
    let (bench, mut provider) = three_of_whom_one_is_held();
    let before = holds(&bench);
    let mut observed = Bench::own(Mode::Observe, bench.state, bench.now);
    provider.serve(&mut observed);
    assert_eq!(holds(&observed).len(), before.len());
    let later = observed.now + HOUR * 3;
    let mut bench = Bench::limited_again(&two_cuts_an_hour(), observed.state, later);
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), holds(&bench).len()), (2, 1));
}

/// What a source says of attributes is what it demands, too.
#[test]
fn a_paused_source_changes_no_attribute() {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    order(&mut bench, ANN, "pause", &json!({ "scope": { "source": "src" } }));
    let worker = json!({ "worker": { "user_name": name(0) }, "profile": { "title": "Lead" } });
    bench.event_of(&name(0), "worker.updated", worker);
    provider.serve(&mut bench);
    assert!(provider.written.is_empty(), "{:?}", provider.written);
    assert!(!holds(&bench).is_empty());
}

/// What a paused source has taken back nobody demands, and it takes access all the same.
#[test]
fn a_paused_source_takes_nobody_out_of_a_group_by_taking_its_word_back() {
    for (paused, taken) in [("src", false), ("other", true)] {
        let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
        let worker = || json!({ "worker": { "user_name": name(0) } });
        bench.event_of(&name(0), "worker.transferred", worker());
        provider.serve(&mut bench);
        assert_eq!(provider.vpn.len(), 1);
        order(&mut bench, ANN, "pause", &json!({ "scope": { "source": paused } }));
        bench.event_of(&name(0), "worker.hire.cancelled", worker());
        provider.serve(&mut bench);
        assert_eq!(provider.vpn.is_empty(), taken, "{paused} is paused");
        assert_eq!(codes(&bench).contains(&"pause.ordered".to_owned()), !taken, "{paused}");
        order(&mut bench, ANN, "resume", &json!({ "scope": { "source": paused } }));
        provider.serve(&mut bench);
        assert!(provider.vpn.is_empty(), "{paused} is not paused any more");
    }
}

/// Nothing leaves on an order that nobody could show afterwards.
#[test]
fn what_was_paused_goes_on_once_the_order_is_committed() {
    let (tenant, target) = (TenantName::new("acme"), TargetName::new("main"));
    let mut orders = Orders::default();
    orders.pause(PauseOrder {
        tenant: None,
        scope: Scope::Everything,
        since: Timestamp::UNIX_EPOCH,
        by: "ann".to_owned(),
        reason: "seen and judged".to_owned(),
        command: "0193a5f0-7c1e-7a3b-8f00-000000000001".to_owned().try_into().unwrap(),
    });
    orders.stop_removals(RemovalStop {
        tenant: tenant.clone(),
        target: target.clone(),
        group: GroupName::new("VPN"),
        missing: 9,
        since: Timestamp::UNIX_EPOCH,
    });
    assert!(orders.resume(None, &Scope::Everything, CommitId(2)));
    assert!(orders.release_removals(&tenant, &target, CommitId(2)));
    assert!(orders.pauses().is_empty() && orders.stops().is_empty(), "so it is written");
    assert!(!orders.is_in(CommitId(1)));
    let halt = orders.halt(&tenant, &target);
    assert!(halt.is_paused() && halt.removals.is_some());
    assert!(orders.is_in(CommitId(2)));
    assert!(orders.halt(&tenant, &target).is_empty());
}

/// The window counts what leaves within it, however long ago it was written ahead.
#[test]
fn what_waited_out_an_outage_is_counted_when_it_leaves() {
    let limits = two_cuts_an_hour();
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    provider.is_down = true;
    for hour in 0..3 {
        terminate(&mut bench, hour * 2);
        terminate(&mut bench, hour * 2 + 1);
        for _ in 0..130 {
            bench.commit_all();
            while provider.answer_one(&mut bench) {}
            bench.wait(SignedDuration::from_secs(30));
        }
    }
    provider.is_down = false;
    provider.serve(&mut bench);
    assert!(provider.cut() <= 2, "{} within a few minutes", provider.cut());
    assert!(holds(&bench).len() >= 4);
}

/// Two have one name, so nobody knows whose account it is: no look sees all that waits.
#[test]
fn a_pause_that_is_over_keeps_nobody_whose_account_is_not_known() {
    let mut peer = Peer::with_kim();
    peer.accounts.clear();
    let mut bench = Bench::limited(&Limits::default());
    bench.play_honestly(&mut peer, MINUTE);
    order(&mut bench, ANN, "pause", &json!({ "scope": "tenant" }));
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, KIM)]);
    assert_eq!(codes(&bench), ["pause.ordered"]);
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "2"), (NAME, KIM)]);
    hr(&mut bench, &mut peer, "worker.leave.started", &[(NUMBER, "1"), (NAME, KIM)]);
    assert!(codes(&bench).contains(&"pause.ordered".to_owned()), "{:?}", codes(&bench));
    order(&mut bench, ANN, "resume", &json!({ "scope": "tenant" }));
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(codes(&bench), ["identity.contested"; 2]);
}
