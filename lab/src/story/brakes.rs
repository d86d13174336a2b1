//! What is limited and protected, what operators say, and what is held.

use super::Problems;
use super::place::Reach;
use super::resolve::Scope;
use super::words::Names;
use crate::command::instruction::Text;
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits};
use crate::engine::brakes::protect::Protected;
use crate::model::code::Code;
use crate::model::ids::{GroupName, RuleName};
use crate::model::spelling::unknown;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// How many people may be changed, by kind; a kind that is not named has no limit.
pub(super) type LimitsForm = BTreeMap<LimitKind, LimitForm>;

/// So many people in any hour, and so many in any day.
#[derive(Clone, Copy, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitForm {
    hour: Option<u32>,
    day: Option<u32>,
}

/// Whom and what usher never touches.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProtectedForm {
    /// By their short names.
    pub(super) people: BTreeSet<String>,
    /// Groups that nobody is put into or taken out of.
    pub(super) groups: BTreeSet<GroupName>,
    /// Groups whose members are protected.
    pub(super) members_of: BTreeSet<GroupName>,
}

/// What operators say, as many of them as it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Whatever is held of these people may go.
    Approve(Vec<String>),
    /// Whatever is held of these people is not done, for seven days.
    Reject(Vec<String>),
    Pause(Halted),
    Resume(Halted),
}

/// What a pause reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halted {
    Everything,
    Tenant,
    /// The target that is played.
    Target,
    /// Whatever takes access or a value.
    Destructive,
    Rule(RuleName),
    Source(Text<1000>),
}

impl Order {
    /// The word of the step.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Approve(_) => "approved",
            Self::Reject(_) => "rejected",
            Self::Pause(_) => "paused",
            Self::Resume(_) => "resumed",
        }
    }
}

impl Scope<'_> {
    pub(super) fn limits(&mut self, form: Option<Spanned<LimitsForm>>) -> Limits {
        let Some(form) = form else { return Limits::default() };
        self.bind(form.referenced.line(), "limits", Reach::Paper);
        let ceiling = |count| Ceiling { count, percent: None };
        let limit = |it: LimitForm| Limit { hour: ceiling(it.hour), day: ceiling(it.day) };
        let kinds = form.value.into_iter().map(|(kind, form)| (kind, limit(form)));
        Limits { kinds: kinds.collect(), ..Limits::default() }
    }

    pub(super) fn protected(&mut self, form: Option<Spanned<ProtectedForm>>) -> Protected {
        let Some(form) = form else { return Protected::default() };
        let line = form.referenced.line();
        self.bind(line, "protected", Reach::Paper);
        let ProtectedForm { people, groups, members_of } = form.value;
        for short in &people {
            self.check(short, line);
        }
        let known = people.iter().filter_map(|short| self.people.get(short));
        let people = known.flat_map(|identity| identity.aliases.iter().cloned()).collect();
        Protected { people, groups, members_of, ..Protected::default() }
    }

    /// People whose rows operators speak of.
    pub(super) fn rows_of(&mut self, names: Names, line: u64) -> Vec<String> {
        for short in &names.0 {
            self.check(short, line);
        }
        names.0
    }

    /// `None` for what cannot be paused, which was said.
    pub(super) fn halted(&mut self, words: &str, line: u64) -> Option<Halted> {
        let words = words.trim();
        let (word, name) = words.split_once(' ').unwrap_or((words, ""));
        let name = name.trim().to_owned();
        let halted = match (word, name.is_empty()) {
            ("everything", true) => Some(Halted::Everything),
            ("tenant", true) => Some(Halted::Tenant),
            ("target", true) => Some(Halted::Target),
            ("destructive", true) => Some(Halted::Destructive),
            ("rule", false) => Some(Halted::Rule(RuleName::new(name))),
            ("source", false) => Text::try_from(name).ok().map(Halted::Source),
            _ => None,
        };
        if halted.is_none() {
            let text = format!(
                "`{words}` cannot be paused; write `everything`, `tenant`, `target`, `destructive`, \
                 `rule NAME` or `source NAME`"
            );
            self.problems.add(line, text);
        }
        halted
    }
}

/// Whether each row that is expected can be one: a code, and what was said of it.
pub(super) fn check_held(held: &[(String, u64, Vec<String>)], problems: &mut Problems) {
    const SAID: [&str; 3] = ["seconded", "approved", "rejected"];
    for (_, line, rows) in held {
        for row in rows {
            let (code, said) = row.split_once(' ').unwrap_or((row, ""));
            if Code::parse(code).is_none() {
                let known: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
                problems.add(*line, unknown("code", code, &known));
            }
            if !said.is_empty() && !SAID.contains(&said) {
                problems.add(*line, unknown("verdict", said, &SAID));
            }
        }
    }
}
