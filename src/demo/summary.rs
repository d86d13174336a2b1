//! The day in numbers, for people and for programs.

use super::facts::Facts;
use jiff::SignedDuration;
use serde::Serialize;

/// What came of it; `--json` prints it as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Records that were written to Kafka.
    pub events: usize,
    pub decisions: usize,
    pub results: usize,
    pub scim_calls: u64,
    pub parked: usize,
    pub cutoff_ms: CutOffs,
    pub took_ms: u64,
    pub expectations: usize,
    /// Those that did not hold.
    pub failed: Vec<String>,
    pub ok: bool,
}

/// From the event to the call that took the access away, over all who were to be cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutOffs {
    pub count: usize,
    /// The median.
    pub p50: Option<u64>,
    pub max: Option<u64>,
}

impl CutOffs {
    fn of(taken: Vec<SignedDuration>) -> Self {
        let millis = |taken: SignedDuration| u64::try_from(taken.as_millis()).unwrap_or(0);
        let mut taken: Vec<u64> = taken.into_iter().map(millis).collect();
        taken.sort_unstable();
        let middle = taken.len().saturating_sub(1) / 2;
        Self { count: taken.len(), p50: taken.get(middle).copied(), max: taken.last().copied() }
    }
}

impl Summary {
    pub(super) fn of(
        facts: &Facts,
        scim_calls: u64,
        verdicts: &[(bool, String)],
        took: SignedDuration,
    ) -> Self {
        let failed = verdicts.iter().filter(|(holds, _)| !holds);
        let failed: Vec<String> = failed.map(|(_, says)| says.clone()).collect();
        Self {
            events: facts.inputs(),
            decisions: facts.decisions.len(),
            results: facts.results.len(),
            scim_calls,
            parked: facts.parked.len(),
            cutoff_ms: CutOffs::of(facts.cut_offs().into_iter().flatten().collect()),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(0),
            expectations: verdicts.len(),
            ok: failed.is_empty(),
            failed,
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let shown =
            |millis: Option<u64>| millis.map_or("?".to_owned(), |millis| millis.to_string());
        let CutOffs { count, p50, max } = &self.cutoff_ms;
        vec![
            format!(
                "{} events, {} decisions, {} results, {} SCIM calls, {} parked, in {} s",
                self.events,
                self.decisions,
                self.results,
                self.scim_calls,
                self.parked,
                self.took_ms / 1000,
            ),
            format!(
                "{count} people cut off: {} ms from the event to the cut (median), {} ms at most",
                shown(*p50),
                shown(*max),
            ),
        ]
    }
}
