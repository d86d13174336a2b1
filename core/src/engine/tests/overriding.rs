//! Operators keep somebody in or out for a time; then the rules count again.

use super::bench::Bench;
use super::explaining::{assertion, asserts, at, groups, kim, say};
use super::identity::{MAIL, NAME, NUMBER, named, remarks};
use super::limiting::{Provider, name, terminate, terminated};
use super::obeying::{HOUR, became, holds, order, order_by_all};
use super::setting::Like;
use crate::command::Operators;
use crate::command::instruction::Keep;
use crate::command::tests::court::{ANN, BOB, group};
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits};
use crate::engine::brakes::protect::Protected;
use crate::engine::settings::Mode;
use crate::engine::state::Person;
use crate::engine::will::overriding::opposed;
use crate::model::claim::{By, Precedence, Stage, Want};
use crate::model::ids::{GroupName, TargetName};
use crate::model::ordered::{Became, CommandOutcome, CommandRecord};
use crate::model::wish::Presence;
use crate::model::{Alias, AliasKind, NoteWord, PersonId, ResultWord, ScimId};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn id_of(bench: &Bench, number: usize) -> PersonId {
    let alias = Alias::parse(AliasKind::UserName, &name(number)).unwrap();
    bench.shard.people().find(|it| it.aliases.contains(&alias)).unwrap().id.clone()
}

fn args(bench: &Bench, keep: &str, length: SignedDuration) -> Value {
    let until = bench.now.checked_add(length).unwrap().to_string();
    json!({ "person": id_of(bench, 0), "target": "main", "keep": keep, "until": until })
}

/// By both, so that it goes against everything.
fn keep(bench: &mut Bench, keep: &str, length: SignedDuration) -> CommandRecord {
    let args = args(bench, keep, length);
    order_by_all(bench, &[ANN, BOB], "override", &args)
}

fn account() -> ScimId {
    ScimId::new(format!("a-{}", name(0)))
}

pub(super) fn is_in(provider: &Provider) -> bool {
    !provider.inactive.contains(&account())
}

pub(super) fn leaver() -> (Bench, Provider) {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    provider.vpn.insert(account());
    terminated(&mut bench, &mut provider, 1);
    assert!(!is_in(&provider) && provider.vpn.is_empty());
    (bench, provider)
}

fn told(bench: &Bench) -> Vec<&str> {
    bench.notes(NoteWord::Override).into_iter().map(|note| note.why.code.as_str()).collect()
}

#[test]
fn whoever_is_kept_in_has_access_until_it_ends_by_itself_and_that_is_told() {
    let (mut bench, mut provider) = leaver();
    let told_of_it = keep(&mut bench, "in", DAY * 3);
    assert_eq!(became(&told_of_it), [Became::Overridden]);
    let why = told_of_it.rows[0].why.as_deref().unwrap();
    assert!(why.contains("these claims do not count: `terminated`"), "{why}");
    provider.serve(&mut bench);
    assert!(is_in(&provider) && provider.vpn.contains(&account()), "as it was before");
    bench.wait(DAY + HOUR);
    provider.serve(&mut bench);
    assert_eq!(told(&bench), [""; 0]);
    bench.wait(DAY);
    provider.serve(&mut bench);
    assert_eq!(told(&bench), ["override.ends_soon"]);
    assert!(is_in(&provider));
    bench.wait(DAY);
    provider.serve(&mut bench);
    assert_eq!(told(&bench), ["override.ends_soon", "override.ended"]);
    assert!(!is_in(&provider) && provider.vpn.is_empty());
    let person = bench.shard.people().next().unwrap();
    assert!(person.overrides.is_empty() && person.mutes.is_empty());
}

/// Hazard 20: what is muted is what was said by then, and not the claim for ever.
#[test]
fn hazard_20_an_override_of_may_does_not_hide_a_termination_of_september() {
    let (mut bench, mut provider) = leaver();
    keep(&mut bench, "in", DAY * 7);
    provider.serve(&mut bench);
    assert!(is_in(&provider));
    // While it is in force, and of the same person, claim and source.
    bench.wait(DAY);
    terminate(&mut bench, 0);
    provider.serve(&mut bench);
    assert!(!is_in(&provider), "another termination cuts");
}

#[test]
fn a_quarantine_that_comes_while_somebody_is_kept_in_cuts() {
    let (mut bench, mut provider) = leaver();
    keep(&mut bench, "in", DAY * 7);
    provider.serve(&mut bench);
    bench.event_of(&name(0), "risk.raised", json!({}));
    provider.serve(&mut bench);
    assert!(provider.quarantine.contains(&account()));
    assert!(is_in(&provider));
}

/// The one who hears of it and the one who ends it are two owners.
#[test]
fn a_new_owner_keeps_to_an_override_and_ends_it() {
    let (mut bench, mut provider) = leaver();
    keep(&mut bench, "in", DAY * 3);
    provider.serve(&mut bench);
    let mut bench = Bench::limited_again(&Limits::default(), bench.state, bench.now);
    provider.serve(&mut bench);
    assert!(is_in(&provider));
    // Nobody owned the shard when it ended.
    let later = bench.now.checked_add(DAY * 4).unwrap();
    let mut bench = Bench::limited_again(&Limits::default(), bench.state, later);
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    assert!(told(&bench).contains(&"override.ended"));
}

#[test]
fn against_a_leaver_it_takes_two_operators() {
    let (mut bench, mut provider) = leaver();
    let args = args(&bench, "in", DAY * 3);
    for _ in 0..2 {
        let one = order(&mut bench, ANN, "override", &args);
        assert_eq!(became(&one), [Became::WaitsForAnother], "one is one");
        provider.serve(&mut bench);
        assert!(!is_in(&provider));
    }
    // A new owner knows who has said yes.
    let mut bench = Bench::limited_again(&Limits::default(), bench.state, bench.now);
    let two = order(&mut bench, BOB, "override", &args);
    assert_eq!(became(&two), [Became::Overridden]);
    provider.serve(&mut bench);
    assert!(is_in(&provider));
}

#[test]
fn what_one_operator_has_said_is_forgotten_after_a_day() {
    let (mut bench, _) = leaver();
    let args = args(&bench, "in", DAY * 3);
    order(&mut bench, ANN, "override", &args);
    bench.wait(DAY + HOUR);
    let two = order(&mut bench, BOB, "override", &args);
    assert_eq!(became(&two), [Became::WaitsForAnother]);
}

#[test]
fn another_end_is_another_command() {
    let (mut bench, _) = leaver();
    let (short, long) = (args(&bench, "in", DAY), args(&bench, "in", DAY * 3));
    order(&mut bench, ANN, "override", &short);
    let two = order(&mut bench, BOB, "override", &long);
    assert_eq!(became(&two), [Became::WaitsForAnother]);
}

#[test]
fn too_long_an_override_is_refused_and_changes_nothing() {
    let (mut bench, mut provider) = leaver();
    for length in [DAY * 8, DAY * -1] {
        let refused = keep(&mut bench, "in", length);
        let why = refused.outcome.why().unwrap();
        assert_eq!(why.code.as_str(), "command.override_end");
        assert_eq!(refused.signers.len(), 2, "who said it is told");
    }
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    // Against nothing but the rules' joiner it may be longer.
    let out = keep(&mut bench, "out", DAY * 89);
    assert_eq!(became(&out), [Became::Overridden]);
    assert!(matches!(keep(&mut bench, "out", DAY * 91).outcome, CommandOutcome::Refused(_)));
}

#[test]
fn whoever_is_kept_out_is_cut_and_comes_back_when_it_ends() {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    bench.hire(&name(0));
    provider.serve(&mut bench);
    let args = args(&bench, "out", DAY * 2);
    let out = order(&mut bench, ANN, "override", &args);
    assert_eq!(became(&out), [Became::Overridden], "one operator is enough");
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Applied);
    assert!(format!("{:?}", result.warrants).contains("ann@example.com"), "{:?}", result.warrants);
    let cause = result.cause.clone().expect("what a command began names it");
    assert_eq!((cause.kind.as_str(), &cause.position), ("command.override", &out.position));
    assert_eq!(Some(cause.event_id), out.id);
    // No rule gets past it.
    bench.hire(&name(0));
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    bench.wait(DAY * 2);
    provider.serve(&mut bench);
    assert!(is_in(&provider));
    assert_eq!(told(&bench), ["override.ends_soon", "override.ended"]);
}

#[test]
fn a_new_override_takes_the_place_of_the_last_one() {
    let (mut bench, mut provider) = leaver();
    keep(&mut bench, "in", DAY * 7);
    provider.serve(&mut bench);
    let out = keep(&mut bench, "out", DAY * 2);
    let why = out.rows[0].why.as_deref().unwrap();
    assert!(why.contains("replaces the override `in` by ann@example.com"), "{why}");
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    assert!(bench.shard.people().next().unwrap().mutes.is_empty(), "with its mutes");
    // Nothing keeps the person out but the termination and this.
    keep(&mut bench, "in", DAY);
    provider.serve(&mut bench);
    assert!(is_in(&provider));
    assert_eq!(bench.shard.people().next().unwrap().overrides.iter().count(), 1);
}

/// As an undo of its command does.
#[test]
fn an_override_can_be_ended_before_its_time_with_its_mutes() {
    for word in ["in", "out"] {
        let (mut bench, mut provider) = leaver();
        keep(&mut bench, word, DAY * 2);
        provider.serve(&mut bench);
        let person = bench.shard.people().next().unwrap().clone();
        let command = person.overrides.iter().next().unwrap().order.command;
        bench.shard.end_order(&person.id, command);
        provider.serve(&mut bench);
        let person = bench.shard.people().next().unwrap();
        assert!(person.overrides.is_empty() && person.mutes.is_empty(), "{word}");
        assert!(!is_in(&provider), "{word}: the termination counts again");
    }
}

#[test]
fn two_who_turn_out_to_be_one_keep_the_override() {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    bench.event_of(&name(0), "risk.raised", json!({}));
    provider.serve(&mut bench);
    assert!(provider.quarantine.contains(&account()));
    keep(&mut bench, "in", HOUR * 20);
    provider.serve(&mut bench);
    assert!(provider.quarantine.is_empty());
    let names = [(NUMBER, "1001"), (MAIL, "kim@example.org")];
    let event = bench.event_about("nobody", "worker.leave.started", json!({}));
    bench.tell(named(event, &names));
    assert_eq!(bench.shard.people().count(), 2);
    let event = bench.event_about("nobody", "worker.leave.started", json!({}));
    bench.tell(named(event, &[(NUMBER, "1001"), (NAME, &name(0))]));
    provider.serve(&mut bench);
    assert_eq!(remarks(&bench), ["identity.merged"]);
    let kept: Vec<&Person> = bench.shard.people().collect();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].overrides.iter().count(), kept[0].mutes.iter().count()), (1, 1));
    assert!(provider.quarantine.is_empty());
}

#[test]
fn nothing_is_done_for_whoever_is_protected() {
    let alias = Alias::parse(AliasKind::UserName, &name(0)).unwrap();
    let way = Protected { people: [alias].into(), ..Protected::default() };
    let (mut bench, mut provider) = (Bench::protecting(way), Provider::default());
    bench.hire(&name(0));
    provider.serve(&mut bench);
    let out = keep(&mut bench, "out", DAY);
    assert_eq!((became(&out), out.outcome.word()), (vec![Became::Nothing], "nothing"));
    assert!(out.rows[0].why.as_deref().unwrap().contains("protected"));
    provider.serve(&mut bench);
    assert!(is_in(&provider));
    assert!(bench.shard.people().next().unwrap().overrides.is_empty());
}

#[test]
fn at_an_observed_target_the_row_says_that_nothing_is_called() {
    let operators = Operators::new(vec![group()]).unwrap();
    let like = Like { operators, ..Like::usual(Mode::Observe) };
    let mut bench =
        Bench::owned_like(like, BTreeMap::new(), "2026-09-01T08:00:00Z".parse().unwrap());
    let mut provider = Provider::default();
    bench.hire(&name(0));
    provider.serve(&mut bench);
    let out = keep(&mut bench, "out", DAY);
    assert_eq!(became(&out), [Became::Overridden]);
    let why = out.rows[0].why.as_deref().unwrap();
    assert!(why.ends_with("the target is only observed: nothing is called there"), "{why}");
    provider.serve(&mut bench);
    assert!(provider.written.is_empty());
}

#[test]
fn nobody_overrides_what_is_done_to_themselves() {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    bench.hire("ann@example.com");
    provider.serve(&mut bench);
    let id = bench.shard.people().next().unwrap().id.clone();
    let until = bench.now.checked_add(DAY).unwrap().to_string();
    let args = json!({ "person": id, "keep": "out", "until": until });
    for pens in [&[ANN][..], &[BOB, ANN]] {
        let told = order_by_all(&mut bench, pens, "override", &args);
        assert_eq!(became(&told), [Became::Nothing]);
    }
    assert_eq!(became(&order(&mut bench, BOB, "override", &args)), [Became::Overridden]);
}

#[test]
fn what_an_override_calls_is_counted_like_all_else() {
    let none = Limit { hour: Ceiling { count: Some(0), percent: None }, day: Ceiling::default() };
    let limits = Limits { kinds: [(LimitKind::Grant, none)].into(), ..Limits::default() };
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    terminated(&mut bench, &mut provider, 1);
    keep(&mut bench, "in", DAY);
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    assert!(holds(&bench).iter().any(|(_, hold)| hold.why.code.as_str() == "limit.reached"));
}

#[test]
fn where_no_claim_keeps_somebody_out_there_is_nothing_to_override() {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    bench.hire(&name(0));
    provider.serve(&mut bench);
    let told = keep(&mut bench, "in", DAY);
    assert_eq!((became(&told), told.outcome.word()), (vec![Became::Nothing], "nothing"));
}

/// What is overridden: each claim in force or to come that takes access, and who must agree.
#[test]
fn an_override_goes_against_claims_in_force_or_to_come() {
    let restricting: BTreeSet<GroupName> = [GroupName::new("Quarantine")].into();
    let main = TargetName::new("main");
    let out = Want { active: Some(false), ..Want::default() };
    let elsewhere = Want { target: Some(TargetName::new("lab")), ..out.clone() };
    let mut deleted = assertion("clean-up", Precedence::Leave, 1, Want::default());
    let absent = Want { account: Some(Presence::Absent), ..Want::default() };
    deleted.then = vec![Stage { after: SignedDuration::from_hours(400), want: absent }];
    let mut kim = kim();
    let mut says =
        |claim: &str, assertion| say(&mut kim, claim, &By::Person, 1, asserts(assertion));
    says("moved", assertion("moved", Precedence::Profile, 1, groups(&[], &["VPN"])));
    says("away", assertion("away", Precedence::Leave, 1, groups(&[], &["VPN"])));
    says("deleted", deleted);
    says("lab", assertion("lab", Precedence::Leaver, 1, elsewhere));
    let mut over = assertion("over", Precedence::Leaver, 1, out.clone());
    over.until = Some(at(2));
    says("over", over);
    let of = |person: &Person| {
        let found = opposed(person, (&main, &restricting), Keep::In, at(10));
        let names: Vec<String> = found.claims.iter().map(|it| it.name.clone()).collect();
        (names, found.operators_needed(), found.longest().as_hours() / 24)
    };
    assert_eq!(of(&kim), (vec!["away".to_owned(), "deleted".to_owned()], 1, 90));
    let friday = assertion("leaver", Precedence::Leaver, 100, out);
    say(&mut kim, "terminated", &By::Person, 5, asserts(friday));
    let (names, needed, days) = of(&kim);
    assert_eq!((names[2].as_str(), needed, days), ("terminated", 2, 7));
    let quarantine = assertion("risk", Precedence::Security, 5, groups(&["Quarantine"], &[]));
    say(&mut kim, "quarantine", &By::Source("xdr".to_owned()), 5, asserts(quarantine));
    assert_eq!(of(&kim).0[3], "quarantine");
}
