//! What brakes, commands and events could do to each other that nobody has asked for.

use super::bench::Bench;
use super::identity::{NAME, NUMBER, named};
use super::limiting::{Provider, name};
use super::obeying::{HOUR, became, order, order_by_all};
use super::overriding::{id_of, is_in, leaver};
use super::undoing::{kim_is_cut_by_mistake, of, play};
use crate::command::tests::court::{ANN, BOB};
use crate::engine::brakes::limits::Limits;
use crate::engine::state::Person;
use crate::model::ordered::Became;
use crate::model::{NoteWord, PersonId};
use jiff::SignedDuration;
use serde_json::json;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn until(bench: &Bench, length: SignedDuration) -> String {
    bench.now.checked_add(length).unwrap().to_string()
}

// Two who turn out to be one.

/// `in` for the one whom sensors know, and `out` for the one whom HR knows, in this order or the other.
fn one_is_kept_in_and_one_out(words: [&str; 2]) -> (Bench, Provider) {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    bench.event_of(&name(0), "risk.raised", json!({}));
    provider.serve(&mut bench);
    let event = bench.event_about("nobody", "worker.leave.started", json!({}));
    bench.tell(named(event, &[(NUMBER, "1001")]));
    provider.serve(&mut bench);
    for word in words {
        let sensed = id_of(&bench, 0);
        let others = bench.shard.people().find(|it| it.id != sensed).unwrap().id.clone();
        let person = if word == "in" { sensed } else { others };
        let args = json!({
            "person": person, "target": "main", "keep": word, "until": until(&bench, DAY * 2),
        });
        let told = order_by_all(&mut bench, &[ANN, BOB], "override", &args);
        assert_eq!(became(&told), [Became::Overridden], "{told:?}");
        bench.wait(HOUR);
        provider.serve(&mut bench);
    }
    let event = bench.event_about("nobody", "worker.leave.started", json!({}));
    bench.tell(named(event, &[(NUMBER, "1001"), (NAME, &name(0))]));
    provider.serve(&mut bench);
    assert_eq!(bench.shard.people().count(), 1);
    (bench, provider)
}

#[test]
fn of_two_overrides_of_one_person_the_one_that_counts_has_no_mutes_of_the_other() {
    let (bench, provider) = one_is_kept_in_and_one_out(["in", "out"]);
    assert!(!is_in(&provider));
    let person = bench.shard.people().next().unwrap();
    assert_eq!((person.overrides.iter().count(), person.mutes.iter().count()), (1, 0));
}

/// Nobody gets in again by being found to be somebody else, too.
#[test]
fn whoever_was_kept_out_stays_out_though_another_record_of_theirs_was_kept_in_since() {
    let (bench, provider) = one_is_kept_in_and_one_out(["out", "in"]);
    assert!(!is_in(&provider));
    let person: &Person = bench.shard.people().next().unwrap();
    assert_eq!((person.overrides.iter().count(), person.mutes.iter().count()), (1, 0));
}

// Overrides.

/// What the first has not seen, the second does not let pass in their name.
#[test]
fn two_operators_say_yes_to_the_same_claims() {
    let (mut bench, mut provider) = leaver();
    let args = json!({
        "person": id_of(&bench, 0), "target": "main", "keep": "in", "until": until(&bench, DAY * 2),
    });
    assert_eq!(became(&order(&mut bench, ANN, "override", &args)), [Became::WaitsForAnother]);
    bench.event_of(&name(0), "risk.raised", json!({}));
    provider.serve(&mut bench);
    assert!(!provider.quarantine.is_empty());
    let told = order(&mut bench, BOB, "override", &args);
    let why = told.outcome.why().expect("Ann said nothing of a quarantine");
    assert_eq!(why.code.as_str(), "command.comes_to_more");
    provider.serve(&mut bench);
    assert!(!is_in(&provider) && !provider.quarantine.is_empty());
    assert_eq!(became(&order(&mut bench, ANN, "override", &args)), [Became::WaitsForAnother]);
    assert_eq!(became(&order(&mut bench, BOB, "override", &args)), [Became::Overridden]);
}

/// The shard changes hands while something is under way for the person, and the end comes meanwhile.
#[test]
fn an_override_that_ends_while_nobody_owns_the_shard_is_told_as_ended() {
    let (mut bench, _) = leaver();
    let args = json!({
        "person": id_of(&bench, 0), "target": "main", "keep": "in", "until": until(&bench, HOUR),
    });
    order_by_all(&mut bench, &[ANN, BOB], "override", &args);
    bench.commit_all();
    let later = bench.now.checked_add(HOUR * 2).unwrap();
    let limits = Limits::default();
    let mut bench = Bench::limited_again(&limits, bench.state, later);
    let mut provider = Provider::default();
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    let told: Vec<&str> =
        bench.notes(NoteWord::Override).into_iter().map(|it| it.why.code.as_str()).collect();
    assert_eq!(told, ["override.ended"]);
    assert!(bench.shard.people().next().unwrap().overrides.is_empty());
}

// Undo.

/// Somebody links two people between the preview and the command.
#[test]
fn whoever_is_to_be_left_out_is_left_out_under_an_earlier_id_too() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    bench.event_of("other@example.com", "risk.raised", json!({}));
    play(&mut bench, &mut peer);
    let ids: Vec<PersonId> = bench.shard.people().map(|it| it.id.clone()).collect();
    let linked = order(&mut bench, ANN, "link", &json!({ "persons": ids }));
    assert_eq!(became(&linked), [Became::Linked; 2], "{linked:?}");
    play(&mut bench, &mut peer);
    let home = bench.shard.people().next().unwrap().id.clone();
    let gone = ids.into_iter().find(|id| *id != home).unwrap();
    let mut undo = of(&event);
    undo["leave_out"] = json!([{ "person": gone, "target": "main" }]);
    let told = order_by_all(&mut bench, &[ANN, BOB], "undo", &undo);
    assert_eq!(became(&told), [Became::LeftOut], "{told:?}");
    let mut undo = of(&event);
    undo["rows"] = json!([{ "person": gone, "target": "main" }]);
    let told = order_by_all(&mut bench, &[ANN, BOB], "undo", &undo);
    assert_eq!(became(&told), [Became::Undone], "{told:?}");
}
