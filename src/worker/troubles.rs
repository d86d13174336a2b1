//! Targets that fail are told in the log: once at the first failure, when the reason changes, from
//! time to time while it lasts, and when it is over.

use crate::model::code::Code;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::asks::{self, Asks};
use crate::model::{Answer, Call, Operation, Outcome, Request, TargetName, TenantName, Verdict};
use crate::observe::metrics::Metrics;

/// How often a failure that goes on is told again.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// A failure that comes back within this was not over.
const OVER_AFTER: Duration = Duration::from_secs(10);

/// What a provider may do well while it does something else badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ReadAccounts,
    WriteAccounts,
    ReadGroups,
    WriteGroups,
    ReadInventory,
}

impl Kind {
    fn of(request: &Request) -> Self {
        match request {
            Request::FindAccounts { .. } | Request::ReadAccount { .. } => Self::ReadAccounts,
            Request::FindGroups { .. } | Request::ReadMembers { .. } => Self::ReadGroups,
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => Self::ReadInventory,
            Request::AddMembers { .. }
            | Request::Write(
                Operation::AddMember { .. }
                | Operation::RemoveMember { .. }
                | Operation::CreateGroup { .. },
            ) => Self::WriteGroups,
            Request::Write(
                Operation::Create { .. } | Operation::Change { .. } | Operation::Delete { .. },
            ) => Self::WriteAccounts,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::ReadAccounts => "reading accounts",
            Self::WriteAccounts => "writing accounts",
            Self::ReadGroups => "reading groups",
            Self::WriteGroups => "writing groups",
            Self::ReadInventory => "listing what it has",
        }
    }
}

type Place = (TenantName, TargetName, Kind);

/// A failure, from its first time on.
#[derive(Debug)]
struct Trouble {
    what: String,
    since: Instant,
    told: Instant,
    times: u64,
    /// Since when the same kind of call works again.
    over: Option<Instant>,
}

/// What is to be told of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    Fails { what: String },
    StillFails { what: String, lasting: Duration, times: u64 },
    Works { lasted: Duration, times: u64 },
}

/// The failures that go on, at all targets of this process.
#[derive(Debug)]
pub(super) struct Troubles {
    metrics: Arc<Metrics>,
    known: Mutex<BTreeMap<Place, Trouble>>,
    asks: Mutex<Asks>,
}

impl Troubles {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, known: Mutex::default(), asks: Mutex::default() }
    }

    /// Takes note of an answer, and tells what is new.
    pub(super) fn hear(&self, call: &Call, answer: &Answer) {
        let kind = Kind::of(&call.request);
        let place = (call.tenant.clone(), call.target.clone(), kind);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let told = hear(&mut known, &place, &answer.outcome, Instant::now());
        let fails = known.iter().any(|((tenant, target, _), trouble)| {
            *tenant == call.tenant && *target == call.target && trouble.over.is_none()
        });
        drop(known);
        let is_closed = self.hear_asking(call, answer);
        self.metrics.target_fails(call.tenant.as_str(), call.target.as_str(), fails || is_closed);
        if let Some(told) = told {
            log((call.tenant.as_str(), call.target.as_str()), kind, &told);
        }
    }

    /// Says whether the target wants to be left alone, and tells it if that is new.
    fn hear_asking(&self, call: &Call, answer: &Answer) -> bool {
        let place = (call.tenant.clone(), call.target.clone());
        let mut asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner);
        let told = asks.hear(&place, answer, Instant::now());
        let is_closed = asks.is_closed(&place);
        drop(asks);
        if let Some(told) = told {
            asks::log((call.tenant.as_str(), call.target.as_str()), &told);
        }
        is_closed
    }

    /// Somebody else calls this tenant's targets now.
    pub(super) fn leave<'a>(
        &self,
        tenant: &TenantName,
        targets: impl Iterator<Item = &'a TargetName>,
    ) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(of, _, _), _| of != tenant);
        drop(known);
        self.asks.lock().unwrap_or_else(PoisonError::into_inner).forget(tenant);
        for target in targets {
            self.metrics.target_left(tenant.as_str(), target.as_str());
        }
    }
}

fn hear(
    known: &mut BTreeMap<Place, Trouble>,
    place: &Place,
    outcome: &Outcome,
    now: Instant,
) -> Option<Told> {
    match outcome {
        // What one person is refused stands in that person's result.
        Outcome::Failed(failure) if !matches!(failure.verdict, Verdict::Stuck | Verdict::Again) => {
            failed(known, place, &failure.what, now)
        }
        Outcome::Failed(_) | Outcome::Done(_) => works(known, place, now),
        Outcome::NotSent => None,
    }
}

fn failed(
    known: &mut BTreeMap<Place, Trouble>,
    place: &Place,
    what: &str,
    now: Instant,
) -> Option<Told> {
    let what = what.to_owned();
    let Some(trouble) = known.get_mut(place).filter(|trouble| !is_over(trouble, now)) else {
        let trouble = Trouble { what: what.clone(), since: now, told: now, times: 1, over: None };
        known.insert(place.clone(), trouble);
        return Some(Told::Fails { what });
    };
    trouble.times += 1;
    trouble.over = None;
    if trouble.what != what && now.duration_since(trouble.told) >= OVER_AFTER {
        trouble.told = now;
        trouble.what.clone_from(&what);
        return Some(Told::Fails { what });
    }
    if now.duration_since(trouble.told) < AGAIN_AFTER {
        return None;
    }
    trouble.told = now;
    trouble.what.clone_from(&what);
    let lasting = now.duration_since(trouble.since);
    Some(Told::StillFails { what, lasting, times: trouble.times })
}

/// One call that works may be the exception; after a while without a failure it is over.
fn works(known: &mut BTreeMap<Place, Trouble>, place: &Place, now: Instant) -> Option<Told> {
    let trouble = known.get_mut(place)?;
    let over = *trouble.over.get_or_insert(now);
    if over == now || !is_over(trouble, now) {
        return None;
    }
    let trouble = known.remove(place)?;
    Some(Told::Works { lasted: over.duration_since(trouble.since), times: trouble.times })
}

fn is_over(trouble: &Trouble, now: Instant) -> bool {
    trouble.over.is_some_and(|over| now.duration_since(over) >= OVER_AFTER)
}

fn log((tenant, target): (&str, &str), kind: Kind, told: &Told) {
    let doing = kind.word();
    match told {
        Told::Fails { what } => tracing::warn!(
            tenant,
            scim.target = target,
            doing,
            code = Code::TargetFails.as_str(),
            reason = what,
            "a target fails; it is tried again, and who waits for it is told in the audit"
        ),
        Told::StillFails { what, lasting, times } => tracing::warn!(
            tenant,
            scim.target = target,
            doing,
            code = Code::TargetFails.as_str(),
            reason = what,
            for_s = lasting.as_secs(),
            times,
            "a target still fails"
        ),
        Told::Works { lasted, times } => tracing::info!(
            tenant,
            scim.target = target,
            doing,
            failed_for_s = lasted.as_secs(),
            times,
            "a target works again"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, Landed, Reply};

    fn place() -> Place {
        (TenantName::new("acme"), TargetName::new("main"), Kind::WriteAccounts)
    }

    fn failure(what: &str) -> Outcome {
        Outcome::Failed(Failure {
            verdict: Verdict::Retry { after: None },
            landed: Landed::No,
            what: what.to_owned(),
        })
    }

    #[test]
    fn failing_target_is_told_at_once_then_now_and_then_and_when_it_is_over() {
        let (mut known, start) = (BTreeMap::new(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut hear =
            |outcome: &Outcome, seconds| hear(&mut known, &place(), outcome, at(seconds));
        let (down, works) = (failure("HTTP 503"), Outcome::Done(Reply::Changed));
        assert_eq!(hear(&works, 0), None);
        assert_eq!(hear(&down, 1), Some(Told::Fails { what: "HTTP 503".to_owned() }));
        assert_eq!((2..60).filter_map(|second| hear(&down, second)).count(), 0);
        let lasting = Duration::from_secs(61);
        let again = Told::StillFails { what: "HTTP 503".to_owned(), lasting, times: 60 };
        assert_eq!(hear(&down, 62), Some(again));
        let other = failure("HTTP 401");
        assert_eq!(hear(&other, 75), Some(Told::Fails { what: "HTTP 401".to_owned() }));
        assert_eq!(hear(&works, 80), None, "one success may be the exception");
        assert_eq!(hear(&other, 85), None, "it was");
        assert_eq!(hear(&works, 90), None);
        let lasted = Duration::from_secs(89);
        assert_eq!(hear(&works, 101), Some(Told::Works { lasted, times: 62 }));
        assert_eq!(hear(&down, 102), Some(Told::Fails { what: "HTTP 503".to_owned() }));
    }

    #[test]
    fn refusal_of_one_person_is_no_failure_of_the_target() {
        let mut known = BTreeMap::new();
        let refused = Outcome::Failed(Failure {
            verdict: Verdict::Stuck,
            landed: Landed::No,
            what: "HTTP 400".to_owned(),
        });
        assert_eq!(hear(&mut known, &place(), &refused, Instant::now()), None);
    }
}
