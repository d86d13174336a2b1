//! What becomes of a row.

use crate::model::wish::Facet;

/// What becomes of one person at one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Undone,
    /// It stays as it is, though it is meant.
    LeftOut(LeftOut),
    /// There is nothing to undo any more: it is over, replaced, or undone already.
    Nothing(Nothing),
}

/// Why a row stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Whoever said the command wants that.
    Asked,
    Protected,
    /// Nobody undoes what was done to themselves.
    OwnAccount,
    /// A termination is in force, and a rule's work is undone: who left must be named.
    Termination,
    /// Somebody else has changed these since.
    ChangedSince(Vec<Facet>),
    /// The earlier command holds at all targets of the person, and can be undone at all only.
    WholeOnly,
    /// The record takes no more of it.
    TooMuch,
}

/// Why there is nothing to undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    Over,
    Already,
}

impl LeftOut {
    /// In words, for people; without values.
    pub fn words(&self) -> String {
        match self {
            Self::Asked => "left out, as asked".to_owned(),
            Self::Protected => {
                "protected by the configuration: nothing is changed for them".to_owned()
            }
            Self::OwnAccount => "nobody undoes what was done to themselves".to_owned(),
            Self::Termination => {
                "a termination is in force; name the row, if it was wrong".to_owned()
            }
            Self::ChangedSince(facets) => {
                format!(
                    "changed since by somebody else: {}; name the row to undo it all the same",
                    list(facets)
                )
            }
            Self::WholeOnly => {
                "the earlier command counts at all targets of the person; name each of them"
                    .to_owned()
            }
            Self::TooMuch => {
                "the person's record takes no more of what is undone; undo an earlier undo first"
                    .to_owned()
            }
        }
    }
}

impl Nothing {
    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Over => {
                "it is over, or a later word counts: there is nothing of it to bring back"
            }
            Self::Already => "it is undone already",
        }
    }
}

/// Names of facets, without values.
pub(super) fn list<'a>(facets: impl IntoIterator<Item = &'a Facet>) -> String {
    let names: Vec<String> = facets.into_iter().map(ToString::to_string).collect();
    names.join(", ")
}
