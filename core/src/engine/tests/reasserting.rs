//! Accounts are read again because an operator says so, and brought to what is wanted.

use super::bench::Bench;
use super::limiting::{Provider, terminate, terminated, two_cuts_an_hour};
use super::obeying::{HOUR, became, holds, order};
use super::overriding::{id_of, is_in, leaver};
use crate::command::tests::court::{ANN, BOB};
use crate::model::ordered::Became;
use serde_json::json;

/// Somebody has changed the account by hand, and nobody has told usher.
#[test]
fn what_is_reasserted_is_read_again_and_brought_to_what_is_wanted() {
    let (mut bench, mut provider) = leaver();
    provider.inactive.clear();
    let person = json!({ "persons": [id_of(&bench, 0)] });
    let told = order(&mut bench, ANN, "reassert", &person);
    assert_eq!(became(&told), [Became::Reasserted]);
    let again = order(&mut bench, ANN, "reassert", &person);
    assert_eq!(became(&again), [Became::Nothing], "it is worked on");
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    provider.inactive.clear();
    let rule = order(&mut bench, BOB, "reassert", &json!({ "rule": "terminated" }));
    assert_eq!(became(&rule), [Became::Reasserted]);
    provider.serve(&mut bench);
    assert!(!is_in(&provider));
    let nobody = order(&mut bench, BOB, "reassert", &json!({ "rule": "quarantine" }));
    assert_eq!(became(&nobody), [Became::Nothing]);
}

#[test]
fn what_is_reasserted_is_counted_like_all_else() {
    let limits = two_cuts_an_hour();
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    terminated(&mut bench, &mut provider, 2);
    bench.wait(HOUR * 2);
    terminate(&mut bench, 2);
    provider.serve(&mut bench);
    provider.inactive.clear();
    let told = order(&mut bench, ANN, "reassert", &json!({ "rule": "terminated" }));
    assert_eq!(told.rows.len(), 3);
    provider.serve(&mut bench);
    assert!(provider.cut() < 3, "beyond the limit it is a row");
    assert!(!holds(&bench).is_empty());
}
