//! Somebody in a list, kept in few bytes.

use super::column::{Column, TEXTS};
use super::texts::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How somebody stands with the company, or at the identity provider.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They have left.
    Ended,
    /// Their account there is off; that is no word on whether they have left.
    Disabled,
    /// The list contradicts itself, or uses a word that nobody has explained.
    Unclear,
    /// They begin later.
    Future,
    OnLeave,
    #[default]
    Current,
}

/// When somebody was last seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    #[default]
    Untold,
    Never,
    On(Date),
}

/// A line of a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// From 1, of the file.
    pub line: u32,
    pub(super) texts: [Text; TEXTS],
    /// What its word for a status, or its flags, say; `None`: there are none.
    pub(super) said: Option<Standing>,
    pub starts: Option<Date>,
    pub ends: Option<Date>,
    pub seen: Seen,
    /// The first row about the same person.
    pub(super) head: u32,
    /// Of a first row: another about the same person; of that one: the next.
    pub(super) also: Option<u32>,
}

impl Row {
    pub(super) fn empty(line: u32) -> Self {
        Self {
            line,
            texts: [Text::NONE; TEXTS],
            said: None,
            starts: None,
            ends: None,
            seen: Seen::Untold,
            head: 0,
            also: None,
        }
    }

    pub(super) fn text(&self, column: Column) -> Text {
        self.texts.get(column as usize).copied().unwrap_or_default()
    }

    pub(super) fn has_a_key(&self) -> bool {
        let is_key = |column: &&Column| column.space().is_some();
        Column::ALL.iter().filter(is_key).any(|column| !self.text(*column).is_none())
    }

    /// How they stand on that day, by this row alone. Somebody's last day is one at work.
    pub fn standing(&self, today: Date) -> Standing {
        let is_over = self.ends.is_some_and(|ends| ends < today);
        let is_ahead = self.starts.is_some_and(|starts| starts > today);
        let begins_again = is_ahead && self.ends.is_none_or(|ends| Some(ends) < self.starts);
        match self.said {
            Some(Standing::Unclear) => Standing::Unclear,
            Some(Standing::Disabled) => Standing::Disabled,
            _word if begins_again => Standing::Future,
            Some(Standing::Ended) if self.ends.is_none() || is_over => Standing::Ended,
            // Their last day is yet to come.
            Some(Standing::Ended) if self.ends >= Some(today) => Standing::Current,
            // The status says that they are here, the date that they have left.
            Some(Standing::Current | Standing::OnLeave | Standing::Future) if is_over => {
                Standing::Unclear
            }
            Some(said) => said,
            None if is_over => Standing::Ended,
            None => Standing::Current,
        }
    }
}
