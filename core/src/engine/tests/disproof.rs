//! Accounts that only a name has led to, and what is learned of the person later.

use super::bench::Bench;
use super::peer::{Instead, Peer};
use super::words::is_write;
use crate::engine::settings::Quota;
use crate::model::event::Event;
use crate::model::ids::ScimId;
use crate::model::{
    Alias, AliasKind, AttributeName, Call, Operation, Outcome, Reply, Request, Value,
};
use jiff::SignedDuration;
use serde_json::json;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Whom HR calls kim@example.com, with this number.
fn said(bench: &Bench, kind: &str, number: &str) -> Event {
    let mut event = bench.event_about("kim@example.com", kind, json!({}));
    event.aliases.push(Alias::parse(AliasKind::EmployeeNumber, number).unwrap());
    event
}

/// The account that goes by Kim's name, with this number, is quarantined for a sensor's sake.
fn quarantined(number: &str) -> (Bench, Peer) {
    let mut peer = Peer::with_kim();
    let number = (AttributeName::EMPLOYEE_NUMBER, Value::Text(number.to_owned()));
    peer.kim().attributes.extend([number]);
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.event("risk.raised", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(peer.is_in("Quarantine", "kim@example.com"), "nothing speaks against it yet");
    (bench, peer)
}

/// A sensor knows a name alone, and what is found by it is taken for theirs; then HR says who they are.
#[test]
fn what_hr_says_later_lets_go_of_an_account_that_a_name_alone_had_led_to() {
    for kind in ["worker.terminated", "worker.hired", "worker.updated"] {
        let (mut bench, mut peer) = quarantined("2002");
        let event = said(&bench, kind, "1001");
        bench.tell(event);
        bench.play(&mut peer, MINUTE * 60, |call, _| {
            assert!(!is_write(call), "{kind}: {call:?}");
            None
        });
        assert!(peer.kim().active.unwrap(), "{kind}");
        assert_eq!(bench.unverified().first(), Some(&"account.disproved"), "{kind}");
    }
}

/// A cut waits for no reading, but for the answer to what is in flight for an account to be let go of.
#[test]
fn a_call_in_flight_for_an_account_that_is_let_go_of_binds_it_to_nobody() {
    let (mut bench, mut peer) = quarantined("2002");
    bench.event("risk.cleared", json!({}));
    bench.commit_all();
    assert!(!bench.calls.is_empty());
    let event = said(&bench, "worker.terminated", "1001");
    bench.tell(event);
    bench.play(&mut peer, MINUTE * 60, |call, _| {
        let is_change = matches!(call.request, Request::Write(Operation::Change { .. }));
        assert!(!is_change, "{call:?}");
        None
    });
    assert!(peer.kim().active.unwrap());
    assert!(bench.unverified().contains(&"account.disproved"), "{:?}", bench.unverified());
}

#[test]
fn what_hr_says_later_proves_an_account_that_has_the_number() {
    let (mut bench, mut peer) = quarantined("001001");
    let event = said(&bench, "worker.terminated", "1001");
    bench.tell(event);
    bench.play_honestly(&mut peer, MINUTE);
    assert!(!peer.kim().active.unwrap());
    assert!(bench.last_result().verified);
    assert_eq!(bench.unverified(), Vec::<&str>::new());
}

/// The number that an account got since is no reason to doubt whose it is.
#[test]
fn an_account_that_was_proved_once_may_get_another_number() {
    let (mut bench, mut peer) = quarantined("1001");
    let event = said(&bench, "worker.hired", "1001");
    bench.tell(event);
    bench.play_honestly(&mut peer, MINUTE);
    let number = (AttributeName::EMPLOYEE_NUMBER, Value::Text("5005".to_owned()));
    peer.kim().attributes.extend([number]);
    let event = said(&bench, "worker.terminated", "1001");
    bench.tell(event);
    bench.play_honestly(&mut peer, MINUTE);
    assert!(!peer.kim().active.unwrap());
}

/// An address led to it; who has that address goes by another user name.
#[test]
fn who_is_cut_is_looked_up_anew_if_their_user_name_was_learned_since() {
    let mut peer = Peer::with_kim();
    let other = peer.has("ada@example.com");
    peer.accounts.remove(&ScimId::new("a-kim@example.com"));
    let by_address = |call: &Call, peer: &mut Peer| -> Instead {
        let Request::FindAccounts { attribute, value } = &call.request else { return None };
        let is_it = *attribute == AttributeName::WORK_EMAIL && value == "kim@example.com";
        let found = peer.accounts.values().filter(|_| is_it);
        Some((Outcome::Done(Reply::Accounts(found.cloned().collect())), Some(200)))
    };
    let address = Alias::parse(AliasKind::Email, "kim@example.com").unwrap();
    let mut bench = Bench::looking_up_addresses();
    let mut risk = bench.event_about("kim@example.com", "risk.raised", json!({}));
    risk.aliases = vec![address.clone()];
    bench.tell(risk);
    bench.play(&mut peer, MINUTE, by_address);
    assert!(peer.members("Quarantine").contains(&other), "nothing speaks against it yet");
    let mut event = bench.event_about("kim.lee@example.com", "worker.terminated", json!({}));
    event.aliases.push(address);
    bench.tell(event);
    bench.play(&mut peer, MINUTE * 60, by_address);
    assert!(peer.accounts[&other].active.unwrap(), "ada's account");
    assert!(bench.unverified().contains(&"account.disproved"), "somebody sees it");
}

/// A name that is somebody else's, too, leads to nobody; the number is theirs alone.
#[test]
fn who_is_quarantined_and_has_a_contested_name_is_found_by_the_number() {
    let mut peer = Peer::with_kim();
    let by_number = |call: &Call, peer: &mut Peer| -> Instead {
        let Request::FindAccounts { attribute, value } = &call.request else { return None };
        let is_it = *attribute == AttributeName::EMPLOYEE_NUMBER && value == "1001";
        let found = is_it.then(|| peer.kim().clone()).into_iter();
        Some((Outcome::Done(Reply::Accounts(found.collect())), Some(200)))
    };
    let number = (AttributeName::EMPLOYEE_NUMBER, Value::Text("1001".to_owned()));
    peer.kim().attributes.extend([number]);
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    for number in ["1001", "2002"] {
        let event = said(&bench, "worker.hired", number);
        bench.tell(event);
    }
    let mut risk = bench.event_about("kim@example.com", "risk.raised", json!({}));
    risk.aliases = vec![Alias::parse(AliasKind::EmployeeNumber, "1001").unwrap()];
    bench.tell(risk);
    bench.play(&mut peer, MINUTE, by_number);
    assert!(peer.is_in("Quarantine", "kim@example.com"));
    assert!(!peer.is_in("VPN", "kim@example.com"));
}

/// Somebody else's name is mistyped, or given anew: that takes nothing from whom a number proves.
#[test]
fn who_has_an_account_by_number_gets_out_of_quarantine_though_the_name_is_contested() {
    let mut peer = Peer::with_kim();
    let number = (AttributeName::EMPLOYEE_NUMBER, Value::Text("7".to_owned()));
    peer.kim().attributes.extend([number]);
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    for (kind, number) in [
        ("worker.updated", "7"),
        ("risk.raised", "7"),
        ("worker.updated", "8"),
        ("risk.cleared", "7"),
    ] {
        let event = said(&bench, kind, number);
        bench.tell(event);
        bench.play_honestly(&mut peer, MINUTE);
    }
    assert!(!peer.is_in("Quarantine", "kim@example.com"), "{:?}", bench.results());
    assert!(peer.is_in("VPN", "kim@example.com"));
}

/// The account need not be known before: the number finds it, whoever has the name, too.
#[test]
fn who_shares_a_name_is_found_by_the_number_and_given_what_is_theirs() {
    let mut peer = Peer::with_kim();
    let number = (AttributeName::EMPLOYEE_NUMBER, Value::Text("7".to_owned()));
    peer.kim().attributes.extend([number]);
    peer.kim().active = Some(false);
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    for (kind, number) in [("worker.updated", "8"), ("worker.hired", "7")] {
        let event = said(&bench, kind, number);
        bench.tell(event);
    }
    bench.play(&mut peer, MINUTE, |call, peer| {
        let Request::FindAccounts { attribute, value } = &call.request else { return None };
        let is_it = *attribute == AttributeName::EMPLOYEE_NUMBER && value == "7";
        let found = is_it.then(|| peer.kim().clone()).into_iter().collect();
        Some((Outcome::Done(Reply::Accounts(found)), Some(200)))
    });
    let state = bench.state.values().map(|it| String::from_utf8_lossy(it).into_owned());
    let bound = state.filter(|it| it.contains(r#""binding":{"bound":"a-kim@example.com"}"#));
    assert_eq!(bound.count(), 1, "{:?}", bench.results());
}
