//! Commands that wait for another operator to say the same.

use crate::command::Operators;
use crate::command::instruction::Command;
use crate::model::hold::Approval;
use crate::model::ids::TenantName;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How long one operator's yes waits for another's.
const SECONDED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// Commands that wait, at the most; the oldest goes first.
const WAITING_MOST: usize = 100;

/// Everything that waits for a second operator, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconded(Vec<Proposal>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Proposal {
    /// Stands for the tenant, the command, its arguments, and what it comes to; neither its id nor its
    /// reason.
    what: String,
    by: Vec<Approval>,
}

/// Whether enough operators have said the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seconds {
    Enough,
    /// So many have said it.
    Waits(usize),
}

impl Seconded {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hears that `by` say a command. What is enough waits no more.
    pub fn hear(
        &mut self,
        said: (&TenantName, &Command, &str),
        by: &[Approval],
        (needed, operators): (usize, &Operators),
        now: Timestamp,
    ) -> Seconds {
        for waiting in &mut self.0 {
            waiting.by.retain(|it| counts(it, operators, now));
        }
        self.0.retain(|waiting| !waiting.by.is_empty());
        let what = digest(said);
        let said = self.0.iter().position(|it| it.what == what).map(|at| self.0.remove(at).by);
        let all = joined(said.unwrap_or_default(), by, operators, now);
        let count = all.len();
        if count >= needed {
            return Seconds::Enough;
        }
        self.0.push(Proposal { what, by: all });
        let surplus = self.0.len().saturating_sub(WAITING_MOST);
        self.0.drain(..surplus);
        Seconds::Waits(count)
    }
}

/// Who has said yes, one more person with one more key each. Whose key was taken away meanwhile has said
/// nothing.
pub fn joined(
    mut said: Vec<Approval>,
    by: &[Approval],
    operators: &Operators,
    now: Timestamp,
) -> Vec<Approval> {
    said.retain(|it| counts(it, operators, now));
    for one in by {
        if !said.iter().any(|it| it.operator == one.operator || it.key == one.key) {
            said.push(one.clone());
        }
    }
    said
}

fn counts(said: &Approval, operators: &Operators, now: Timestamp) -> bool {
    now.duration_since(said.at) <= SECONDED_WITHIN
        && operators.vouch_for(&said.operator, &said.key, now)
}

fn digest(said: (&TenantName, &Command, &str)) -> String {
    // Its keys are strings and nothing in it refuses, so this cannot fail.
    let bytes = serde_json::to_vec(&said).unwrap_or_default();
    format!("{:x}", Sha256::digest(bytes))
}
