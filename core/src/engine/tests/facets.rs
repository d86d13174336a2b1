//! One part that is refused keeps back no other.

use super::bench::Bench;
use super::peer::{Peer, fails, refused, sets, why, with_kim};
use crate::engine::settings::Quota;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::operation::Operation;
use crate::model::{
    AttributeName, AuditEntry, Call, Landed, NoteWord, Request, ResultWord, Value, Verdict,
};
use jiff::SignedDuration;
use serde_json::json;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[test]
fn an_attribute_that_is_refused_is_found_named_and_left_out_and_all_else_is_done() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    let refuses_badge = |call: &Call, _: &mut Peer| {
        let is_refused = sets(call).contains(&"custom.badge".to_owned());
        if is_refused { Some(refused()) } else { None }
    };
    let worker = json!({ "user_name": "kim.d@example.com", "badge": "b1" });
    let data = json!({ "worker": worker, "profile": { "title": "Lead" } });
    bench.event("worker.updated", data.clone());
    bench.play(&mut peer, SignedDuration::from_secs(5), refuses_badge);
    assert_eq!(why(&bench), ("attribute.refused".to_owned(), Some("custom.badge".to_owned())));
    let title = AttributeName::parse("title").unwrap();
    assert_eq!(peer.kim().attributes.get(&title), Some(&Value::Text("Lead".to_owned())));
    let name = peer.kim().attributes.get(&AttributeName::USER_NAME).cloned();
    assert_eq!(name, Some(Value::Text("kim.d@example.com".to_owned())));

    // Another event does not ask for the same value again; another value is asked for.
    let mut asked = 0;
    for badge in ["b1", "b2"] {
        let worker = json!({ "user_name": "kim.d@example.com", "badge": badge });
        bench.event("worker.updated", json!({ "worker": worker, "profile": { "title": badge } }));
        bench.play(&mut peer, SignedDuration::from_secs(5), |call, peer| {
            asked += u32::from(badge == "b1" && sets(call).contains(&"custom.badge".to_owned()));
            if badge == "b1" { refuses_badge(call, peer) } else { None }
        });
        assert_eq!(asked, 0, "refused a moment ago");
    }
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn a_hire_has_an_account_on_day_one_though_an_attribute_is_refused() {
    let mut peer = Peer::with_kim();
    peer.accounts.clear();
    peer.members("VPN").clear();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    let worker = json!({ "user_name": "kim@example.com", "badge": "b1" });
    bench.event("worker.hired", json!({ "worker": worker, "profile": { "title": "Lead" } }));
    bench.play(&mut peer, SignedDuration::from_secs(5), |call, _| {
        let is_refused = sets(call).contains(&"custom.badge".to_owned());
        if is_refused { Some(refused()) } else { None }
    });
    let made: Vec<_> = peer.accounts.values().collect();
    assert_eq!(made.len(), 1);
    let title = AttributeName::parse("title").unwrap();
    assert!(made[0].attributes.contains_key(&title), "{made:?}");
    assert_eq!(peer.members("VPN").len(), 1);
    assert_eq!(why(&bench), ("attribute.refused".to_owned(), Some("custom.badge".to_owned())));
}

#[test]
fn a_method_that_is_refused_is_tried_with_no_less_and_no_attribute_is_blamed() {
    for status in [405, 501] {
        let mut peer = Peer::with_kim();
        let mut bench = with_kim(&mut peer);
        let profile = json!({ "title": "Lead", "manager": "7" });
        bench.event("worker.updated", json!({ "profile": profile, "badge": "b1" }));
        bench.event("worker.terminated", json!({}));
        let mut changes = 0;
        bench.play(&mut peer, SignedDuration::from_secs(20), |call, _| {
            let is_change = matches!(call.request, Request::Write(Operation::Change { .. }));
            changes += u32::from(is_change);
            is_change.then(|| fails(Verdict::Stuck, Landed::No, Some(status)))
        });
        assert_eq!(why(&bench), ("target.refuses".to_owned(), None), "{status}");
        assert!(changes <= 3, "{status}: {changes} changes");
        assert!(!peer.is_in("VPN", "kim@example.com"), "what can be done is done");
    }
}

#[test]
fn a_refused_rename_does_not_keep_a_rehire_out() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    assert_eq!(peer.kim().active, Some(false));
    let worker = json!({ "user_name": "kim.taken@example.com" });
    bench.event("worker.updated", json!({ "worker": worker, "profile": { "title": "Lead" } }));
    bench.event("worker.termination.cancelled", json!({}));
    bench.play(&mut peer, SignedDuration::from_secs(10), |call, _| {
        if sets(call).contains(&"userName".to_owned()) { Some(refused()) } else { None }
    });
    assert_eq!(peer.kim().active, Some(true));
    assert!(peer.is_in("VPN", "kim@example.com"));
    let title = AttributeName::parse("title").unwrap();
    assert!(peer.kim().attributes.contains_key(&title));
    assert_eq!(why(&bench), ("attribute.refused".to_owned(), Some("userName".to_owned())));
}

#[test]
fn a_name_that_is_another_s_keeps_back_no_title_though_the_provider_only_says_409() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    let worker = json!({ "user_name": "taken@example.com" });
    bench.event("worker.updated", json!({ "worker": worker, "profile": { "title": "Lead" } }));
    let mut tried = 0;
    bench.play(&mut peer, MINUTE * 10, |call, _| {
        let renames = sets(call).contains(&"userName".to_owned());
        tried += u32::from(renames);
        let conflict = fails(Verdict::Again, Landed::No, Some(409));
        renames.then_some(conflict)
    });
    let title = AttributeName::parse("title").unwrap();
    assert!(peer.kim().attributes.contains_key(&title));
    assert!(tried <= 14, "{tried} times");
    assert_eq!(why(&bench), ("attribute.refused".to_owned(), Some("userName".to_owned())));
}

#[test]
fn who_is_held_is_asked_for_a_refused_attribute_again_when_its_day_is_over() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    let hours = SignedDuration::from_hours;
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    bench.wait(hours(719));
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    let refuses_badge = |call: &Call| sets(call).contains(&"custom.badge".to_owned());
    let worker = json!({ "user_name": "kim@example.com", "badge": "b1" });
    bench.event("worker.updated", json!({ "worker": worker }));
    bench
        .play(&mut peer, SignedDuration::from_secs(5), |call, _| refuses_badge(call).then(refused));
    assert_eq!(why(&bench).0, "attribute.refused");
    // The account is due for deletion, which is held.
    bench.wait(hours(2));
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    bench.wait(hours(24));
    let mut asked = 0;
    bench.play(&mut peer, SignedDuration::from_secs(5), |call, _| {
        asked += u32::from(refuses_badge(call));
        None
    });
    assert!(asked >= 1, "a day is over");
}

/// The rows of whoever is held.
fn held(bench: &Bench) -> Vec<&Why> {
    let notes = bench.audit.iter().filter_map(|entry| match entry {
        AuditEntry::Note(note) if note.word == NoteWord::Held => Some(&note.why),
        AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    });
    notes.collect()
}

#[test]
fn the_row_of_whoever_is_held_names_an_attribute_that_was_refused() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({ "effective_at": "2026-07-01T00:00:00Z" }));
    let worker = json!({ "user_name": "kim@example.com", "badge": "b1" });
    bench.event("worker.updated", json!({ "worker": worker }));
    bench.play(&mut peer, SignedDuration::from_secs(10), |call, _| {
        let is_refused = sets(call).contains(&"custom.badge".to_owned());
        is_refused.then(refused)
    });
    let row = held(&bench).pop().unwrap();
    assert_eq!(row.code, Code::Deletion);
    assert!(row.text.contains("custom.badge"), "{}", row.text);
}

#[test]
fn a_refused_attribute_keeps_nobody_from_being_asked_whether_access_is_given_back() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    bench.commit_all();
    // As if the cut had gone before anybody had seen the account.
    let key = bench.person_key();
    let seen = String::from_utf8(bench.state[&key].clone()).unwrap();
    let unseen = seen.replace(r#""active":{"was":true}"#, r#""active":"unknown""#);
    assert_ne!(unseen, seen);
    bench.state.insert(key, unseen.into_bytes());
    let mut next = bench.next_owner();
    next.play_honestly(&mut peer, SignedDuration::from_secs(5));
    next.event("worker.termination.cancelled", json!({}));
    let worker = json!({ "user_name": "kim@example.com", "badge": "b1" });
    next.event("worker.updated", json!({ "worker": worker }));
    next.play(&mut peer, SignedDuration::from_secs(10), |call, _| {
        let is_refused = sets(call).contains(&"custom.badge".to_owned());
        is_refused.then(refused)
    });
    let row = held(&next).pop().unwrap();
    assert_eq!((row.code.as_str(), row.field.as_deref()), ("baseline.unknown", Some("active")));
    assert!(row.text.contains("custom.badge"), "{}", row.text);
}
