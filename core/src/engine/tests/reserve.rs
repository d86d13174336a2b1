//! Whoever is cut out of the reserve is counted there from when the call goes out, however late that is.

use super::bench::Bench;
use super::limiting::{Provider, name, terminate, terminated, two_cuts_an_hour};
use crate::engine::Input;
use crate::engine::brakes::counters::{Charges, Counters, Sensor};
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Limits, Reserve};
use crate::model::ScimId;
use crate::model::ids::RuleName;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[test]
fn who_is_counted_in_the_reserve_counts_there_from_the_last_time_on() {
    let limits = two_cuts_an_hour();
    let (rule, start): (_, Timestamp) =
        (RuleName::new("r"), "2026-09-01T08:00:00Z".parse().unwrap());
    let sensor = Sensor { source: "noisy", rule: &rule };
    let (mut counters, mut charges) = (Counters::default(), Charges::new());
    let later = start + MINUTE * 50;
    counters.charge_reserve(sensor, &mut charges, start);
    for at in [start, later, later] {
        counters.charge_sensors(sensor, &mut charges, at);
    }
    let charge = charges[&LimitKind::Cut];
    assert!(charge.from_reserve);
    assert_eq!(charge.at, later);
    let of_source = Reserve { an_hour: 9, per_source: 1, per_rule: 9 };
    let of_rule = Reserve { an_hour: 9, per_source: 9, per_rule: 1 };
    for reserve in [limits.reserve, of_source, of_rule] {
        let limits = Limits { reserve, ..limits.clone() };
        let has_room = |at| counters.has_reserve(sensor, &limits, at);
        assert!(!has_room(later + MINUTE * 59), "{reserve:?}");
        assert!(has_room(later + MINUTE * 62), "it is counted once: {reserve:?}");
    }
}

/// Lets as many commits in as one call takes. A shard that writes the same ahead again and again never ends.
fn commit_a_few(bench: &mut Bench) {
    for _ in 0..20 {
        let Some(commit) = bench.commit.take() else { return };
        for write in commit.state.into_iter().filter_map(|it| Some((it.key, it.value?))) {
            bench.state.insert(write.0, write.1);
        }
        bench.audit.extend(commit.audit);
        bench.step(Input::Committed(commit.id));
    }
    panic!("it commits and commits, and calls nothing");
}

/// The target takes nothing for ten minutes, and what was counted is older than a minute then.
#[test]
fn who_is_cut_out_of_the_reserve_is_called_once_the_target_is_back() {
    let (mut bench, mut provider) = (Bench::limited(&two_cuts_an_hour()), Provider::default());
    terminated(&mut bench, &mut provider, 3);
    assert_eq!(provider.cut(), 2);
    terminate(&mut bench, 4);
    provider.serve(&mut bench);
    provider.is_down = true;
    bench.event_of(&name(4), "risk.raised", json!({}));
    for step in 0..600 {
        provider.is_down = step < 300;
        commit_a_few(&mut bench);
        if !provider.answer_one(&mut bench) {
            bench.wait(SignedDuration::from_secs(2));
        }
    }
    assert!(provider.quarantine.contains(&ScimId::new(format!("a-{}", name(4)))));
}
