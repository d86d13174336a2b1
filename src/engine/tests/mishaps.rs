//! Odd things that happen to people and targets, and that stop nobody else.

use super::bench::Bench;
use crate::engine::settings::Mode;
use crate::model::{Failure, Landed, Outcome, Reply, Verdict};
use jiff::SignedDuration;
use serde_json::json;

#[test]
fn a_call_in_doubt_at_a_target_that_is_gone_keeps_nobody_busy() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let find = bench.only_call();
    bench.done(&find, Reply::Accounts(vec![Bench::kim(true)]));
    bench.commit_all();
    let cut = bench.only_call();
    bench.answer(
        &cut,
        Outcome::Failed(Failure {
            verdict: Verdict::Retry { after: None },
            landed: Landed::Maybe,
            what: "no answer in time".to_owned(),
        }),
    );
    bench.commit_all();
    let state = bench.state.into_iter().map(|(key, value)| {
        let text = String::from_utf8(value).unwrap();
        (key, text.replace(r#""seats":{"main":"#, r#""seats":{"gone":"#).into_bytes())
    });
    let now = bench.now.checked_add(SignedDuration::from_mins(10)).unwrap();
    let mut next = Bench::own(Mode::Enforce, state.collect(), now);
    next.commit_all();
    assert!(next.state[&next.person_key()].windows(6).any(|it| it == br#""gone""#));
}
