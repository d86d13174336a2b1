//! Operators say who is who: who is one, who is another, and whose an account is.

use super::bench::Bench;
use super::identity::{MAIL, NAME, NUMBER, last_decision, named, remarks};
use super::obeying::{became, holds, order};
use super::peer::Peer;
use crate::command::Operators;
use crate::command::instruction::CommandKind;
use crate::command::tests::court::{ANN, BOB, group};
use crate::engine::Input;
use crate::engine::brakes::limits::Limits;
use crate::engine::brakes::protect::Protected;
use crate::engine::state::{Person, Seat, Stage};
use crate::model::ordered::{Became, CommandRecord};
use crate::model::{Alias, AliasKind, AttributeName, PersonId, ResultWord, ScimId, Value};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

pub(super) const MINUTE: SignedDuration = SignedDuration::from_mins(1);
pub(super) const KIM: &str = "kim@example.com";

/// HR speaks of whoever has these names; the first user name is in the profile.
pub(super) fn hr(bench: &mut Bench, peer: &mut Peer, kind: &str, names: &[(AliasKind, &str)]) {
    let name = names.iter().find(|(kind, _)| *kind == NAME).map(|(_, name)| *name);
    let data = json!({ "worker": { "user_name": name } });
    let event = bench.event_about("nobody", kind, data);
    bench.tell(named(event, names));
    bench.play_honestly(peer, MINUTE);
}

fn of<'a>(bench: &'a Bench, number: &str) -> &'a Person {
    let number = Alias::parse(NUMBER, number).unwrap();
    bench.shard.people().find(|person| person.aliases.contains(&number)).unwrap()
}

pub(super) fn id(bench: &Bench, number: &str) -> PersonId {
    of(bench, number).id.clone()
}

pub(super) fn seat<'a>(bench: &'a Bench, number: &str) -> &'a Seat {
    bench.shard.seats_of(of(bench, number)).into_values().next().unwrap()
}

pub(super) fn account(bench: &Bench, number: &str) -> Option<String> {
    seat(bench, number).account().map(ToString::to_string)
}

pub(super) fn codes(bench: &Bench) -> Vec<String> {
    holds(bench).iter().map(|(_, hold)| hold.why.code.to_string()).collect()
}

pub(super) fn why(record: &CommandRecord) -> String {
    record.rows.iter().filter_map(|row| row.why.clone()).collect::<Vec<_>>().join("; ")
}

pub(super) fn say(bench: &mut Bench, peer: &mut Peer, command: &str, args: &Json) -> CommandRecord {
    let told = order(bench, ANN, command, args);
    bench.play_honestly(peer, MINUTE);
    told
}

/// Two whom HR calls alike, each with a number of their own; the second was hired later.
pub(super) fn two_of_one_name(peer: &mut Peer) -> Bench {
    let mut bench = Bench::limited(&Limits::default());
    bench.play_honestly(peer, MINUTE);
    for number in ["1", "2"] {
        hr(&mut bench, peer, "worker.hired", &[(NUMBER, number), (NAME, KIM)]);
    }
    bench
}

fn both(bench: &Bench) -> Json {
    json!({ "persons": [id(bench, "1"), id(bench, "2")] })
}

/// The next owner of what is committed.
pub(super) fn next_owner(bench: Bench) -> Bench {
    Bench::limited_again(&Limits::default(), bench.state, bench.now)
}

pub(super) fn groups_alone() -> Peer {
    let mut peer = Peer::with_kim();
    peer.accounts.clear();
    peer.members("VPN").clear();
    peer
}

// Link.

#[test]
fn two_who_are_linked_are_one_and_nothing_of_them_is_held_any_more() {
    let mut peer = groups_alone();
    let mut bench = Bench::limited(&Limits::default());
    bench.play_honestly(&mut peer, MINUTE);
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, KIM)]);
    assert_eq!(
        account(&bench, "1").as_deref(),
        Some("made-1"),
        "made before the name was contested"
    );
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "2"), (NAME, KIM)]);
    assert_eq!(codes(&bench), ["identity.contested"]);
    let (one, two) = (id(&bench, "1"), id(&bench, "2"));
    let persons = both(&bench);
    let told = say(&mut bench, &mut peer, "link", &persons);
    assert_eq!(became(&told), [Became::Linked; 2]);
    assert_eq!(bench.shard.people().count(), 1);
    assert_eq!((&of(&bench, "2").id, of(&bench, "1").merged.contains(&two)), (&one, true));
    assert!(codes(&bench).is_empty());
    // What is said of either number counts for the one.
    hr(&mut bench, &mut peer, "worker.terminated", &[(NUMBER, "2")]);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert!(!peer.accounts[&ScimId::new("made-1")].active.unwrap());
}

#[test]
fn two_with_an_account_each_are_not_linked_before_one_of_them_is_unbound() {
    let mut peer = groups_alone();
    let mut bench = Bench::limited(&Limits::default());
    for (number, name) in [("1", "ada@example.com"), ("2", "bob@example.com")] {
        peer.has(name);
        hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, number), (NAME, name)]);
    }
    let persons = both(&bench);
    let told = say(&mut bench, &mut peer, "link", &persons);
    assert_eq!(became(&told), [Became::Nothing]);
    let said = why(&told);
    assert!(said.contains("a-ada@example.com") && said.contains("a-bob@example.com"), "{said}");
    assert_eq!(bench.shard.people().count(), 2, "all or nothing");
    let two = id(&bench, "2");
    say(&mut bench, &mut peer, "unbind", &json!({ "person": two, "target": "main" }));
    let told = say(&mut bench, &mut peer, "link", &persons);
    assert_eq!(became(&told), [Became::Linked; 2]);
    assert_eq!(account(&bench, "2").as_deref(), Some("a-ada@example.com"));
    assert!(peer.accounts[&ScimId::new("a-bob@example.com")].active.unwrap(), "nobody's, as it is");
}

#[test]
fn a_link_that_would_end_a_legal_hold_is_refused() {
    let mut peer = groups_alone();
    let mut bench = two_of_one_name(&mut peer);
    for (number, on) in [("1", true), ("2", false)] {
        let data = json!({ "legal_hold": on });
        let event = bench.event_about("nobody", "worker.legalhold.changed", data);
        bench.tell(named(event, &[(NUMBER, number)]));
        bench.play_honestly(&mut peer, MINUTE);
    }
    assert!(of(&bench, "1").is_on_legal_hold());
    let persons = both(&bench);
    let told = say(&mut bench, &mut peer, "link", &persons);
    assert_eq!((became(&told), bench.shard.people().count()), (vec![Became::Nothing], 2));
    assert!(why(&told).contains("legal hold"), "{}", why(&told));
}

#[test]
fn a_link_under_which_nobody_is_protected_any_more_is_refused() {
    let mail = Alias::parse(MAIL, "boss@example.com").unwrap();
    let protected = Protected { people: [mail].into(), ..Protected::default() };
    let (mut peer, mut bench) = (groups_alone(), Bench::protecting(protected));
    let event = bench.event_about("nobody", "risk.raised", json!({}));
    bench.tell(named(event, &[(MAIL, "boss@example.com")]));
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, "boss")]);
    let ids: Vec<PersonId> = bench.shard.people().map(|it| it.id.clone()).collect();
    let told = say(&mut bench, &mut peer, "link", &json!({ "persons": ids }));
    assert_eq!((became(&told), bench.shard.people().count()), (vec![Became::Nothing], 2));
    assert!(why(&told).contains("protected"), "{}", why(&told));
}

#[test]
fn nobody_says_who_they_are_themselves() {
    let mut peer = groups_alone();
    let mut bench = Bench::limited(&Limits::default());
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, "ann@example.com")]);
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "2"), (NAME, KIM)]);
    let one = id(&bench, "1");
    let bind = json!({ "person": one, "target": "main", "account": "a-other" });
    for (command, args) in [("link", both(&bench)), ("part", both(&bench)), ("bind", bind.clone())]
    {
        assert_eq!(became(&order(&mut bench, ANN, command, &args)), [Became::Nothing], "{command}");
    }
    assert_eq!(became(&order(&mut bench, BOB, "bind", &bind)), [Became::Bound]);
}

#[test]
fn whoever_is_nobody_of_the_tenant_keeps_the_whole_command_from_being_done() {
    let mut peer = groups_alone();
    let mut bench = two_of_one_name(&mut peer);
    let stranger = format!("p-{}", "0".repeat(24));
    let persons = json!({ "persons": [id(&bench, "1"), id(&bench, "2"), stranger] });
    for command in ["link", "part"] {
        let told = say(&mut bench, &mut peer, command, &persons);
        assert_eq!((became(&told), bench.shard.people().count()), (vec![Became::Nothing], 2));
    }
    assert_eq!(codes(&bench).len(), 1);
}

// Part.

/// Hazard 11: a new colleague has a leaver's name, and an operator says that they are two.
#[test]
fn a_name_that_was_given_anew_is_the_new_colleagues_once_the_two_are_parted() {
    let mut peer = groups_alone();
    let mut bench = Bench::limited(&Limits::default());
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, KIM)]);
    hr(&mut bench, &mut peer, "worker.terminated", &[(NUMBER, "1")]);
    // The old account goes by another name at the target, so that there is room for the new one.
    let left = peer.accounts.get_mut(&ScimId::new("made-1")).unwrap();
    left.attributes.insert(AttributeName::USER_NAME, Value::Text("old@example.com".to_owned()));
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "2"), (NAME, KIM)]);
    assert_eq!(codes(&bench), ["identity.contested"], "the hire waits");
    let persons = both(&bench);
    let told = say(&mut bench, &mut peer, "part", &persons);
    assert_eq!(became(&told), [Became::Parted; 2]);
    assert!(why(&told).contains(id(&bench, "2").as_str()), "{}", why(&told));
    assert!(codes(&bench).is_empty(), "{:?}", codes(&bench));
    assert_eq!(
        account(&bench, "2").as_deref(),
        Some("made-2"),
        "the hire has an account of their own"
    );
    assert!(!peer.accounts[&ScimId::new("made-1")].active.unwrap(), "the leaver stays out");
    // A signal that knows the name alone is the new colleague's.
    let event = bench.event_about(KIM, "risk.raised", json!({}));
    bench.tell(event);
    bench.play_honestly(&mut peer, MINUTE);
    assert!(peer.members("Quarantine").contains(&ScimId::new("made-2")));
    assert!(!peer.members("Quarantine").contains(&ScimId::new("made-1")));
}

#[test]
fn two_who_are_parted_stay_two_whatever_events_say_over_takeovers_too() {
    let mut peer = groups_alone();
    let mut bench = two_of_one_name(&mut peer);
    let persons = both(&bench);
    say(&mut bench, &mut peer, "part", &persons);
    let mut bench = next_owner(bench);
    bench.play_honestly(&mut peer, MINUTE);
    hr(&mut bench, &mut peer, "worker.updated", &[(NUMBER, "1"), (NUMBER, "2"), (NAME, KIM)]);
    let apart = ("parked", Some("identity.apart".to_owned()), Vec::new());
    assert_eq!(last_decision(&bench), apart);
    hr(&mut bench, &mut peer, "worker.updated", &[(NUMBER, "1"), (NAME, KIM)]);
    assert!(remarks(&bench).is_empty(), "{:?}", remarks(&bench));
    assert_eq!(bench.shard.people().count(), 2);
    assert!(codes(&bench).is_empty(), "{:?}", codes(&bench));
    let stage = &seat(&bench, "2").stage;
    let is_taken = matches!(stage, Stage::Stuck { code, .. } if code.as_str() == "lookup.taken");
    assert!(is_taken, "the account of the name is the other's, and that is told: {stage:?}");
    // A word of the name alone is of the one who has it.
    hr(&mut bench, &mut peer, "worker.terminated", &[(NAME, KIM)]);
    let decision = bench.decisions().last().unwrap().person.clone();
    assert_eq!(decision, Some(id(&bench, "2")));
}

#[test]
fn a_sensors_stranger_who_is_parted_from_somebody_does_not_become_them() {
    let (mut peer, mut bench) = (groups_alone(), Bench::limited(&Limits::default()));
    let event = bench.event_about("nobody", "risk.raised", json!({}));
    bench.tell(named(event, &[(MAIL, "shared@example.com")]));
    hr(&mut bench, &mut peer, "worker.hired", &[(NUMBER, "1"), (NAME, KIM)]);
    let ids: Vec<PersonId> = bench.shard.people().map(|it| it.id.clone()).collect();
    let told = say(&mut bench, &mut peer, "part", &json!({ "persons": ids }));
    assert_eq!(became(&told), [Became::Parted; 2]);
    let event = [(NUMBER, "1"), (NAME, KIM), (MAIL, "shared@example.com")];
    hr(&mut bench, &mut peer, "worker.updated", &event);
    assert!(remarks(&bench).is_empty());
    assert_eq!(bench.shard.people().count(), 2);
    assert!(of(&bench, "1").claims.iter().all(|claim| claim.name != "quarantine"));
}

#[test]
fn a_link_overrules_what_was_parted() {
    let mut peer = groups_alone();
    let mut bench = two_of_one_name(&mut peer);
    let persons = both(&bench);
    say(&mut bench, &mut peer, "part", &persons);
    let two = id(&bench, "2");
    let told = say(&mut bench, &mut peer, "link", &persons);
    assert_eq!(became(&told), [Became::Linked; 2], "{}", why(&told));
    assert_eq!(bench.shard.people().count(), 1);
    let one = of(&bench, "1");
    assert!(one.parted.is_empty() && one.id == id(&bench, "2") || one.id == two);
    // Who became one cannot be told apart again.
    let told = say(&mut bench, &mut peer, "part", &persons);
    assert_eq!(became(&told), [Became::Nothing]);
}

#[test]
fn whoever_leaves_a_name_to_another_makes_no_account_under_it() {
    let mut peer = groups_alone();
    let mut bench = Bench::limited(&Limits::default());
    for number in ["1", "2"] {
        let names = [(NUMBER, number), (NAME, KIM)];
        let data = json!({ "worker": { "user_name": KIM } });
        let event = bench.event_about("nobody", "worker.hired", data);
        bench.tell(named(event, &names));
    }
    bench.wait(MINUTE);
    bench.play_honestly(&mut peer, MINUTE);
    let persons = both(&bench);
    // HR said it last of the second.
    hr(&mut bench, &mut peer, "worker.updated", &[(NUMBER, "2"), (NAME, KIM)]);
    say(&mut bench, &mut peer, "part", &persons);
    let owners: Vec<_> = ["1", "2"].iter().filter_map(|it| account(&bench, it)).collect();
    assert_eq!((owners.len(), peer.accounts.len()), (1, 1), "{:?}", peer.accounts);
    assert_eq!(account(&bench, "2"), Some("made-1".to_owned()));
}

/// What this version does not serve is refused, and its id is free for one that does.
#[test]
fn a_command_that_is_not_served_is_refused_and_not_used_up() {
    let mut bench = Bench::limited(&Limits::default());
    let mut may_erase = group();
    may_erase.may.insert(CommandKind::Erase);
    bench.step(Input::Operators(Operators::new(vec![may_erase]).unwrap()));
    let person = json!({ "person": format!("p-{}", "0".repeat(24)) });
    let told = order(&mut bench, ANN, "erase", &person);
    let code = told.outcome.why().map(|why| why.code.to_string());
    assert_eq!(code.as_deref(), Some("command.not_served"));
    let orders = bench.state.get("orders").map(|it| String::from_utf8_lossy(it).into_owned());
    assert!(orders.is_none_or(|it| !it.contains("used")), "it is not used up");
}
