//! What operators order for somebody who was known as two.

use super::bench::Bench;
use super::identity::{MAIL, NAME, NUMBER, named};
use super::limiting::{Provider, name};
use super::obeying::{became, order, order_by_all};
use super::overriding::{id_of, is_in, leaver};
use crate::command::tests::court::{ANN, BOB};
use crate::engine::brakes::limits::Limits;
use crate::model::ordered::{Became, CommandRecord};
use crate::model::{Alias, NoteWord, PersonId};
use jiff::SignedDuration;
use serde_json::json;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// HR speaks of whoever has the number 1001, whom nobody knew by it.
fn meet_the_second(bench: &mut Bench, kind: &str) -> PersonId {
    let event = bench.event_about("nobody", kind, json!({}));
    bench.tell(named(event, &[(NUMBER, "1001"), (MAIL, "kim@example.org")]));
    let number = Alias::parse(NUMBER, "1001").unwrap();
    bench.shard.people().find(|it| it.aliases.contains(&number)).unwrap().id.clone()
}

/// From here on the two are one.
fn unite(bench: &mut Bench) {
    let event = bench.event_about("nobody", "worker.leave.started", json!({}));
    bench.tell(named(event, &[(NUMBER, "1001"), (NAME, &name(0))]));
    assert_eq!(bench.shard.people().count(), 1);
    bench.commit_all();
}

/// A leaver, and the id of the record that became part of theirs.
fn once_two() -> (Bench, Provider, PersonId) {
    let (mut bench, mut provider) = leaver();
    let gone = meet_the_second(&mut bench, "worker.leave.started");
    unite(&mut bench);
    provider.serve(&mut bench);
    assert_ne!(gone, id_of(&bench, 0));
    (bench, provider, gone)
}

/// The row is about whoever is left, and says so.
fn is_about_the_one_who_is_left(bench: &Bench, told: &CommandRecord, gone: &PersonId) {
    let row = &told.rows[0];
    assert_eq!(row.person, Some(id_of(bench, 0)));
    let why = row.why.as_deref().unwrap_or_default();
    assert!(why.contains(&format!("{gone} is part of")), "{why}");
}

#[test]
fn an_override_finds_whoever_a_former_record_is_part_of() {
    let (mut bench, mut provider, gone) = once_two();
    let until = bench.now.checked_add(DAY).unwrap().to_string();
    let args = json!({ "person": gone, "target": "main", "keep": "in", "until": until });
    let told = order_by_all(&mut bench, &[ANN, BOB], "override", &args);
    assert_eq!(became(&told), [Became::Overridden], "{:?}", told.rows);
    is_about_the_one_who_is_left(&bench, &told, &gone);
    provider.serve(&mut bench);
    assert!(is_in(&provider));
}

/// What is forbidden is not allowed under a former id.
#[test]
fn too_long_an_override_is_refused_under_a_former_id_too() {
    let (mut bench, _, gone) = once_two();
    let until = bench.now.checked_add(DAY * 8).unwrap().to_string();
    let args = json!({ "person": gone, "target": "main", "keep": "in", "until": until });
    let told = order_by_all(&mut bench, &[ANN, BOB], "override", &args);
    assert_eq!(told.outcome.why().unwrap().code.as_str(), "command.override_end");
}

#[test]
fn a_reassertion_finds_whoever_a_former_record_is_part_of() {
    let (mut bench, mut provider, gone) = once_two();
    provider.inactive.clear();
    let told = order(&mut bench, ANN, "reassert", &json!({ "persons": [gone] }));
    assert_eq!(became(&told), [Became::Reasserted], "{:?}", told.rows);
    is_about_the_one_who_is_left(&bench, &told, &gone);
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
}

#[test]
fn a_retry_finds_whoever_a_former_record_is_part_of() {
    let (mut bench, mut provider, gone) = once_two();
    provider.is_down = true;
    bench.event_of(&name(0), "worker.termination.cancelled", json!({}));
    for _ in 0..4 {
        bench.commit_all();
        provider.answer_one(&mut bench);
    }
    let told = order(&mut bench, ANN, "retry", &json!({ "person": gone }));
    assert_eq!(became(&told), [Became::Retried], "{:?}", told.rows);
    is_about_the_one_who_is_left(&bench, &told, &gone);
}

fn keep(bench: &mut Bench, pen: u8, person: &PersonId, keep: &str, length: SignedDuration) {
    let until = bench.now.checked_add(length).unwrap().to_string();
    let args = json!({ "person": person, "target": "main", "keep": keep, "until": until });
    let pens = if pen == ANN { [ANN, BOB] } else { [BOB, ANN] };
    let told = order_by_all(bench, &pens, "override", &args);
    assert_eq!(became(&told), [Became::Overridden], "{:?}", told.rows);
}

fn gave_way(bench: &Bench) -> Vec<String> {
    let notes = bench.notes(NoteWord::Override).into_iter();
    let notes = notes.filter(|note| note.why.code.as_str() == "override.gave_way");
    notes.map(|note| note.why.text.clone()).collect()
}

/// Somebody quarantined whom Ann keeps in, and somebody else whom Bob keeps in or out.
fn two_overridden(second: &str) -> (Bench, Provider) {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    bench.event_of(&name(0), "risk.raised", json!({}));
    provider.serve(&mut bench);
    let first = id_of(&bench, 0);
    keep(&mut bench, ANN, &first, "in", DAY * 3);
    let other = meet_the_second(&mut bench, "worker.terminated");
    bench.wait(SignedDuration::from_mins(1));
    keep(&mut bench, BOB, &other, second, DAY * 2);
    assert!(gave_way(&bench).is_empty());
    unite(&mut bench);
    (bench, provider)
}

#[test]
fn the_override_that_gives_way_to_one_that_keeps_out_is_told() {
    let (bench, _) = two_overridden("out");
    let told = gave_way(&bench);
    assert_eq!(told.len(), 1, "{told:?}");
    let parts = ["`in` by ann@example.com", "`out` by bob@example.com", "keeps out"];
    assert!(parts.iter().all(|part| told[0].contains(part)), "{told:?}");
    let person = bench.shard.people().next().unwrap();
    assert!(person.mutes.is_empty());
}

/// Both keep in: the words that the first muted are muted on until it would have ended, and then that is
/// told, though the other override ended before.
#[test]
fn of_two_that_keep_in_the_earlier_gives_way_and_its_mutes_last_and_are_told() {
    let (mut bench, mut provider) = two_overridden("in");
    let told = gave_way(&bench);
    assert_eq!(told.len(), 1, "{told:?}");
    let parts = ["`in` by ann@example.com", "`in` by bob@example.com", "quarantine"];
    assert!(parts.iter().all(|part| told[0].contains(part)), "{told:?}");
    provider.serve(&mut bench);
    assert!(provider.quarantine.is_empty());
    let ended = |bench: &Bench| {
        let notes = bench.notes(NoteWord::Override).into_iter();
        notes.filter(|note| note.why.code.as_str() == "override.ended").count()
    };
    bench.wait(DAY * 2);
    provider.serve(&mut bench);
    assert_eq!(ended(&bench), 1, "bob's");
    bench.wait(DAY);
    provider.serve(&mut bench);
    assert_eq!(ended(&bench), 2, "ann's");
    assert!(bench.shard.people().next().unwrap().mutes.is_empty());
}

#[test]
fn an_operator_who_links_two_is_told_which_override_gives_way() {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    bench.event_of(&name(0), "risk.raised", json!({}));
    provider.serve(&mut bench);
    let (first, other) = (id_of(&bench, 0), meet_the_second(&mut bench, "worker.terminated"));
    keep(&mut bench, ANN, &first, "in", DAY);
    keep(&mut bench, BOB, &other, "out", DAY);
    let told = order(&mut bench, ANN, "link", &json!({ "persons": [first, other] }));
    assert_eq!(became(&told), [Became::Linked; 2]);
    let why: Vec<_> = told.rows.iter().filter_map(|row| row.why.clone()).collect();
    assert!(
        why.join("; ").contains("gives way to the override `out` by bob@example.com"),
        "{why:?}"
    );
    assert_eq!(gave_way(&bench).len(), 1);
}
