//! Values in the words of people.

use crate::engine::will::explain::Turn;
use crate::model::claim::{By, Precedence};
use serde::Serializer;
use std::fmt::Display;

/// `security`
pub fn precedence(precedence: Precedence) -> &'static str {
    match precedence {
        Precedence::Profile => "profile",
        Precedence::Leave => "leave",
        Precedence::Leaver => "leaver",
        Precedence::Security => "security",
    }
}

/// Which instance of a claim: `employment E-1`.
pub fn instance(by: &By) -> String {
    match by {
        By::Person => "the person".to_owned(),
        By::Employment(id) => format!("employment {id}"),
        By::Source(source) => format!("source {source}"),
        By::Detection { source, id } => format!("detection {id} of {source}"),
    }
}

/// `begins`, `ends`, `reaches stage 2`, `counts again`
pub fn turn(turn: Turn) -> String {
    match turn {
        Turn::Begins => "begins".to_owned(),
        Turn::Ends => "ends".to_owned(),
        Turn::CountsAgain => "counts again".to_owned(),
        Turn::ReachesStage(stage) => format!("reaches stage {stage}"),
    }
}

/// Serialises a value as its text.
pub(super) fn as_text<S: Serializer>(value: &impl Display, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(value)
}

/// The same, or null.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the member")]
pub(super) fn as_text_or_null<S: Serializer>(
    value: &Option<impl Display>,
    out: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => out.collect_str(value),
        None => out.serialize_none(),
    }
}
