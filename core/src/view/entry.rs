//! One line of the audit, whoever it is about.

use super::history::Line;
use crate::audit::line::{self as audit, LineKind, Ordered};
use crate::model::ids::PersonId;
use crate::model::ordered::CommandRow;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// A line, with whose it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    #[serde(flatten)]
    pub line: Line,
    /// Of a command: what was said, by whom, and what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Ordered>,
}

/// Which lines are meant; what is not said takes all.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Lines that name no tenant are taken whatever stands here.
    pub tenant: Option<String>,
    /// The ids of one person.
    pub person: Option<BTreeSet<PersonId>>,
    pub kinds: BTreeSet<LineKind>,
    /// Lines from then on.
    pub since: Option<Timestamp>,
}

impl Entry {
    /// Reads a record of the audit topic; `None` if it is none of ours.
    pub fn read(value: &[u8]) -> Option<Self> {
        let line = audit::Line::read(value)?;
        Some(Self {
            line: Line::of(&line)?,
            tenant: line.metadata.tenant_uid,
            person: line.unmapped.person.or(line.user.map(|user| user.uid_alt)),
            command: line.unmapped.command,
        })
    }
}

impl Wanted {
    /// The line, if it is wanted; of a command, if one person is meant, no more than what became of them.
    pub fn of(&self, mut entry: Entry) -> Option<Entry> {
        if !self.takes(&entry) {
            return None;
        }
        if let (Some(ids), Some(command)) = (&self.person, &mut entry.command) {
            command.rows.retain(|row| is_of(row, ids));
            command.rows_untold = 0;
        }
        Some(entry)
    }

    fn takes(&self, entry: &Entry) -> bool {
        let is_theirs = |ids: &BTreeSet<PersonId>| {
            let is_named = |person: &String| ids.iter().any(|id| id.as_str() == person);
            let mut rows = entry.command.iter().flat_map(|command| &command.rows);
            entry.person.as_ref().is_some_and(is_named) || rows.any(|row| is_of(row, ids))
        };
        let is_its = |name: &String| entry.tenant.as_ref().is_none_or(|tenant| tenant == name);
        self.person.as_ref().is_none_or(is_theirs)
            && self.tenant.as_ref().is_none_or(is_its)
            && (self.kinds.is_empty() || self.kinds.contains(&entry.line.kind))
            && self.since.is_none_or(|since| entry.line.at >= since)
    }
}

fn is_of(row: &CommandRow, ids: &BTreeSet<PersonId>) -> bool {
    row.person.as_ref().is_some_and(|person| ids.contains(person))
}
