//! Lengths of time, and a number, that the engine works by.

use super::duration;
use crate::engine::settings::Timing;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Nobody's termination of so long ago is news.
const MAX_EVENT_AGE: SignedDuration = SignedDuration::from_hours(24 * 90);

/// The section `engine`.
///
/// The lease is not here: what usher promises about former owners rests on it (docs/design.md).
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSettings {
    /// How long a call without an answer may still land at a target.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub late_window: SignedDuration,
    /// Pause before the first retry of a failed call; it doubles from there.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub retry_first: SignedDuration,
    /// Longest pause between two retries.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub retry_max: SignedDuration,
    /// How often the members of the groups that rules name are read again.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub group_refresh: SignedDuration,
    /// How long withdrawn claims are remembered; at least the retention of the input topics.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub replay_horizon: SignedDuration,
    /// What stood in a topic before usher first read it and is older than this counts, but nothing is
    /// called for whom nothing newer speaks of; `none`: age does not matter.
    #[serde(with = "duration::or_none")]
    #[schemars(with = "duration::or_none::Text")]
    pub max_event_age: Option<SignedDuration>,
    /// How many people may share a name. An id or address that more of them have, as a directory's
    /// that HR sends with everybody, is no name: it leads to nobody, and nobody is held for it.
    pub name_bearers_most: NonZeroUsize,
}

impl Default for EngineSettings {
    fn default() -> Self {
        let timing = Timing::default();
        Self {
            late_window: timing.late_window,
            retry_first: timing.retry_first,
            retry_max: timing.retry_max,
            group_refresh: timing.group_refresh,
            replay_horizon: timing.replay_horizon,
            max_event_age: Some(MAX_EVENT_AGE),
            name_bearers_most: NonZeroUsize::new(timing.name_bearers_most)
                .unwrap_or(NonZeroUsize::MIN),
        }
    }
}

impl EngineSettings {
    /// As the engine takes it.
    pub fn timing(&self) -> Timing {
        Timing {
            late_window: self.late_window,
            retry_first: self.retry_first,
            retry_max: self.retry_max,
            group_refresh: self.group_refresh,
            replay_horizon: self.replay_horizon,
            max_event_age: self.max_event_age,
            name_bearers_most: self.name_bearers_most.get(),
            ..Timing::default()
        }
    }

    /// Lengths that contradict each other; each begins with the key and ends with the cure.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.retry_first > self.retry_max {
            problems.push(format!(
                "engine.retry_first: {} is longer than engine.retry_max, {}; make it shorter",
                duration::format(self.retry_first),
                duration::format(self.retry_max),
            ));
        }
        if self.replay_horizon < self.late_window {
            problems.push(format!(
                "engine.replay_horizon: {} is shorter than engine.late_window, {}; it should be as \
                 long as the input topics keep their records",
                duration::format(self.replay_horizon),
                duration::format(self.late_window),
            ));
        }
        problems
    }
}
