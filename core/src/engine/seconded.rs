//! Commands that wait for another operator to say the same.

use crate::command::Operators;
use crate::command::instruction::Command;
use crate::model::hold::Approval;
use crate::model::ids::TenantName;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// How long one operator's yes waits for another's.
const SECONDED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// Commands that wait, at the most; the oldest goes first.
const WAITING_MOST: usize = 100;
/// Parts of all of them together, at the most: they stay below 120 KiB.
const PARTS_MOST: usize = 5_000;

/// What a command comes to when it is said, part by part: by the name of each, what stands for its effects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComesTo(BTreeMap<String, u64>);

impl ComesTo {
    /// One part more. Nobody has said yes to it who has said yes to another effect under this name.
    pub fn add(&mut self, name: String, effect: &impl Serialize) {
        let digest = Sha256::digest(bytes(&(&name, effect)));
        let digest = digest.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        self.0.insert(name, digest);
    }

    fn parts(&self) -> BTreeSet<u64> {
        self.0.values().copied().collect()
    }

    /// The names of what is not among `known`.
    fn besides(&self, known: &BTreeSet<u64>) -> Vec<String> {
        let new = self.0.iter().filter(|(_, part)| !known.contains(part));
        new.map(|(name, _)| name.clone()).collect()
    }
}

/// Everything that waits for a second operator, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconded(Vec<Proposal>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Proposal {
    /// Stands for the tenant, the command and its arguments; neither for its id nor its reason.
    what: String,
    /// Stand for what it came to when it was said.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    parts: BTreeSet<u64>,
    by: Vec<Approval>,
}

/// A command, and what it comes to.
#[derive(Clone, Copy, Debug)]
pub struct Saying<'a> {
    pub tenant: &'a TenantName,
    pub command: &'a Command,
    pub comes_to: &'a ComesTo,
    /// How many operators it takes.
    pub needed: usize,
}

/// Whether enough operators have said the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seconds {
    Enough,
    /// So many have said it.
    Waits(usize),
}

/// Others have said yes to less than what a command comes to now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct More {
    /// Who they are.
    pub than: Vec<String>,
    /// The names of what they have not said yes to.
    pub new: Vec<String>,
}

impl Seconded {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is new since others said yes to the same command, if `by` are not enough without them.
    pub fn more(
        &self,
        saying: Saying<'_>,
        by: &[Approval],
        operators: &Operators,
        now: Timestamp,
    ) -> Option<More> {
        if joined(Vec::new(), by, operators, now).len() >= saying.needed {
            return None;
        }
        let what = digest(saying);
        let waiting = self.0.iter().find(|it| it.what == what)?;
        let new = saying.comes_to.besides(&waiting.parts);
        let is_other = |it: &&Approval| by.iter().all(|own| own.operator != it.operator);
        let others = waiting.by.iter().filter(|it| counts(it, operators, now)).filter(is_other);
        let than: Vec<String> = others.map(|it| it.operator.clone()).collect();
        (!new.is_empty() && !than.is_empty()).then_some(More { than, new })
    }

    /// Hears that `by` say a command. What is enough waits no more. Whoever said yes to less has not said it.
    pub fn hear(
        &mut self,
        saying: Saying<'_>,
        by: &[Approval],
        operators: &Operators,
        now: Timestamp,
    ) -> Seconds {
        for waiting in &mut self.0 {
            waiting.by.retain(|it| counts(it, operators, now));
        }
        self.0.retain(|waiting| !waiting.by.is_empty());
        let what = digest(saying);
        let said = self.0.iter().position(|it| it.what == what).map(|at| self.0.remove(at));
        let said = said.filter(|it| saying.comes_to.besides(&it.parts).is_empty());
        let all = joined(said.map(|it| it.by).unwrap_or_default(), by, operators, now);
        let count = all.len();
        if count >= saying.needed {
            return Seconds::Enough;
        }
        self.0.push(Proposal { what, parts: saying.comes_to.parts(), by: all });
        while self.0.len() > WAITING_MOST || self.parts() > PARTS_MOST {
            self.0.remove(0);
        }
        Seconds::Waits(count)
    }

    fn parts(&self) -> usize {
        self.0.iter().map(|waiting| waiting.parts.len()).sum()
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

fn digest(saying: Saying<'_>) -> String {
    format!("{:x}", Sha256::digest(bytes(&(saying.tenant, saying.command))))
}

fn bytes(what: &impl Serialize) -> Vec<u8> {
    // Its keys are strings and nothing in it refuses, so this cannot fail.
    serde_json::to_vec(what).unwrap_or_default()
}
