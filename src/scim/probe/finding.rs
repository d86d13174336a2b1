//! What one check found, for people and for programs.

use serde::Serialize;

/// What a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Good,
    /// It works; there is something to know.
    Note,
    /// Something must be changed: in the dialect, at the provider, in the configuration.
    Change,
    /// It was not tried, and the conclusion says why.
    Untried,
}

/// The result of one check.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Stable: `token`, `remove_member`.
    pub check: &'static str,
    pub mark: Mark,
    pub conclusion: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    pub exchanges: Vec<Exchanged>,
}

/// One request, and what came back; no name, value, id or token is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchanged {
    pub sent: String,
    pub came_back: String,
}

impl Finding {
    pub(super) fn untried(check: &'static str, why: impl Into<String>) -> Self {
        let conclusion = why.into();
        Self { check, mark: Mark::Untried, conclusion, advice: None, exchanges: Vec::new() }
    }

    pub(super) fn stopped() -> Self {
        Self {
            mark: Mark::Change,
            ..Self::untried("stopped", "the check was stopped before its end; start it again")
        }
    }

    pub(super) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}
