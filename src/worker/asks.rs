//! Targets that ask to be left alone for longer than they are: told in the log at once, for nobody is
//! served there meanwhile, and when a call has got through again.

use crate::model::code::Code;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::model::{Answer, Outcome, Pause, TargetName, TenantName};

/// Within this only calls are answered that were on their way: no pause is kept for less.
const ON_THEIR_WAY: Duration = Duration::from_mins(1);

/// The last pause that a target asked for.
#[derive(Debug)]
struct Asked {
    since: Instant,
    told: Instant,
    is_over: bool,
}

/// What is to be told of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    Asks(Pause),
    Works { lasted: Duration },
}

/// By target: what was asked for too long is remembered for as long as the target is called.
#[derive(Debug, Default)]
pub(super) struct Asks(BTreeMap<(TenantName, TargetName), Asked>);

impl Asks {
    /// Whether nobody is served there.
    pub(super) fn is_closed(&self, place: &(TenantName, TargetName)) -> bool {
        self.0.get(place).is_some_and(|asked| !asked.is_over)
    }

    pub(super) fn forget(&mut self, tenant: &TenantName) {
        self.0.retain(|(of, _), _| of != tenant);
    }

    pub(super) fn hear(
        &mut self,
        place: &(TenantName, TargetName),
        answer: &Answer,
        now: Instant,
    ) -> Option<Told> {
        let is_done = matches!(answer.outcome, Outcome::Done(_));
        let Some(asked) = self.0.get_mut(place) else {
            let pause = answer.pause?;
            let asked = Asked { since: now, told: now, is_over: false };
            self.0.insert(place.clone(), asked);
            return Some(Told::Asks(pause));
        };
        if now.duration_since(asked.told) < ON_THEIR_WAY {
            return None;
        }
        match answer.pause {
            // That it was answered shows that the pause it asks for is none.
            _ if is_done => {
                let lasted = asked.told.duration_since(asked.since).max(ON_THEIR_WAY);
                (!std::mem::replace(&mut asked.is_over, true)).then_some(Told::Works { lasted })
            }
            Some(pause) => {
                asked.since = if asked.is_over { now } else { asked.since };
                (asked.told, asked.is_over) = (now, false);
                Some(Told::Asks(pause))
            }
            None => None,
        }
    }
}

pub(super) fn log((tenant, target): (&str, &str), told: &Told) {
    match told {
        Told::Asks(pause) => tracing::warn!(
            tenant,
            scim.target = target,
            code = Code::TargetAsksTooLong.as_str(),
            asked_s = pause.asked.as_secs(),
            kept_s = pause.kept.as_secs(),
            reason = %pause,
            "a target asks to be left alone for very long; nobody is let in or cut off there \
             until a call gets through"
        ),
        Told::Works { lasted } => tracing::info!(
            tenant,
            scim.target = target,
            asked_for_s = lasted.as_secs(),
            "a target that asked to be left alone answers again"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Asks, Told};
    use crate::model::call::{CallId, RateLimits};
    use crate::model::{
        Answer, Failure, Landed, Outcome, Pause, Reply, TargetName, TenantName, Verdict,
    };
    use std::time::{Duration, Instant};

    const MOST: Duration = Duration::from_mins(15);
    const CENTURY: Duration = Duration::from_hours(24 * 36_525);

    fn done() -> Answer {
        Answer::new(CallId(1), Outcome::Done(Reply::Changed))
    }

    fn refused() -> Answer {
        let failure = Failure {
            verdict: Verdict::Retry { after: Some(CENTURY) },
            landed: Landed::No,
            what: "HTTP 429".to_owned(),
        };
        Answer::new(CallId(1), Outcome::Failed(failure)).heeded_for(MOST)
    }

    fn reset_far_ahead() -> Answer {
        let limits = RateLimits { limit: None, remaining: Some(0), reset: Some(CENTURY) };
        done().with_limits(Some(limits)).heeded_for(MOST)
    }

    #[test]
    fn what_is_asked_for_too_long_is_cut_short_and_says_so() {
        let pause = Pause { asked: CENTURY, kept: MOST };
        let answer = refused();
        assert_eq!(answer.pause, Some(pause));
        let Outcome::Failed(failure) = answer.outcome else { panic!("it failed") };
        assert_eq!(failure.verdict, Verdict::Retry { after: Some(MOST) });
        let text = "HTTP 429; it asks to be left alone for more than two years; after 15 minutes one \
                    call asks again";
        assert_eq!(failure.what, text);
        assert_eq!(reset_far_ahead().pause, Some(pause));
        let some_left = RateLimits { limit: None, remaining: Some(3), reset: Some(CENTURY) };
        assert_eq!(done().with_limits(Some(some_left)).heeded_for(MOST).pause, None);
    }

    #[test]
    fn very_long_pause_is_told_at_once_and_each_time_and_when_it_is_over() {
        let place = (TenantName::new("acme"), TargetName::new("main"));
        let (mut asks, start) = (Asks::default(), Instant::now());
        let mut hear = |answer: Answer, minutes: u64| {
            let told = asks.hear(&place, &answer, start + Duration::from_mins(minutes));
            (told.map(|told| matches!(told, Told::Asks(_))), asks.is_closed(&place))
        };
        assert_eq!(hear(done(), 0), (None, false));
        assert_eq!(hear(refused(), 0), (Some(true), true));
        assert_eq!(hear(refused(), 0), (None, true), "another that was on its way");
        assert_eq!(hear(done(), 0), (None, true), "it left before");
        assert_eq!(hear(refused(), 15), (Some(true), true));
        assert_eq!(hear(done(), 30), (Some(false), false));
        assert_eq!(hear(done(), 31), (None, false));
        assert_eq!(hear(refused(), 40), (Some(true), true), "it asks anew");
    }

    /// A header that is simply wrong must not fill the log.
    #[test]
    fn reset_that_a_call_has_refuted_is_told_no_more() {
        let place = (TenantName::new("acme"), TargetName::new("main"));
        let (mut asks, start) = (Asks::default(), Instant::now());
        let mut told = 0;
        for minute in 0..100 {
            let now = start + Duration::from_mins(minute);
            let heard = asks.hear(&place, &reset_far_ahead(), now);
            told += usize::from(matches!(heard, Some(Told::Asks(_))));
        }
        assert_eq!(told, 1);
        assert!(!asks.is_closed(&place));
    }
}
