//! All that the target has is read page by page: what was changed behind usher's back is found, and a list
//! is never believed against anybody.

use super::bench::Bench;
use super::obeying::{became, holds, order};
use super::peer::{Instead, Peer, fails};
use super::setting::Like;
use crate::command::Operators;
use crate::command::tests::court::{ANN, group};
use crate::engine::settings::{Mode, Quota};
use crate::inventory::scope::{self, Grant, List, Scope, ScopePage};
use crate::inventory::{Flaw, Inventory, Wanted};
use crate::model::ids::{ScimId, TargetName, TenantName};
use crate::model::ordered::Became;
use crate::model::{
    AttributeName, Call, Landed, Operation, Outcome, Page, Reply, Request, ResultWord, Value,
    Verdict,
};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn like() -> Like {
    let quota = Quota::per_second(20.0);
    Like { quota, inventory_every: Some(HOUR * 6), ..Like::usual(Mode::Enforce) }
}

fn bench() -> Bench {
    Bench::owned_like(like(), BTreeMap::new(), "2026-09-01T08:00:00Z".parse().unwrap())
}

fn kept(bench: &Bench) -> Inventory {
    bench.inventory.inventory(&TenantName::new("acme"), &TargetName::new("main")).unwrap()
}

fn lists(call: &Call) -> bool {
    matches!(
        call.request,
        Request::ListAccounts { .. } | Request::ListGroups { .. } | Request::ReadScope { .. }
    )
}

#[test]
fn all_that_the_target_has_is_read_at_the_start_and_every_six_hours() {
    let mut peer = Peer::with_kim();
    for number in 0..4 {
        peer.has(&format!("user{number}@example.com"));
    }
    let mut bench = bench();
    let mut pages = 0;
    let mut count = |call: &Call, _: &mut Peer| -> Instead {
        pages += usize::from(lists(call));
        None
    };
    bench.play(&mut peer, MINUTE * 10, &mut count);
    let first = kept(&bench);
    assert_eq!((first.accounts.len(), first.groups.len()), (5, 2));
    assert_eq!(first.members[&ScimId::new("g-VPN")].len(), 5);
    bench.play(&mut peer, HOUR * 5, &mut count);
    assert_eq!(kept(&bench).taken.number, 1, "six hours are not over");
    bench.play(&mut peer, HOUR, &mut count);
    assert_eq!(kept(&bench).taken.number, 2);
    assert_eq!(pages, 2 * (3 + 1), "pages of two: three of accounts and one of groups, twice");
}

#[test]
fn the_next_owner_knows_when_the_last_reading_was_and_reads_no_sooner() {
    let mut peer = Peer::with_kim();
    let mut bench = bench();
    bench.play_honestly(&mut peer, MINUTE);
    let mut next = Bench::owned_like(like(), bench.state.clone(), bench.now);
    let listed = |next: &Bench| next.calls.iter().any(lists);
    next.play(&mut peer, HOUR * 5, |call, _| {
        assert!(!lists(call), "read again at the takeover");
        None
    });
    assert!(!listed(&next));
    next.play_honestly(&mut peer, HOUR * 2);
    assert_eq!(kept(&next).taken.number, 2);
}

#[test]
fn what_somebody_else_has_changed_is_found_and_put_right() {
    let mut peer = Peer::with_kim();
    let mut bench = bench();
    bench.hire("kim@example.com");
    bench.play_honestly(&mut peer, MINUTE);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(peer.kim().active, Some(false));
    let told = bench.results().len();
    peer.kim().active = Some(true);
    bench.play_honestly(&mut peer, HOUR * 7);
    assert_eq!(peer.kim().active, Some(false), "a leaver was let in by hand");
    assert_eq!(bench.results().len(), told + 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

/// Kim has left a month ago, and somebody has to release the deletion of the account.
fn waits_to_be_deleted() -> (Bench, Peer) {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    bench.wait(HOUR * 24 * 31);
    bench.play_honestly(&mut peer, MINUTE);
    assert!(matches!(&holds(&bench)[..], [(_, hold)] if hold.why.code.as_str() == "deletion"));
    (bench, peer)
}

#[test]
fn a_leaver_who_waits_to_be_deleted_and_is_let_in_by_hand_is_cut_again() {
    let (mut bench, mut peer) = waits_to_be_deleted();
    peer.kim().active = Some(true);
    bench.play_honestly(&mut peer, HOUR * 7);
    assert_eq!(peer.kim().active, Some(false));
    assert_eq!(holds(&bench).len(), 1, "and waits on");
}

/// Another row must not keep for ever what the target once would not do.
#[test]
fn what_did_not_stick_is_asked_for_again_though_a_deletion_waits() {
    let (mut bench, mut peer) = waits_to_be_deleted();
    peer.kim().active = Some(true);
    bench.play(&mut peer, HOUR * 7, |call, _| {
        let says_yes = matches!(call.request, Request::Write(Operation::Change { .. }));
        says_yes.then_some((Outcome::Done(Reply::Changed), Some(200)))
    });
    assert!(holds(&bench)[0].1.why.text.contains("did not show it"), "{:?}", holds(&bench));
    bench.play_honestly(&mut peer, HOUR * 25);
    assert_eq!(peer.kim().active, Some(false));
    assert_eq!(holds(&bench).len(), 1, "and waits on");
}

/// Nothing but a name says that the account is the leaver's: it is not touched, and somebody is told.
#[test]
fn a_leaver_whose_account_has_another_id_and_is_let_in_by_hand_is_told() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    peer.kim().active = Some(true);
    peer.renew_id("kim@example.com", "another");
    bench.play_honestly(&mut peer, HOUR * 7);
    let told = bench.unverified();
    assert_eq!(told, ["account.unproved"], "{:?}", bench.last_result());
    bench.play_honestly(&mut peer, HOUR * 26);
    assert_eq!(bench.last_result().word, ResultWord::Failed);
}

#[test]
fn a_row_to_delete_what_somebody_else_has_deleted_ends() {
    let (mut bench, mut peer) = waits_to_be_deleted();
    peer.accounts.clear();
    bench.play_honestly(&mut peer, HOUR * 7);
    assert!(holds(&bench).is_empty(), "{:?}", holds(&bench));
}

/// What waits is not as it is wanted, and everybody knows that.
#[test]
fn who_waits_for_a_pause_to_end_is_not_read_with_every_list() {
    let operators = Operators::new(vec![group()]).unwrap();
    let start = "2026-09-01T08:00:00Z".parse().unwrap();
    let mut bench = Bench::owned_like(Like { operators, ..like() }, BTreeMap::new(), start);
    let mut peer = Peer::with_kim();
    order(&mut bench, ANN, "pause", &json!({ "scope": "tenant" }));
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(!holds(&bench).is_empty());
    bench.play(&mut peer, HOUR * 7, |call, _| {
        assert!(!matches!(call.request, Request::ReadAccount { .. }), "{call:?}");
        None
    });
}

#[test]
fn a_list_that_shows_what_is_not_so_changes_nothing_and_tells_nothing() {
    let mut peer = Peer::with_kim();
    let mut bench = bench();
    bench.hire("kim@example.com");
    bench.play_honestly(&mut peer, MINUTE);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    let told = bench.results().len();
    let mut reads = 0;
    bench.play(&mut peer, HOUR * 7, |call, peer| {
        assert!(!matches!(call.request, Request::Write(_)), "{call:?}");
        reads += usize::from(matches!(call.request, Request::ReadAccount { .. }));
        lists(call).then(|| {
            let mut reply = peer.reply(&call.request);
            if let Reply::AccountPage(page) = &mut reply {
                page.items.iter_mut().for_each(|listed| listed.account.active = Some(true));
            }
            (Outcome::Done(reply), Some(200))
        })
    });
    assert!(reads > 0, "the account itself was asked");
    assert_eq!(bench.results().len(), told);
}

#[test]
fn an_account_that_is_not_listed_is_asked_for_before_anything_is_concluded() {
    let mut peer = Peer::with_kim();
    for number in 0..3 {
        peer.has(&format!("user{number}@example.com"));
    }
    let mut bench = bench();
    bench.hire("kim@example.com");
    bench.play_honestly(&mut peer, MINUTE);
    let told = bench.results().len();
    let hidden = ScimId::new("a-kim@example.com");
    let mut reads = 0;
    bench.play(&mut peer, HOUR * 13, |call, peer| {
        assert!(!matches!(call.request, Request::Write(_)), "{call:?}");
        reads += usize::from(
            matches!(&call.request, Request::ReadAccount { account } if *account == hidden),
        );
        let Request::ListAccounts { .. } = &call.request else { return None };
        let mut others = peer.clone();
        others.accounts.remove(&hidden);
        Some((Outcome::Done(others.reply(&call.request)), Some(200)))
    });
    assert!(reads > 0);
    assert_eq!(bench.results().len(), told, "it is there, whatever the list says");
    // And gone in truth: who should have an account has one again.
    peer.accounts.remove(&hidden);
    bench.play_honestly(&mut peer, HOUR * 7);
    let made = peer.accounts.values().any(|account| {
        let name = account.attributes.get(&AttributeName::USER_NAME);
        name.is_some_and(|name| name.to_text() == "kim@example.com")
    });
    assert!(made, "{:?}", peer.accounts.keys());
}

#[test]
fn a_leaver_whose_account_shows_up_later_is_cut_within_the_reading() {
    let mut peer = Peer::with_kim();
    let hidden = peer.accounts.remove(&ScimId::new("a-kim@example.com")).unwrap();
    let mut bench = bench();
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, HOUR * 49);
    assert_eq!(bench.last_result().word, ResultWord::AlreadySo, "no account, after all look-ups");
    peer.accounts.insert(hidden.id.clone(), hidden);
    bench.play_honestly(&mut peer, HOUR * 7);
    assert_eq!(peer.kim().active, Some(false));
}

#[test]
fn who_may_not_list_goes_on_with_all_else_and_the_reason_is_kept() {
    let mut peer = Peer::with_kim();
    let mut bench = bench();
    bench.hire("kim@example.com");
    let forbidden = |call: &Call, _: &mut Peer| -> Instead {
        lists(call).then(|| fails(Verdict::Closed, Landed::No, Some(403)))
    };
    bench.play(&mut peer, MINUTE, forbidden);
    bench.event("worker.terminated", json!({}));
    bench.play(&mut peer, MINUTE, forbidden);
    assert_eq!(peer.kim().active, Some(false), "nobody waits for a list");
    let heads = bench.inventory.heads().unwrap();
    let (_, _, head) = heads.first().unwrap();
    assert_eq!(head.complete, None);
    assert_eq!(head.last.as_ref().unwrap().flaws, [Flaw::Refused].into());
}

#[test]
fn a_target_that_fails_for_a_while_is_read_on_where_it_was() {
    let mut peer = Peer::with_kim();
    for number in 0..6 {
        peer.has(&format!("user{number}@example.com"));
    }
    let mut bench = bench();
    let mut asked = Vec::new();
    bench.play(&mut peer, MINUTE * 5, |call, _| {
        let Request::ListAccounts { received } = call.request else { return None };
        asked.push(received);
        (asked.len() == 2).then(|| fails(Verdict::Retry { after: None }, Landed::No, Some(503)))
    });
    assert_eq!(asked, [0, 2, 2, 4, 6]);
    assert_eq!(kept(&bench).accounts.len(), 7);
}

#[test]
fn a_reading_that_proved_nothing_is_made_once_more_soon_and_then_when_it_is_due() {
    let mut peer = Peer::with_kim();
    let mut bench = bench();
    let mut began = 0;
    let short = |call: &Call, peer: &mut Peer| -> Instead {
        let Request::ListAccounts { received } = call.request else { return None };
        began += u32::from(received == 0);
        let Reply::AccountPage(page) = peer.reply(&call.request) else { return None };
        let page = Page { total: Some(99), ..page };
        Some((Outcome::Done(Reply::AccountPage(page)), Some(200)))
    };
    bench.play(&mut peer, HOUR * 5, short);
    assert_eq!(began, 2, "ten minutes later, and no more before it is due");
}

#[test]
fn percents_are_of_the_inventory_and_the_row_says_of_when() {
    let mut peer = Peer::with_kim();
    for number in 0..119 {
        peer.has(&format!("user{number}@example.com"));
    }
    for number in 0..20 {
        let id = ScimId::new(format!("a-user{number}@example.com"));
        peer.accounts.get_mut(&id).unwrap().active = Some(false);
    }
    let mut bench = bench();
    bench.play_honestly(&mut peer, MINUTE * 2);
    let desks = bench.shard.denominators();
    assert_eq!(desks.len(), 1);
    let text = desks.first().unwrap().to_string();
    assert!(text.starts_with("the inventory of 2026-09-01T08:0"), "{text}");
    assert!(text.ends_with("has 100 active accounts"), "{text}");
}

#[test]
fn an_operator_may_ask_for_a_reading_and_one_is_made_at_a_time() {
    let operators = Operators::new(vec![group()]).unwrap();
    let start = "2026-09-01T08:00:00Z".parse().unwrap();
    let commanded = Like { operators, ..like() };
    let mut bench = Bench::owned_like(commanded, BTreeMap::new(), start);
    let mut peer = Peer::with_kim();
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(kept(&bench).taken.number, 1);
    let told = order(&mut bench, ANN, "refresh", &json!({ "target": "main" }));
    assert_eq!(became(&told), [Became::Refreshed]);
    let again = order(&mut bench, ANN, "refresh", &json!({ "target": "main" }));
    assert_eq!(became(&again), [Became::Nothing], "it is being read");
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(kept(&bench).taken.number, 2);
    let elsewhere = order(&mut bench, ANN, "refresh", &json!({ "target": "nowhere" }));
    assert_eq!(became(&elsewhere), [Became::Nothing]);
}

#[test]
fn an_attribute_that_somebody_else_has_changed_is_found() {
    let mut peer = Peer::with_kim();
    let mut bench = bench();
    bench.event(
        "worker.hired",
        json!({ "worker": { "user_name": "kim@example.com" }, "profile": { "title": "Chemist" } }),
    );
    bench.play_honestly(&mut peer, MINUTE);
    let title = AttributeName::parse("title").unwrap();
    assert_eq!(peer.kim().attributes.get(&title), Some(&Value::Text("Chemist".to_owned())));
    peer.kim().attributes.insert(title.clone(), Value::Text("Boss".to_owned()));
    bench.play_honestly(&mut peer, HOUR * 7);
    assert_eq!(peer.kim().attributes.get(&title), Some(&Value::Text("Chemist".to_owned())));
}

fn reads(scope: Scope) -> Bench {
    let like = Like {
        reads: Wanted { scopes: [scope].into(), ..Wanted::default() },
        operators: Operators::new(vec![group()]).unwrap(),
        ..like()
    };
    Bench::owned_like(like, BTreeMap::new(), "2026-09-01T08:00:00Z".parse().unwrap())
}

fn administrators(names: &[&str]) -> ScopePage {
    let rows: Vec<_> = names.iter().map(|name| json!({ "userName": name })).collect();
    let body = json!({ "totalResults": rows.len(), "Resources": rows });
    scope::read(List::Administrators, &body).unwrap()
}

/// Whoever the console lists among its administrators is not cut without two operators.
#[test]
fn an_administrator_of_the_console_waits_for_two_operators() {
    for (listed, is_held) in [("Kim@example.com", true), ("lee@example.com", false)] {
        let mut peer = Peer::with_kim();
        peer.scopes.insert(List::Administrators, administrators(&[listed]));
        let mut bench = reads(Scope::Administrators);
        bench.play_honestly(&mut peer, MINUTE * 10);
        bench.event("worker.terminated", json!({}));
        bench.play_honestly(&mut peer, MINUTE * 10);
        assert_eq!(peer.kim().active, Some(is_held), "listed: {listed}");
        let held = holds(&bench);
        assert_eq!(!held.is_empty(), is_held, "listed: {listed}");
        let code = |code: &str| held.iter().all(|(_, hold)| hold.why.code.as_str() == code);
        assert!(code("protected.administrator"), "{held:?}");
    }
}

/// What the token is not granted closes nothing, and is told.
#[test]
fn a_scope_that_is_not_granted_spoils_no_reading() {
    let mut peer = Peer::with_kim();
    let mut bench = reads(Scope::Devices);
    bench.play_honestly(&mut peer, MINUTE * 10);
    let taken = kept(&bench).taken;
    assert_eq!(taken.scopes[&Scope::Devices].grant, Grant::NotGranted);
    assert_eq!(taken.accounts.rows, 1);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, MINUTE * 10);
    assert_eq!(peer.kim().active, Some(false));
}
