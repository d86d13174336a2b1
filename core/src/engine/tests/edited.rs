//! A rule that is edited or taken away while something waits by its word: the row waits on as another one,
//! so that nobody approves what they have not seen.

use super::bench::Bench;
use super::limiting::{Provider, two_cuts_an_hour};
use super::obeying::{HOUR, became, holds, order, three_of_whom_one_is_held};
use super::setting::{Like, RULES};
use crate::command::Operators;
use crate::command::tests::court::{ANN, group};
use crate::engine::settings::Mode;
use crate::model::hold::{Hold, Verdict};
use crate::model::ordered::{Became, CommandOutcome};
use serde_json::json;

/// The rule by whose word people wait says something else.
fn edited() -> String {
    RULES.replace("after: 30d", "after: 60d")
}

/// It is not there any more, under that name.
fn without_it() -> String {
    RULES.replace("name: terminated", "name: left")
}

/// usher is started again with these rules, when there is room within the limit again.
fn started_with(bench: Bench, provider: &mut Provider, rules: String) -> Bench {
    assert_ne!(rules, RULES);
    started(bench, provider, rules)
}

fn started(bench: Bench, provider: &mut Provider, rules: String) -> Bench {
    let operators = Operators::new(vec![group()]).unwrap();
    let (limits, rules) = (two_cuts_an_hour(), Some(rules));
    let like = Like { limits, operators, rules, ..Like::usual(Mode::Enforce) };
    let mut bench = Bench::owned_like(like, bench.state, bench.now);
    bench.wait(HOUR * 2);
    provider.serve(&mut bench);
    bench
}

fn only_row(bench: &Bench) -> Hold {
    let rows = holds(bench);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].1.clone()
}

#[test]
fn what_was_seen_before_its_rule_was_edited_is_not_called() {
    for rules in [edited(), without_it()] {
        let (bench, mut provider) = three_of_whom_one_is_held();
        let seen = only_row(&bench).digest;
        let mut bench = started_with(bench, &mut provider, rules);
        assert_eq!(provider.cut(), 2, "an edited rule lets nobody go by itself");
        let told = order(&mut bench, ANN, "approve", &json!({ "holds": [seen] }));
        assert_eq!(
            (&told.outcome, became(&told)),
            (&CommandOutcome::Nothing, vec![Became::Nothing])
        );
        provider.serve(&mut bench);
        assert_eq!(provider.cut(), 2);

        let now = only_row(&bench);
        assert_ne!(now.digest, seen);
        let told = order(&mut bench, ANN, "approve", &json!({ "holds": [now.digest] }));
        assert_eq!(became(&told), [Became::Approved]);
        provider.serve(&mut bench);
        assert_eq!((provider.cut(), holds(&bench).len()), (3, 0));
    }
}

/// And it is what it was when the rule says again what it said.
#[test]
fn what_was_said_of_a_row_is_not_said_of_it_under_another_rule() {
    let (mut bench, mut provider) = three_of_whom_one_is_held();
    let seen = only_row(&bench).digest;
    let told = order(&mut bench, ANN, "reject", &json!({ "holds": [seen], "for": "7d" }));
    assert_eq!(became(&told), [Became::Rejected]);
    let bench = started_with(bench, &mut provider, edited());
    assert_eq!((only_row(&bench).verdict, provider.cut()), (Verdict::Open, 2));
    let bench = started_with(bench, &mut provider, without_it());
    assert_eq!(provider.cut(), 2);
    let bench = started(bench, &mut provider, RULES.to_owned());
    assert_eq!((only_row(&bench).digest, provider.cut()), (seen, 2));
}
