//! What a shard says of its brakes, in numbers.

use super::bench::Bench;
use super::limiting::two_cuts_an_hour;
use super::obeying::{HOUR, holds, order, three_of_whom_one_is_held};
use crate::command::tests::court::ANN;
use crate::engine::Input;
use crate::engine::brakes::counters::Window;
use crate::engine::brakes::figures::{ScopeWord, VerdictWord};
use crate::engine::brakes::kind::LimitKind;
use serde_json::json;

#[test]
fn rows_are_counted_by_what_was_said_of_them() {
    let (mut bench, mut provider) = three_of_whom_one_is_held();
    let digest = holds(&bench)[0].1.digest.clone();
    let told = |bench: &Bench| {
        let held = bench.shard.brake_figures().held;
        let told = held.iter().map(|it| (it.code.to_string(), it.verdict, it.rows, it.cuts));
        told.collect::<Vec<_>>()
    };
    let limit = "limit.reached".to_owned();
    assert_eq!(told(&bench), [(limit.clone(), VerdictWord::Open, 1, 1)]);
    let since = holds(&bench)[0].1.since;
    assert_eq!(bench.shard.brake_figures().held[0].oldest, since);
    order(&mut bench, ANN, "reject", &json!({ "holds": [digest], "for": "2h" }));
    assert_eq!(told(&bench), [(limit.clone(), VerdictWord::Rejected, 1, 1)]);
    bench.wait(HOUR * 3);
    provider.serve(&mut bench);
    assert_eq!(told(&bench), [(limit, VerdictWord::Open, 1, 1)], "somebody is asked again");
}

#[test]
fn limits_say_what_is_spent_and_so_does_the_next_owner() {
    let (bench, _) = three_of_whom_one_is_held();
    let cuts = |bench: &Bench| {
        let limits = bench.shard.brake_figures().limits;
        let cuts = limits.iter().filter(|it| it.kind == LimitKind::Cut);
        cuts.map(|it| (it.window, it.spent, it.most)).collect::<Vec<_>>()
    };
    let spent = [(Window::Hour, 2, Some(2)), (Window::Day, 2, None)];
    assert_eq!(cuts(&bench), spent);
    let next = Bench::limited_again(&two_cuts_an_hour(), bench.state, bench.now);
    assert_eq!(cuts(&next), spent);
}

#[test]
fn pauses_say_what_they_reach_and_since_when() {
    let (mut bench, _) = three_of_whom_one_is_held();
    let told = |bench: &Bench| {
        let pauses = bench.shard.brake_figures().pauses;
        pauses.iter().map(|it| (it.scope, it.since)).collect::<Vec<_>>()
    };
    assert_eq!(told(&bench), []);
    order(&mut bench, ANN, "pause", &json!({ "scope": { "target": "main" } }));
    let since = bench.now;
    bench.step(Input::Stopped(true));
    assert_eq!(told(&bench), [(ScopeWord::Replica, None), (ScopeWord::Target, Some(since))]);
}

#[test]
fn it_is_known_how_many_may_release_what_is_held() {
    let (bench, _) = three_of_whom_one_is_held();
    let figures = bench.shard.brake_figures();
    let (tenant, people) = &figures.approvers[0];
    assert_eq!((tenant.as_str(), *people > 0), ("acme", true));
    let unmanned = Bench::ready(&[]);
    assert_eq!(unmanned.shard.brake_figures().approvers[0].1, 0);
}
