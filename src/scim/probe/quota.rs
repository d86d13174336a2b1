//! The quota, as far as the target told of it on the way.

use super::Probe;
use super::finding::{Finding, Mark};

pub(super) fn check(probe: &Probe) -> Finding {
    let finding = |mark, conclusion| Finding { mark, ..Finding::untried("quota", conclusion) };
    let Some(limits) = probe.wire.limits else {
        return finding(Mark::Note, "the target tells nothing of a quota".to_owned()).advise(
            "ask the provider, and set the target's `calls_per_second`; Netskope takes about 4",
        );
    };
    let number = |number: Option<u64>| number.map_or("not said".to_owned(), |n| n.to_string());
    let reset =
        limits.reset.map_or("not said".to_owned(), |reset| format!("{} s", reset.as_secs()));
    finding(
        Mark::Good,
        format!(
            "the target tells its quota: limit {}, remaining {}, next window in {reset}",
            number(limits.limit),
            number(limits.remaining),
        ),
    )
}
