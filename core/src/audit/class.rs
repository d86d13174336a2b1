//! Which OCSF class a line belongs to: that of the gravest thing that was done or tried.

use crate::model::call_record::{Action, CallRecord};

/// Identity & Access Management.
pub(super) const CATEGORY: (u32, &str) = (3, "Identity & Access Management");

/// The gravest of `calls`, and the call that did it.
pub(super) fn gravest(calls: &[CallRecord]) -> Option<&CallRecord> {
    calls.iter().min_by_key(|call| call.action)
}

/// `None`: it was decided or said, not done.
pub(super) fn class(action: Option<Action>) -> (u32, &'static str) {
    match action {
        Some(Action::Delete | Action::Create | Action::Deactivate | Action::Activate) => {
            (3001, "Account Change")
        }
        Some(Action::RemoveMember | Action::AddMember | Action::CreateGroup) => {
            (3006, "Group Management")
        }
        Some(Action::Change) | None => (3004, "Entity Management"),
    }
}

pub(super) fn activity(action: Option<Action>) -> (u32, &'static str) {
    match action {
        Some(Action::Create | Action::CreateGroup) => (1, "Create"),
        Some(Action::Activate) => (2, "Enable"),
        Some(Action::Deactivate) => (5, "Disable"),
        Some(Action::Delete) => (6, "Delete"),
        Some(Action::AddMember) => (3, "Add User"),
        Some(Action::RemoveMember) => (4, "Remove User"),
        Some(Action::Change) => (3, "Update"),
        None => (99, "Other"),
    }
}

/// How much a line asks for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub(super) fn number_and_word(self) -> (u32, &'static str) {
        match self {
            Self::Informational => (1, "Informational"),
            Self::Low => (2, "Low"),
            Self::Medium => (3, "Medium"),
            Self::High => (4, "High"),
            Self::Critical => (5, "Critical"),
        }
    }
}
