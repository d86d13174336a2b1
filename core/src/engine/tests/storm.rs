//! A sensor cries wolf about everybody, leavers among them, and owners change all the while (hazard 25).

use super::bench::Bench;
use super::limiting::{Provider, name, terminate};
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits, Reserve};
use crate::model::ScimId;
use crate::model::event::Event;
use serde_json::json;

const LIMIT: u32 = 10;
/// The sensors' part of it.
const HALF: usize = 5;
const PER_SOURCE: u32 = 3;

fn limits() -> Limits {
    let hour = Ceiling { count: Some(LIMIT), percent: None };
    let limit = Limit { hour, day: Ceiling::default() };
    let reserve = Reserve { an_hour: 6, per_source: PER_SOURCE, per_rule: 6 };
    Limits { kinds: [(LimitKind::Cut, limit)].into(), reserve, ..Limits::default() }
}

fn raised(bench: &mut Bench, number: usize, source: &str) {
    let event = bench.event_about(&name(number), "risk.raised", json!({}));
    bench.tell(Event { source: source.to_owned(), ..event });
}

/// The next owner takes over in the middle of it.
fn handed_over(bench: Bench) -> Bench {
    Bench::limited_again(&limits(), bench.state, bench.now)
}

#[test]
fn a_storm_of_signals_takes_half_the_limit_and_its_reserve_and_leavers_the_rest() {
    let (mut bench, mut provider) = (Bench::limited(&limits()), Provider::default());
    for number in 0..40 {
        raised(&mut bench, number, "noisy");
        if number % 10 == 9 {
            provider.serve(&mut bench);
            bench = handed_over(bench);
        }
    }
    provider.serve(&mut bench);
    let most = HALF + usize::try_from(PER_SOURCE).unwrap();
    assert_eq!(provider.quarantine.len(), most, "no owner gives it more");

    for number in 40..50 {
        terminate(&mut bench, number);
    }
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), HALF, "the other half is the leavers'");
    let mut bench = handed_over(bench);
    raised(&mut bench, 60, "careful");
    provider.serve(&mut bench);
    let genuine = ScimId::new(format!("a-{}", name(60)));
    assert!(provider.quarantine.contains(&genuine), "it has a reserve of its own");
}
