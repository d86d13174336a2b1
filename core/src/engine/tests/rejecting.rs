//! What was rejected is rejected for its time, whatever becomes of its row meanwhile.

use super::bench::Bench;
use super::limiting::{Provider, terminate, two_cuts_an_hour};
use super::obeying::{HOUR, became, holds, order, order_by_all, three_of_whom_one_is_held};
use crate::command::tests::court::{ANN, BOB};
use crate::model::PersonId;
use crate::model::hold::Verdict;
use crate::model::ordered::Became;
use serde_json::{Value, json};

/// Of three who are terminated, the third is beyond the limit, and rejected. Now there is room again.
fn rejected_for_a_week() -> (Bench, Provider, PersonId) {
    let (mut bench, provider) = three_of_whom_one_is_held();
    let (person, hold) = holds(&bench)[0].clone();
    let args: Value = json!({ "holds": [hold.digest], "for": "7d" });
    assert_eq!(became(&order(&mut bench, ANN, "reject", &args)), [Became::Rejected]);
    bench.wait(HOUR * 2);
    (bench, provider, person)
}

/// For an hour the claim does not count, and the row ends.
fn kept_in_for_an_hour(bench: &mut Bench, provider: &mut Provider, person: &PersonId) {
    let until = bench.now.checked_add(HOUR).unwrap().to_string();
    let args = json!({ "person": person, "target": "main", "keep": "in", "until": until });
    let told = order_by_all(bench, &[ANN, BOB], "override", &args);
    assert_eq!(became(&told), [Became::Overridden]);
    provider.serve(bench);
    assert!(holds(bench).is_empty(), "nobody wants it, so there is no row");
}

/// The claim goes and comes back, and it is the same: what was said of it counts, and then not any more.
#[test]
fn what_was_rejected_stays_so_though_its_claim_did_not_count_for_a_while() {
    for changes_hands in [false, true] {
        let (mut bench, mut provider, person) = rejected_for_a_week();
        kept_in_for_an_hour(&mut bench, &mut provider, &person);
        if changes_hands {
            bench = Bench::limited_again(&two_cuts_an_hour(), bench.state, bench.now);
            provider.serve(&mut bench);
        }
        bench.wait(HOUR * 2);
        provider.serve(&mut bench);
        assert_eq!(provider.cut(), 2, "the week is not over");
        let rows = holds(&bench);
        assert!(matches!(rows[0].1.verdict, Verdict::Rejected { .. }), "{rows:?}");
        bench.wait(HOUR * 24 * 8);
        let digest = rows[0].1.digest.clone();
        let yes = order(&mut bench, BOB, "approve", &json!({ "holds": [digest] }));
        assert_eq!(became(&yes), [Became::Approved]);
        provider.serve(&mut bench);
        assert_eq!(provider.cut(), 3);
    }
}

/// What was said no to is that termination, and no other.
#[test]
fn a_rejection_keeps_back_no_other_termination() {
    let (mut bench, mut provider, person) = rejected_for_a_week();
    kept_in_for_an_hour(&mut bench, &mut provider, &person);
    terminate(&mut bench, 2);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 3);
}

#[test]
fn whoever_is_kept_in_until_the_week_is_over_is_cut_then() {
    let (mut bench, mut provider, person) = rejected_for_a_week();
    let until = bench.now.checked_add(HOUR * 24 * 7).unwrap().to_string();
    let args = json!({ "person": person, "target": "main", "keep": "in", "until": until });
    order_by_all(&mut bench, &[ANN, BOB], "override", &args);
    provider.serve(&mut bench);
    bench.wait(HOUR * 24 * 7 + HOUR);
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), holds(&bench).len()), (3, 0));
}
