//! What must be so against what is seen, wherever a story is played, and how a difference is told.

use super::account::{AccountFacts, AccountState, Attributes};
use super::expect::{Method, Standpoint, Then, note_word};
use crate::model::account::{AttributeName, Value};
use crate::model::decision::{NoteWord, ResultWord, Why};
use crate::model::ids::GroupName;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub line: u64,
    /// What happened, if the step says so.
    pub step: Option<String>,
    /// Of what: `calls of kim`.
    pub what: String,
    pub expected: String,
    pub actual: String,
}

/// What is seen when a step is over.
pub trait Scene {
    /// What the step's event did: the word, and the reason where there is one.
    fn decisions(&self) -> Vec<(String, Option<Why>)>;

    /// How the change that the event began has ended: the word, the reason's code, and [`NOT_SEEN`].
    fn results(&self) -> Vec<String>;

    /// What was said of that change before it ended: the word, and the reason's code.
    fn notes(&self) -> Vec<String>;

    /// Where the event's person stands at each target.
    fn standpoints(&self) -> Vec<Standpoint>;

    /// Every account that is the person's, as the provider has it.
    fn accounts(&mut self, person: &str) -> Vec<SeenAccount>;

    /// How many requests by that method came to the provider in this step.
    fn requests(&self, method: Method) -> usize;
}

/// An account as the provider has it.
#[derive(Clone, Debug, Default)]
pub struct SeenAccount {
    pub active: Option<bool>,
    pub groups: BTreeSet<GroupName>,
    pub attributes: BTreeMap<AttributeName, Value>,
}

/// Behind a result that claims success of what nobody has seen; see [`is_doubtful`].
pub const NOT_SEEN: &str = ", not verified";

/// Whether such a result claims a success that was not seen.
pub fn is_doubtful(word: ResultWord, is_verified: bool) -> bool {
    match word {
        ResultWord::Applied | ResultWord::AlreadySo => !is_verified,
        ResultWord::Superseded
        | ResultWord::Failed
        | ResultWord::Rejected
        | ResultWord::Observed => false,
    }
}

/// A result or a note in the words of a story.
pub fn told(word: &str, why: Option<&Why>) -> String {
    let code = why.map(|why| format!(" {}", why.code)).unwrap_or_default();
    format!("{word}{code}")
}

/// All that a step expects of what can be seen everywhere.
pub fn judge(scene: &mut impl Scene, then: &Then) -> Vec<Difference> {
    let mut found = Differences::default();
    judge_event(scene, then, &mut found);
    judge_accounts(scene, then, &mut found);
    judge_requests(scene, then, &mut found);
    found.0
}

/// The word for "nothing".
pub(crate) const NONE: &str = "none";

/// What was found to differ so far.
#[derive(Default)]
pub(crate) struct Differences(pub(crate) Vec<Difference>);

impl Differences {
    pub(crate) fn compare(
        &mut self,
        line: u64,
        what: impl Into<String>,
        expected: String,
        actual: String,
    ) {
        if expected != actual {
            let what = what.into();
            self.0.push(Difference { line, step: None, what, expected, actual });
        }
    }
}

/// What became of the step's event, and of the change that it began.
pub(crate) fn judge_event(scene: &impl Scene, then: &Then, found: &mut Differences) {
    if let Some(word) = &then.decision {
        found.compare(then.line, "decision", word.clone(), decided(scene, word));
    }
    if let Some(code) = &then.because {
        let decisions = scene.decisions().into_iter();
        let codes = decisions.filter_map(|(_, why)| Some(why?.code.to_string()));
        found.compare(then.line, "reason of the decision", code.clone(), list(codes));
    }
    if let Some(words) = &then.result {
        found.compare(then.line, "result", list(words), list(scene.results()));
    }
    if then.result.is_some() || then.note.is_some() {
        let is_wait = |note: &String| note_word(note) == Some(NoteWord::Waiting);
        let expected = then.note.as_deref().unwrap_or_default();
        // Who is through in the end may have waited.
        let tells_waits = expected.iter().any(is_wait);
        let notes = scene.notes().into_iter().filter(|note| tells_waits || !is_wait(note));
        found.compare(then.line, "note", list(expected), list(notes));
    }
    if let Some(stage) = then.stage {
        let actual = list(scene.standpoints().into_iter().map(Standpoint::word));
        found.compare(then.line, "stage", stage.word().to_owned(), actual);
    }
}

/// An unexpected refusal is told with its reason.
fn decided(scene: &impl Scene, expected: &str) -> String {
    let decisions = scene.decisions();
    let actual = list(decisions.iter().map(|(word, _)| word));
    match decisions.into_iter().find_map(|(_, why)| why) {
        Some(why) if actual != expected => format!("{actual}, {}: {}", why.code, why.text),
        _ => actual,
    }
}

pub(crate) fn judge_accounts(scene: &mut impl Scene, then: &Then, found: &mut Differences) {
    for (short, line, expected) in &then.accounts {
        judge_account((short, *line), expected, &scene.accounts(short), found);
    }
}

fn judge_account(
    (short, line): (&str, u64),
    expected: &AccountState,
    accounts: &[SeenAccount],
    found: &mut Differences,
) {
    let what = format!("account of {short}");
    let several = || format!("{} of them", accounts.len());
    match (&expected.0, accounts) {
        (None, []) => {}
        (None, [one]) => {
            let actual = format!("one, active: {}", one.active.unwrap_or_default());
            found.compare(line, what, NONE.to_owned(), actual);
        }
        (None, _) => found.compare(line, what, NONE.to_owned(), several()),
        (Some(facts), [account]) => {
            let of = |key: &str| format!("{key} of {short}");
            let AccountFacts { active, groups, attributes } = facts;
            if active.is_some() {
                found.compare(line, of("active"), or_none(*active), or_none(account.active));
            }
            if let Some(groups) = groups {
                found.compare(line, of("groups"), list(groups), list(&account.groups));
            }
            let held = |name: &AttributeName| account.attributes.get(name).cloned();
            judge_attributes(attributes, held, (line, of), found);
        }
        (Some(_), []) => found.compare(line, what, "one".to_owned(), NONE.to_owned()),
        (Some(_), _) => found.compare(line, what, "one".to_owned(), several()),
    }
}

pub(crate) fn judge_attributes(
    expected: &Attributes,
    actual: impl Fn(&AttributeName) -> Option<Value>,
    (line, of): (u64, impl Fn(&str) -> String),
    found: &mut Differences,
) {
    for (name, value) in expected {
        let text = |value: Option<&Value>| match value.map(Value::to_text) {
            Some(text) if text == NONE => format!("`{text}`"),
            value => or_none(value),
        };
        let (expected, actual) = (text(value.as_ref()), text(actual(name).as_ref()));
        found.compare(line, of(name.as_str()), expected, actual);
    }
}

pub(crate) fn judge_requests(scene: &impl Scene, then: &Then, found: &mut Differences) {
    for (method, most) in &then.requests {
        let came = scene.requests(*method);
        if came > *most {
            let what = format!("requests by {}", method.word());
            found.compare(then.line, what, format!("{most} at most"), came.to_string());
        }
    }
}

/// All of them in one line, or that there are none.
pub(crate) fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { NONE.to_owned() } else { items.join(", ") }
}

pub(crate) fn or_none<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}
