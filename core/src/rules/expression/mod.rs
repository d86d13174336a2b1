//! CEL, as far as rules use it: conditions and attribute expressions over an event's data.
//!
//! A failure names fields and never what stands in them: the library's own messages print values.

mod logic;
mod variables;

pub(super) use logic::{Compared, Fact, Literal, Path, Reading, contradict};
pub(super) use variables::{Variables, context};

use super::error::{ExpressionError, Place};
use crate::model::event::Event;
use cel::{Context, ExecutionError, Program, Value};
use variables::References;

/// An expression, compiled.
#[derive(Debug)]
pub(super) struct Expression {
    text: String,
    /// Where it stands.
    pub(super) place: Place,
    program: Program,
    references: References,
    /// If it does no more than name a member of the data: where that is, from the root on.
    member: Option<Vec<String>>,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The event does not have the field.
    Absent { field: String },
    /// It has it, but in a form of which the expression can make nothing.
    Unfit { field: String, what: &'static str },
}

impl Expression {
    pub(super) fn compile(text: &str, place: &Place) -> Result<Self, ExpressionError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ExpressionError::Empty);
        }
        let program = Program::compile(text).map_err(|errors| {
            let first = errors.errors.first();
            let from_one =
                |at: Option<isize>| at.and_then(|at| usize::try_from(at).ok()).unwrap_or(1);
            ExpressionError::Syntax {
                line: from_one(first.map(|error| error.pos.0)),
                column: from_one(first.map(|error| error.pos.1)),
                message: first.map_or_else(String::new, |error| error.msg.clone()),
            }
        })?;
        let references = References::of(program.expression());
        references.check()?;
        let member = variables::member(&program.expression().expr);
        Ok(Self { text: text.to_owned(), place: place.clone(), program, references, member })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// For messages.
    pub(super) fn on_one_line(&self) -> String {
        on_one_line(&self.text)
    }

    /// The variables it reads.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.references.variables()
    }

    /// Whether the condition holds; anything but true or false is a failure.
    pub(super) fn holds(&self, context: &Context<'_, '_>, event: &Event) -> Result<bool, Failure> {
        match self.value(context, event)? {
            Value::Bool(holds) => Ok(holds),
            _ => Err(self.unfit(event, "gives neither true nor false; compare the field")),
        }
    }

    pub(super) fn value(&self, context: &Context<'_, '_>, event: &Event) -> Result<Value, Failure> {
        // Most of a profile is no more than a member's name, and needs no interpreter.
        let member = self.member.as_ref();
        if let Some(found) = member.and_then(|path| variables::plain(path, event)) {
            return found;
        }
        self.program.execute(context).map_err(|error| match error {
            ExecutionError::NoSuchKey(name) | ExecutionError::UndeclaredReference(name) => {
                Failure::Absent { field: self.references.absent_field(&name, event) }
            }
            _ => self.unfit(
                event,
                "cannot be evaluated, for a field has another type than it expects; check the \
                     field and the expression",
            ),
        })
    }

    /// Whether the event speaks of all that the expression reads, be it to say that there is none.
    pub(super) fn is_told_by(&self, event: &Event) -> bool {
        self.references.are_told_by(event)
    }

    pub(super) fn unfit(&self, event: &Event, what: &'static str) -> Failure {
        Failure::Unfit { field: self.references.first_field(event), what }
    }
}

pub(super) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Failure {
    /// The rest of a sentence that begins with the expression.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Absent { field } => format!(
                "reads `{field}`, which the event does not have; let the source send it, or ask \
                 with has() first"
            ),
            Self::Unfit { what, .. } => (*what).to_owned(),
        }
    }

    pub(super) fn into_field(self) -> String {
        match self {
            Self::Absent { field } | Self::Unfit { field, .. } => field,
        }
    }
}
