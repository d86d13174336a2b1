//! Accounts that nobody is known to have: rules act on them by their ids, and on nobody whom HR knows.

use super::bench::Bench;
use super::identity::last_decision;
use super::peer::Peer;
use super::setting::{Like, RULES};
use super::words::{is_find, is_write};
use crate::engine::settings::{Mode, Quota};
use crate::engine::will::wish;
use crate::model::code::Code;
use crate::model::event::{AccountRef, Event};
use crate::model::hold::Effect;
use crate::model::ids::{ScimId, TargetName};
use crate::model::{Alias, AliasKind, AttributeName, ResultWord, Value};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const BO: &str = "bo@example.com";

const OF_ACCOUNTS: &str = r"
  - name: orphaned
    on: [account.orphaned, account.left_active]
    assert:
      claim: orphaned
      precedence: leaver
      want: { active: false }
      then: [{ after: 30d, want: { account: absent } }]
  - name: somebodys-after-all
    on: [account.cleared]
    withdraw: orphaned
";

fn bench() -> Bench {
    let rules = Some(format!("{RULES}{OF_ACCOUNTS}"));
    let quota = Quota::per_second(20.0);
    let like = Like { quota, rules, ..Like::usual(Mode::Enforce) };
    Bench::owned_like(like, BTreeMap::new(), "2026-09-01T08:00:00Z".parse().unwrap())
}

/// The account that goes by `name` is found so.
fn found(bench: &Bench, kind: &str, id: &str, name: &str) -> Event {
    let account = AccountRef { target: TargetName::new("main"), id: ScimId::new(id) };
    let data = json!({ "account": { "target": "main", "id": id } });
    let event = bench.event_about(name, kind, data);
    let own = account.alias().into_iter();
    let aliases = own.chain(event.aliases.iter().cloned()).collect();
    Event { source: "urn:usher:reconcile".to_owned(), aliases, ..event }
}

fn tell_found(bench: &mut Bench, kind: &str, name: &str) {
    let event = found(bench, kind, &format!("a-{name}"), name);
    bench.tell(event);
    bench.commit_all();
}

fn is_active(peer: &Peer, name: &str) -> Option<bool> {
    peer.accounts.get(&ScimId::new(format!("a-{name}")))?.active
}

#[test]
fn orphan_is_disabled_by_its_id_and_never_looked_up() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    tell_found(&mut bench, "account.orphaned", BO);
    assert_eq!(last_decision(&bench).0, "asserted");
    bench.play(&mut peer, MINUTE, |call, _| {
        assert!(!is_find(call), "looked up by a name: {call:?}");
        None
    });
    assert_eq!(
        (is_active(&peer, BO), is_active(&peer, "kim@example.com")),
        (Some(false), Some(true))
    );
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    // The same finding, told again under its own id, changes nothing.
    let again = bench.shard.people().count();
    tell_found(&mut bench, "account.orphaned", BO);
    assert_eq!(bench.shard.people().count(), again, "one record for one account");
}

#[test]
fn orphans_deletion_waits_and_is_held() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.play_honestly(&mut peer, MINUTE);
    assert!(bench.seat().holds.is_empty(), "{:?}", bench.seat().holds);
    bench.wait(DAY * 30);
    bench.play_honestly(&mut peer, MINUTE);
    let held: Vec<&Effect> = bench.seat().holds.iter().map(|hold| &hold.effect).collect();
    assert_eq!(held.len(), 1, "{held:?}");
    assert!(peer.accounts.contains_key(&ScimId::new(format!("a-{BO}"))));
}

#[test]
fn hire_for_an_orphans_account_lets_the_newcomer_in() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(false));
    bench.hire(BO);
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(true), "locked out by a list of yesterday");
    assert_eq!(bench.shard.people().count(), 1, "the account's record is the person's");
    // And the comparison that was under way meanwhile says it once more.
    tell_found(&mut bench, "account.orphaned", BO);
    assert_eq!(last_decision(&bench).1.as_deref(), Some("account.of_somebody"));
    assert_eq!(last_decision(&bench).0, "skipped");
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(true));
}

#[test]
fn whom_hr_has_named_before_is_no_orphan_in_whichever_order_it_is_told() {
    for is_hired_first in [true, false] {
        let (mut bench, mut peer) = (bench(), Peer::with_kim());
        peer.has(BO);
        if is_hired_first {
            bench.hire(BO);
        }
        tell_found(&mut bench, "account.orphaned", BO);
        if !is_hired_first {
            bench.hire(BO);
        }
        bench.play_honestly(&mut peer, MINUTE);
        assert_eq!(is_active(&peer, BO), Some(true), "hired first: {is_hired_first}");
        let person = bench.shard.people().next().unwrap();
        let standing = wish::standing(person, bench.now);
        assert!(standing.iter().all(|it| it.instance.name != "orphaned"), "{standing:?}");
    }
}

#[test]
fn hire_that_was_made_before_the_lists_were_compared_and_comes_after_counts() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    let made = bench.event_about(BO, "worker.hired", json!({ "worker": { "user_name": BO } }));
    bench.wait(MINUTE * 60);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.play_honestly(&mut peer, MINUTE);
    bench.tell(Event { id: "late".to_owned(), ..made });
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(true));
}

#[test]
fn hire_for_october_opens_nothing_in_september() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.play_honestly(&mut peer, MINUTE);
    let data = json!({ "worker": { "user_name": BO }, "effective_at": "2026-09-11T08:00:00Z" });
    bench.event_of(BO, "worker.hired", data);
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(false));
    bench.wait(DAY * 10);
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(true));
}

#[test]
fn account_with_another_number_is_not_the_newcomers_who_is_called_the_same() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    let id = peer.has(BO);
    let number = Value::Text("7".to_owned());
    let account = peer.accounts.get_mut(&id).unwrap();
    account.attributes.insert(AttributeName::EMPLOYEE_NUMBER, number);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.play_honestly(&mut peer, MINUTE);
    bench.wait(MINUTE);
    let data = json!({ "worker": { "user_name": BO, "employee_id": "9" } });
    let hired = bench.event_about(BO, "worker.hired", data);
    let own = Alias::parse(AliasKind::EmployeeNumber, "9").into_iter();
    let aliases = own.chain(hired.aliases.clone()).collect();
    bench.tell(Event { aliases, ..hired });
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(false), "it is the one's of before");
}

#[test]
fn hr_that_only_names_somebody_lets_no_leaver_in_and_says_so() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.play_honestly(&mut peer, MINUTE);
    bench.wait(MINUTE);
    bench.event_of(BO, "worker.updated", json!({ "worker": { "user_name": BO } }));
    bench.commit_all();
    assert!(last_decision(&bench).2.contains(&"account.of_somebody".to_owned()));
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(false));
    // The next list has them: what was done is taken back, HR's word or not.
    bench.wait(MINUTE);
    tell_found(&mut bench, "account.cleared", BO);
    assert_eq!(last_decision(&bench).0, "withdrew");
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(true));
}

#[test]
fn cleared_account_is_what_it_was_before() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.play_honestly(&mut peer, MINUTE);
    bench.wait(MINUTE);
    tell_found(&mut bench, "account.cleared", BO);
    assert_eq!(last_decision(&bench).0, "withdrew");
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, BO), Some(true));
    // Of one to which nothing was done there is nothing to take back.
    tell_found(&mut bench, "account.cleared", "kim@example.com");
    assert_eq!(last_decision(&bench).1.as_deref(), Some("account.informs"));
}

#[test]
fn account_that_is_gone_and_made_anew_for_somebody_is_left_alone() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.play_honestly(&mut peer, MINUTE);
    // Somebody deletes it by hand, and makes one for a newcomer of that name.
    peer.renew_id(BO, "a-new");
    peer.accounts.get_mut(&ScimId::new("a-new")).unwrap().active = Some(true);
    for _ in 0..4 {
        bench.wait(DAY);
        bench.play(&mut peer, MINUTE, |call, _| {
            assert!(!is_find(call) && !is_write(call), "{call:?}");
            None
        });
    }
    assert_eq!(peer.accounts[&ScimId::new("a-new")].active, Some(true));
}

#[test]
fn what_a_sensor_calls_the_account_gives_it_no_name_to_be_looked_up_by() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.event_of(BO, "risk.raised", json!({}));
    assert_eq!(bench.shard.people().count(), 1, "the signal is about the account");
    let name = Alias::parse(AliasKind::UserName, BO).unwrap();
    let person = bench.shard.people().next().unwrap();
    assert!(!person.aliases.contains(&name) && person.reported.contains(&name));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(peer.is_in("Quarantine", BO));
}

#[test]
fn somebody_known_of_whom_hr_says_nothing_is_a_row_and_not_cut() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    bench.event("worker.transferred", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    tell_found(&mut bench, "account.left_active", "kim@example.com");
    let (word, code, _) = last_decision(&bench);
    assert_eq!((word, code.as_deref()), ("parked", Some(Code::AccountOfSomebody.as_str())));
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(is_active(&peer, "kim@example.com"), Some(true));
}

#[test]
fn ids_that_differ_in_capitals_alone_are_two_accounts() {
    let mut bench = bench();
    for id in ["aB", "ab"] {
        let event = found(&bench, "account.orphaned", id, id);
        bench.tell(event);
    }
    assert_eq!(bench.shard.people().count(), 2);
}

#[test]
fn next_owner_knows_the_account_by_its_id() {
    let (mut bench, mut peer) = (bench(), Peer::with_kim());
    peer.has(BO);
    tell_found(&mut bench, "account.orphaned", BO);
    bench.play_honestly(&mut peer, MINUTE);
    let rules = Some(format!("{RULES}{OF_ACCOUNTS}"));
    let like = Like { quota: Quota::per_second(20.0), rules, ..Like::usual(Mode::Enforce) };
    let mut next = Bench::owned_like(like, bench.state.clone(), bench.now);
    next.wait(MINUTE);
    tell_found(&mut next, "account.cleared", BO);
    assert_eq!(last_decision(&next).0, "withdrew");
    next.play_honestly(&mut peer, MINUTE * 2);
    assert_eq!(is_active(&peer, BO), Some(true));
}
