//! Operators say whose an account is: it is read before anything is done to it, or never taken again.

use super::bench::Bench;
use super::identity::{NAME, NUMBER, named};
use super::obeying::{became, order};
use super::peer::Peer;
use super::who_is_who::{
    KIM, MINUTE, account, codes, groups_alone, hr, id, next_owner, say, seat, two_of_one_name, why,
};
use super::words::is_write;
use crate::command::tests::court::ANN;
use crate::engine::brakes::limits::Limits;
use crate::model::ordered::Became;
use crate::model::{Call, Operation, Request, ResultWord, ScimId};
use jiff::SignedDuration;
use serde_json::json;

#[test]
fn an_account_that_is_bound_is_read_before_anything_is_done_to_it() {
    let mut peer = groups_alone();
    let mut bench = two_of_one_name(&mut peer);
    for name in ["first@example.com", "second@example.com"] {
        peer.has(name);
    }
    hr(&mut bench, &mut peer, "worker.terminated", &[(NUMBER, "1")]);
    let args = json!({
        "person": id(&bench, "1"), "target": "main", "account": "a-first@example.com",
    });
    let told = order(&mut bench, ANN, "bind", &args);
    assert_eq!(became(&told), [Became::Bound]);
    let mut seen = Vec::new();
    bench.play(&mut peer, MINUTE, |call, _| {
        let about = call.person.is_some();
        seen.extend(about.then(|| is_write(call)));
        None
    });
    assert!(!seen[0] && seen.contains(&true), "read first: {seen:?}");
    assert!(!peer.accounts[&ScimId::new("a-first@example.com")].active.unwrap());
    assert!(peer.accounts[&ScimId::new("a-second@example.com")].active.unwrap());
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    // It is kept, and nobody doubts it for a name.
    let mut bench = next_owner(bench);
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(account(&bench, "1").as_deref(), Some("a-first@example.com"));
}

#[test]
fn who_is_contested_is_served_once_their_account_is_bound() {
    let mut peer = groups_alone();
    let mut bench = two_of_one_name(&mut peer);
    peer.has("second@example.com");
    peer.members("VPN").clear();
    let waits = codes(&bench);
    assert_eq!(waits, ["identity.contested"]);
    let two = json!({
        "person": id(&bench, "2"), "target": "main", "account": "a-second@example.com",
    });
    let told = say(&mut bench, &mut peer, "bind", &two);
    assert_eq!(became(&told), [Became::Bound]);
    assert!(peer.is_in("VPN", "second@example.com"));
    assert!(codes(&bench).is_empty(), "{:?}", codes(&bench));
}

#[test]
fn an_account_of_another_is_not_bound_and_the_row_says_whose_it_is() {
    let mut peer = groups_alone();
    let mut bench = two_of_one_name(&mut peer);
    let args = json!({ "person": id(&bench, "2"), "target": "main", "account": "made-1" });
    let told = say(&mut bench, &mut peer, "bind", &args);
    assert_eq!(became(&told), [Became::Nothing]);
    assert!(why(&told).contains(id(&bench, "1").as_str()), "{}", why(&told));
    let nowhere = json!({ "person": id(&bench, "2"), "target": "other", "account": "x" });
    assert_eq!(became(&say(&mut bench, &mut peer, "bind", &nowhere)), [Became::Nothing]);
}

/// Hazard 14: more than one hit is for somebody to look at, and a command says which one it is.
#[test]
fn of_several_accounts_that_match_a_command_says_which_one_is_theirs() {
    let mut peer = groups_alone();
    let mut bench = Bench::limited(&Limits::default());
    for id in ["a-one", "a-two"] {
        peer.accounts.insert(ScimId::new(id), Bench::account(id, KIM));
    }
    hr(&mut bench, &mut peer, "worker.terminated", &[(NUMBER, "1"), (NAME, KIM)]);
    let failed = bench.last_result();
    assert_eq!(failed.why.as_ref().unwrap().code.as_str(), "lookup.ambiguous");
    let args = json!({ "person": id(&bench, "1"), "target": "main", "account": "a-two" });
    say(&mut bench, &mut peer, "bind", &args);
    assert!(!peer.accounts[&ScimId::new("a-two")].active.unwrap());
    assert!(peer.accounts[&ScimId::new("a-one")].active.unwrap());
}

/// Hazard 12: two accounts of one who was known as two.
#[test]
fn who_has_several_accounts_is_settled_by_the_one_that_is_bound() {
    let mut peer = groups_alone();
    let mut bench = Bench::limited(&Limits::default());
    peer.has("kim-1@example.com");
    peer.has(KIM);
    let event = bench.event_about("kim-1@example.com", "risk.raised", json!({}));
    bench.tell(event);
    bench.play_honestly(&mut peer, MINUTE);
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, KIM)]);
    let names = [(NUMBER, "1"), (NAME, KIM), (NAME, "kim-1@example.com")];
    hr(&mut bench, &mut peer, "worker.updated", &names);
    let several = bench.last_result().why.clone();
    assert_eq!(several.unwrap().code.as_str(), "account.several");
    let args =
        json!({ "person": id(&bench, "1"), "target": "main", "account": "a-kim@example.com" });
    let told = say(&mut bench, &mut peer, "bind", &args);
    assert_eq!(became(&told), [Became::Bound]);
    assert!(why(&told).contains("a-kim-1@example.com"), "{}", why(&told));
    bench.wait(SignedDuration::from_mins(10));
    bench.play_honestly(&mut peer, MINUTE * 10);
    assert!(seat(&bench, "1").strays.is_empty());
    assert!(bench.last_result().why.is_none(), "{:?}", bench.last_result());
}

#[test]
fn an_id_that_no_account_has_is_told_and_not_guessed_around() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::limited(&Limits::default());
    let event = [(NUMBER, "1"), (NAME, "lee@example.com")];
    hr(&mut bench, &mut peer, "worker.terminated", &event);
    let args = json!({ "person": id(&bench, "1"), "target": "main", "account": "a-nobody" });
    say(&mut bench, &mut peer, "bind", &args);
    let why = bench.last_result().why.clone().unwrap();
    assert_eq!(why.code.as_str(), "account.not_there");
    assert!(peer.kim().active.unwrap());
    assert!(seat(&bench, "1").ruling.is_empty());
}

#[test]
fn an_account_that_is_unbound_is_never_bound_again_unless_a_command_says_so() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::limited(&Limits::default());
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, KIM)]);
    assert_eq!(account(&bench, "1").as_deref(), Some("a-kim@example.com"));
    let who = json!({ "person": id(&bench, "1"), "target": "main" });
    let told = say(&mut bench, &mut peer, "unbind", &who);
    assert_eq!(became(&told), [Became::Unbound]);
    assert!(why(&told).contains("a-kim@example.com"));
    let no_write = |call: &Call| assert!(!is_write(call), "{call:?}");
    hr(&mut bench, &mut peer, "worker.terminated", &[(NUMBER, "1")]);
    let mut bench = next_owner(bench);
    for _ in 0..30 {
        bench.wait(SignedDuration::from_hours(1));
        bench.play(&mut peer, SignedDuration::from_secs(5), |call, _| {
            no_write(call);
            None
        });
    }
    assert_eq!(account(&bench, "1"), None);
    assert!(peer.kim().active.unwrap(), "it is not theirs");
    let last = bench.last_result().why.clone().unwrap();
    assert_eq!(last.code.as_str(), "account.unproved", "and somebody sees it");
    let args =
        json!({ "person": id(&bench, "1"), "target": "main", "account": "a-kim@example.com" });
    say(&mut bench, &mut peer, "bind", &args);
    assert!(!peer.kim().active.unwrap());
}

#[test]
fn where_no_account_is_bound_nothing_is_unbound() {
    let mut peer = groups_alone();
    let mut bench = Bench::limited(&Limits::default());
    hr(&mut bench, &mut peer, "worker.terminated", &[(NUMBER, "1"), (NAME, KIM)]);
    let who = json!({ "person": id(&bench, "1"), "target": "main" });
    assert_eq!(became(&say(&mut bench, &mut peer, "unbind", &who)), [Became::Nothing]);
}

/// It would land at an account that nobody reads any more.
#[test]
fn while_a_call_is_under_way_the_account_is_not_unbound() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::limited(&Limits::default());
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, KIM)]);
    let event = bench.event_about("nobody", "worker.terminated", json!({}));
    bench.tell(named(event, &[(NUMBER, "1")]));
    bench.commit_all();
    let is_cut = |call: &Call| matches!(&call.request, Request::Write(Operation::Change { .. }));
    assert!(bench.calls.iter().any(is_cut), "{:?}", bench.calls);
    let who = json!({ "person": id(&bench, "1"), "target": "main" });
    let told = order(&mut bench, ANN, "unbind", &who);
    assert_eq!(became(&told), [Became::Nothing]);
    bench.play_honestly(&mut peer, MINUTE);
    assert!(!peer.kim().active.unwrap());
    assert_eq!(became(&say(&mut bench, &mut peer, "unbind", &who)), [Became::Unbound]);
}

/// Whoever approved it would let go a call for an account that is not theirs.
#[test]
fn a_row_about_an_account_ends_when_that_is_not_theirs() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::limited(&Limits::default());
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, KIM)]);
    say(&mut bench, &mut peer, "pause", &json!({ "scope": "tenant" }));
    hr(&mut bench, &mut peer, "worker.terminated", &[(NUMBER, "1")]);
    assert!(codes(&bench).contains(&"pause.ordered".to_owned()), "{:?}", codes(&bench));
    let who = json!({ "person": id(&bench, "1"), "target": "main" });
    assert_eq!(became(&say(&mut bench, &mut peer, "unbind", &who)), [Became::Unbound]);
    assert!(codes(&bench).is_empty(), "{:?}", codes(&bench));
    let bind =
        json!({ "person": id(&bench, "1"), "target": "main", "account": "a-kim@example.com" });
    say(&mut bench, &mut peer, "bind", &bind);
    assert!(codes(&bench).contains(&"pause.ordered".to_owned()), "{:?}", codes(&bench));
    say(&mut bench, &mut peer, "resume", &json!({ "scope": "tenant" }));
    assert!(!peer.kim().active.unwrap());
}
