//! Ids that are somebody else's since a provider was restored: a cut goes out by the id at once, so
//! whoever was cut in another's name has it all back as soon as it shows.

use super::bench::Bench;
use super::identity::held;
use super::peer::Peer;
use crate::model::account::Account;
use crate::model::code::Code;
use crate::model::ids::ScimId;
use crate::model::{Alias, AliasKind, AttributeName, AuditEntry, Value};
use jiff::SignedDuration;
use serde_json::json;

const KIM: &str = "kim@example.com";
const BOB: &str = "bob@example.com";

fn say(bench: &mut Bench, name: &str, number: &str, kind: &str) {
    let mut event = bench.event_about(name, kind, json!({"worker": {"user_name": name}}));
    event.aliases.extend(Alias::parse(AliasKind::EmployeeNumber, number));
    bench.tell(event);
}

/// Kim and Bob have accounts with their numbers, and HR has told of both.
fn two_hired(peer: &mut Peer) -> Bench {
    peer.has(BOB);
    for (name, number) in [(KIM, "1001"), (BOB, "2002")] {
        let number = Value::Text(number.to_owned());
        account(peer, name).attributes.insert(AttributeName::EMPLOYEE_NUMBER, number);
    }
    let mut bench = Bench::ready(&[]);
    say(&mut bench, KIM, "1001", "worker.hired");
    say(&mut bench, BOB, "2002", "worker.hired");
    bench.play_honestly(peer, SignedDuration::from_secs(30));
    bench
}

fn account<'a>(peer: &'a mut Peer, name: &str) -> &'a mut Account {
    let goes_by = |account: &&mut Account| {
        account.attributes.get(&AttributeName::USER_NAME).is_some_and(|it| it.to_text() == name)
    };
    peer.accounts.values_mut().find(goes_by).expect("has an account")
}

/// Whether the account with the name is active and in VPN.
fn access(peer: &mut Peer, name: &str) -> (Option<bool>, bool) {
    let account = account(peer, name);
    let (active, id) = (account.active, account.id.clone());
    (active, peer.members("VPN").contains(&id))
}

/// Both ids go on, with each other's account.
fn swap(peer: &mut Peer) {
    let [kim, bob] = [KIM, BOB].map(|name| account(peer, name).id.clone());
    let give = |peer: &mut Peer, id: &ScimId, account: Account| {
        peer.accounts.insert(id.clone(), Account { id: id.clone(), ..account })
    };
    let bobs = peer.accounts.remove(&bob).expect("is there");
    let kims = give(peer, &kim, bobs).expect("is there");
    give(peer, &bob, kims);
}

fn notes_of(bench: &Bench, code: Code) -> usize {
    let is_of =
        |entry: &&AuditEntry| matches!(entry, AuditEntry::Note(note) if note.why.code == code);
    bench.audit.iter().filter(is_of).count()
}

#[test]
fn who_is_cut_by_an_id_that_is_theirs_now_has_all_back_and_the_leaver_is_cut() {
    let mut peer = Peer::with_kim();
    let mut bench = two_hired(&mut peer);
    swap(&mut peer);
    say(&mut bench, KIM, "1001", "worker.terminated");
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    assert_eq!(access(&mut peer, BOB), (Some(true), true));
    assert_eq!(access(&mut peer, KIM), (Some(false), false));
    assert_eq!(notes_of(&bench, Code::AccountReplaced), 1);
}

#[test]
fn whose_old_id_is_gone_has_all_back_too() {
    let mut peer = Peer::with_kim();
    let mut bench = two_hired(&mut peer);
    let kim = account(&mut peer, KIM).id.clone();
    let bob = account(&mut peer, BOB).id.clone();
    let bobs = peer.accounts.remove(&bob).expect("is there");
    let kims = peer.accounts.insert(kim.clone(), Account { id: kim, ..bobs });
    let elsewhere = ScimId::new("a-9");
    peer.members("VPN").remove(&bob);
    peer.members("VPN").insert(elsewhere.clone());
    let kims = Account { id: elsewhere.clone(), ..kims.expect("is there") };
    peer.accounts.insert(elsewhere, kims);
    say(&mut bench, KIM, "1001", "worker.terminated");
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    assert_eq!(access(&mut peer, BOB), (Some(true), true));
    assert_eq!(access(&mut peer, KIM), (Some(false), false));
}

#[test]
fn who_is_cut_by_an_id_that_is_theirs_now_and_has_left_stays_cut() {
    let mut peer = Peer::with_kim();
    let mut bench = two_hired(&mut peer);
    say(&mut bench, BOB, "2002", "worker.terminated");
    bench.play_honestly(&mut peer, SignedDuration::from_secs(30));
    swap(&mut peer);
    // As the restored provider has it.
    account(&mut peer, BOB).active = Some(true);
    say(&mut bench, KIM, "1001", "worker.terminated");
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    assert_eq!(access(&mut peer, BOB), (Some(false), false));
    assert_eq!(access(&mut peer, KIM), (Some(false), false));
}

#[test]
fn whose_account_nobody_knew_gets_a_row() {
    let mut peer = Peer::with_kim();
    let mut bench = two_hired(&mut peer);
    swap(&mut peer);
    let bob = bench
        .shard
        .people()
        .find(|it| it.aliases.iter().any(|it| it.value() == BOB))
        .expect("is known")
        .id
        .clone();
    bench.shard.forget_what_was_read(&bob);
    say(&mut bench, KIM, "1001", "worker.terminated");
    bench.play_honestly(&mut peer, SignedDuration::from_mins(1));
    assert_eq!(access(&mut peer, KIM), (Some(false), false));
    // Whether Bob's account was active nobody can say but a person.
    assert!(held(&bench).contains(&"baseline.unknown"), "{:?}", held(&bench));
}

/// Nothing tells the engine of the restore before this.
#[test]
fn what_is_given_goes_to_no_id_that_is_somebody_elses_now() {
    let mut peer = Peer::with_kim();
    let mut bench = two_hired(&mut peer);
    swap(&mut peer);
    let mut event = bench.event_about(KIM, "worker.updated", json!({"profile": {"title": "Lead"}}));
    event.aliases.extend(Alias::parse(AliasKind::EmployeeNumber, "1001"));
    bench.tell(event);
    bench.play_honestly(&mut peer, SignedDuration::from_secs(30));
    let title = AttributeName::parse("title").expect("is a name");
    assert_eq!(account(&mut peer, BOB).attributes.get(&title), None);
    assert!(account(&mut peer, KIM).attributes.contains_key(&title));
}

/// Its person is not the one who is bound to the id, whoever came first.
#[test]
fn whose_own_id_is_bound_to_another_is_cut() {
    let mut peer = Peer::with_kim();
    let mut bench = two_hired(&mut peer);
    let mut event = bench.event_about("cat@example.com", "worker.hired", json!({}));
    event.data = json!({"worker": {"user_name": "cat@example.com"}});
    event.aliases.extend(Alias::parse(AliasKind::EmployeeNumber, "3003"));
    let id = peer.has("cat@example.com");
    let number = Value::Text("3003".to_owned());
    peer.accounts.get_mut(&id).unwrap().attributes.insert(AttributeName::EMPLOYEE_NUMBER, number);
    bench.tell(event);
    bench.play_honestly(&mut peer, SignedDuration::from_secs(30));
    rotate(&mut peer);
    say(&mut bench, BOB, "2002", "worker.terminated");
    bench.play_honestly(&mut peer, SignedDuration::from_secs(30));
    assert_eq!(access(&mut peer, BOB), (Some(false), false));
    assert_eq!(access(&mut peer, KIM), (Some(true), true));
    assert_eq!(access(&mut peer, "cat@example.com"), (Some(true), true));
}

#[test]
fn a_quarantine_by_an_id_that_is_somebody_elses_now_is_taken_back_and_made() {
    let mut peer = Peer::with_kim();
    let mut bench = two_hired(&mut peer);
    swap(&mut peer);
    say(&mut bench, KIM, "1001", "risk.raised");
    bench.play_honestly(&mut peer, SignedDuration::from_secs(30));
    let [kim, bob] = [KIM, BOB].map(|name| account(&mut peer, name).id.clone());
    assert_eq!((access(&mut peer, KIM).1, access(&mut peer, BOB).1), (false, true));
    let quarantine = peer.members("Quarantine");
    assert!(quarantine.contains(&kim) && !quarantine.contains(&bob), "{quarantine:?}");
}

/// Each id is the next one's.
fn rotate(peer: &mut Peer) {
    let ids: Vec<ScimId> = peer.accounts.keys().cloned().collect();
    let mut accounts: Vec<Account> = peer.accounts.values().cloned().collect();
    accounts.rotate_left(1);
    for (id, account) in ids.into_iter().zip(accounts) {
        peer.accounts.insert(id.clone(), Account { id, ..account });
    }
}
