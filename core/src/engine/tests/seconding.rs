//! Two operators say yes to the same thing: to what it comes to, and not to its words alone.

use super::bench::Bench;
use super::limiting::{Provider, name, terminate};
use super::obeying::{HOUR, became, order, send, worded};
use super::overriding::{id_of, is_in, leaver};
use crate::command::tests::court::{ANN, BOB};
use crate::engine::brakes::limits::Limits;
use crate::model::ScimId;
use crate::model::ordered::{Became, CommandRecord};
use serde_json::{Value, json};

fn is_quarantined(provider: &Provider, number: usize) -> bool {
    provider.quarantine.contains(&ScimId::new(format!("a-{}", name(number))))
}

/// Two people, the first of them quarantined; and the undo of that rule's work.
fn one_of_two_is_quarantined() -> (Bench, Provider, Value) {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    for number in 0..2 {
        bench.hire(&name(number));
    }
    provider.serve(&mut bench);
    let since = (bench.now - HOUR).to_string();
    let undo = json!({ "what": { "rule": { "rule": "quarantine", "since": since } } });
    quarantine(&mut bench, &mut provider, 0);
    (bench, provider, undo)
}

fn quarantine(bench: &mut Bench, provider: &mut Provider, number: usize) {
    bench.event_of(&name(number), "risk.raised", json!({}));
    provider.serve(bench);
    assert!(is_quarantined(provider, number));
}

fn refused(told: &CommandRecord) -> String {
    let why = told.outcome.why().unwrap_or_else(|| panic!("{:?}", told.rows));
    assert_eq!(why.code.as_str(), "command.comes_to_more");
    why.text.clone()
}

#[test]
fn an_undo_that_comes_to_more_by_the_second_yes_is_refused_and_says_what_is_new() {
    let (mut bench, mut provider, undo) = one_of_two_is_quarantined();
    let one = order(&mut bench, ANN, "undo", &undo);
    assert_eq!(became(&one), [Became::WaitsForAnother]);
    quarantine(&mut bench, &mut provider, 1);
    let why = refused(&order(&mut bench, BOB, "undo", &undo));
    let (known, new) = (id_of(&bench, 0), id_of(&bench, 1));
    assert!(why.contains("ann@example.com"), "who said yes to less: {why}");
    assert!(why.contains(&format!("{new} at main")), "{why}");
    assert!(!why.contains(known.as_str()), "{why}");
    provider.serve(&mut bench);
    assert!(is_quarantined(&provider, 0) && is_quarantined(&provider, 1), "nothing is done");
    // Whoever said yes to less says yes to all of it, and then another.
    let again = order(&mut bench, ANN, "undo", &undo);
    assert_eq!(became(&again), [Became::WaitsForAnother; 2]);
    let two = order(&mut bench, BOB, "undo", &undo);
    assert_eq!(became(&two), [Became::Undone; 2]);
    provider.serve(&mut bench);
    assert!(provider.quarantine.is_empty());
}

/// The same person, and another word of the same rule.
#[test]
fn what_is_said_of_the_same_person_meanwhile_is_new_too() {
    let (mut bench, mut provider, undo) = one_of_two_is_quarantined();
    order(&mut bench, ANN, "undo", &undo);
    bench.wait(HOUR);
    quarantine(&mut bench, &mut provider, 0);
    let why = refused(&order(&mut bench, BOB, "undo", &undo));
    assert!(why.contains(&format!("{} at main", id_of(&bench, 0))), "{why}");
}

/// Whoever may write to the topic, and is no operator, has the bytes of all that was ever said.
#[test]
fn a_yes_that_was_refused_counts_for_nothing_when_it_is_sent_again() {
    let (mut bench, mut provider, undo) = one_of_two_is_quarantined();
    order(&mut bench, ANN, "undo", &undo);
    quarantine(&mut bench, &mut provider, 1);
    let (offset, bytes) = worded(&bench, BOB, "undo", &undo);
    refused(&send(&mut bench, offset, &[BOB], bytes.clone()));
    order(&mut bench, ANN, "undo", &undo);
    let again = send(&mut bench, offset + 2, &[BOB], bytes);
    assert_eq!(again.outcome.why().map(|why| why.code.as_str()), Some("command.used"));
    provider.serve(&mut bench);
    assert!(is_quarantined(&provider, 0) && is_quarantined(&provider, 1));
}

/// A new owner knows what the first yes was to.
#[test]
fn what_was_said_yes_to_outlasts_the_owner() {
    let (mut bench, mut provider, undo) = one_of_two_is_quarantined();
    order(&mut bench, ANN, "undo", &undo);
    quarantine(&mut bench, &mut provider, 1);
    let mut bench = Bench::limited_again(&Limits::default(), bench.state, bench.now);
    provider.serve(&mut bench);
    let why = refused(&order(&mut bench, BOB, "undo", &undo));
    assert!(why.contains(&format!("{} at main", id_of(&bench, 1))), "{why}");
}

#[test]
fn an_override_against_more_by_the_second_yes_is_refused_and_says_where() {
    let (mut bench, mut provider) = leaver();
    let until = bench.now.checked_add(HOUR * 48).unwrap().to_string();
    let person = id_of(&bench, 0);
    let args = json!({ "person": person, "target": "main", "keep": "in", "until": until });
    let one = order(&mut bench, ANN, "override", &args);
    assert_eq!(became(&one), [Became::WaitsForAnother]);
    bench.wait(HOUR);
    terminate(&mut bench, 0);
    provider.serve(&mut bench);
    let why = refused(&order(&mut bench, BOB, "override", &args));
    assert!(why.contains(&format!("{person} at main")), "{why}");
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    order(&mut bench, ANN, "override", &args);
    let two = order(&mut bench, BOB, "override", &args);
    assert_eq!(became(&two), [Became::Overridden]);
}
