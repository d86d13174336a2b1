//! The one door to a writing call.
//!
//! A plan says what is wanted. What passes here may be written ahead, and nothing else can be: only
//! `pass` makes a `Permitted`, and no call leaves that is none. Each brake is one question, and what it
//! keeps ends as a row.

/// Who was changed lately.
pub mod counters;
/// What the brakes keep, and what is left of the limits, in numbers.
pub mod figures;
/// What operators have paused.
pub mod halt;
/// What kind of thing a call does.
pub mod kind;
/// How many people may be changed.
pub mod limits;
/// Whether there is room for one more.
pub mod meter;
/// Whom usher never touches.
pub mod protect;
/// A removal that took too many.
pub mod removals;
/// Who has a reserve.
pub mod sensors;

use crate::engine::settings::Mode;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::hold::{Effect, Hold, Verdict};
use crate::model::operation::Operation;
use halt::{Demands, Halt};
use kind::Bearing;
use meter::Meter;
use protect::Shield;
use std::collections::BTreeSet;

/// What may keep a call.
#[derive(Clone, Copy)]
pub struct Brakes<'a> {
    pub mode: Mode,
    /// Why the account is not deleted.
    pub deletion: Option<&'a Why>,
    /// What waits already, and what operators have said of it.
    pub holds: &'a [Hold],
    /// What operators have rejected and still stands, though nothing waits for it.
    pub rejected: &'a [Hold],
    /// Whom and what nothing is done to.
    pub shield: Shield<'a>,
    /// What operators have paused, and who demands what; `None`: nothing.
    pub halt: Option<(&'a Halt<'a>, Bearing<'a>, &'a Demands)>,
    /// `None`: nothing is counted here.
    pub meter: Option<Meter<'a>>,
}

/// A call that may be made, and all that is written ahead with it: one commit serves them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permitted {
    operation: Operation,
    ahead: Vec<Operation>,
}

/// What became of an operation at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passed {
    Permitted(Permitted),
    /// The target is only observed: it would have been called.
    Observed,
    /// It waits for somebody.
    Held(Why),
}

/// What a brake keeps, and why: it becomes a row that a person sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    pub effect: Effect,
    pub why: Why,
}

impl Withheld {
    pub fn operation(operation: Operation, why: Why) -> Self {
        Self { effect: Effect::Operation(operation), why }
    }

    /// What is kept, if it is a call.
    pub fn into_operation(self) -> Option<Operation> {
        match self.effect {
            Effect::Operation(operation) => Some(operation),
            Effect::WayBack(_) | Effect::Identity => None,
        }
    }
}

impl Permitted {
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    pub fn ahead(&self) -> &[Operation] {
        &self.ahead
    }

    pub fn into_operation(self) -> Operation {
        self.operation
    }
}

/// Whether `operation` may be called; `ahead`: all that is written ahead with it.
pub fn pass(operation: &Operation, ahead: Vec<Operation>, brakes: Brakes<'_>) -> Passed {
    if let Some(why) = keeps(operation, brakes) {
        return Passed::Held(why);
    }
    if !is_sound(&ahead) {
        return Passed::Held(unsound());
    }
    match brakes.mode {
        Mode::Observe => Passed::Observed,
        Mode::Enforce => Passed::Permitted(Permitted { operation: operation.clone(), ahead }),
    }
}

/// Why an operation waits for somebody, whatever else is called; `None`: no brake keeps it.
pub fn keeps(operation: &Operation, brakes: Brakes<'_>) -> Option<Why> {
    // No approval gets past this.
    if let Some(why) = brakes.shield.keeps(operation) {
        return Some(why);
    }
    let is_of_it =
        |hold: &&Hold| matches!(&hold.effect, Effect::Operation(kept) if kept == operation);
    let mut holds = brakes.holds.iter().filter(is_of_it);
    // Whoever has rejected it is asked again when that ends; until then and after, it waits.
    let is_rejected = |hold: &&Hold| matches!(hold.verdict, Verdict::Rejected { .. });
    let remembered = brakes.rejected.iter().find(is_of_it);
    if let Some(hold) = holds.clone().find(is_rejected).or(remembered) {
        return Some(hold.why.clone());
    }
    // What waits because a limit was reached does not go by itself when the window has passed.
    let waits = |hold: &&Hold| is_limited(hold) && !hold.verdict.is_approved();
    if let Some(hold) = holds.clone().find(waits).filter(|_| brakes.meter.is_some()) {
        return Some(hold.why.clone());
    }
    if let Some((halt, bearing, demands)) = brakes.halt
        && let Some(why) = halt.keeps(operation, bearing, demands)
    {
        return Some(why);
    }
    if let Operation::Delete { .. } = operation {
        let why = brakes.deletion.cloned().unwrap_or_else(unreleased);
        // What was approved is what stood in the way then, and a legal hold nobody can approve away.
        let is_let_go = |hold: &Hold| hold.verdict.is_approved() && hold.why.code == why.code;
        let is_forbidden = why.code == Code::DeletionLegalHold;
        return (is_forbidden || !holds.any(is_let_go)).then_some(why);
    }
    let is_for_two = |hold: &Hold| hold.why.code == Code::ProtectedAdministrator;
    if let Some(why) = brakes.shield.asks_two(operation)
        && !holds.clone().any(|hold| hold.verdict.is_approved() && is_for_two(hold))
    {
        return Some(why);
    }
    if holds.any(|hold| hold.verdict.is_approved()) {
        return None;
    }
    brakes.meter?.judge(operation).err()
}

fn is_limited(hold: &Hold) -> bool {
    hold.why.code.known().is_some_and(Code::is_of_a_limit)
}

/// Takes out of a list what a brake keeps.
pub fn withhold(operations: &mut Vec<Operation>, brakes: Brakes<'_>) -> Vec<Withheld> {
    let mut withheld = Vec::new();
    operations.retain(|operation| {
        let why = keeps(operation, brakes);
        let is_kept = why.is_some();
        withheld.extend(why.map(|why| Withheld::operation(operation.clone(), why)));
        !is_kept
    });
    withheld
}

/// Whether nothing stands in a plan twice, and nothing is given and taken at once: then nobody knows which
/// of the two would count.
pub fn is_sound(ahead: &[Operation]) -> bool {
    let mut facets = BTreeSet::new();
    let is_first = |operation: &Operation| operation.access().is_none_or(|it| facets.insert(it));
    let is_new = |(place, operation)| !ahead.iter().take(place).any(|other| other == operation);
    ahead.iter().all(is_first) && ahead.iter().enumerate().all(is_new)
}

pub(in crate::engine) fn unsound() -> Why {
    Why::new(
        Code::PlanUnsound,
        None,
        "what is to be called contradicts itself, so nothing is called; this is a bug, please report it",
    )
}

/// Nothing lets a deletion through by itself.
pub(in crate::engine) fn unreleased() -> Why {
    Why::new(
        Code::Deletion,
        Some("account"),
        "deletion cannot be undone, so it waits for somebody to release it",
    )
}
