//! Which OCSF class a line belongs to: that of the gravest thing that was done or tried.

use crate::model::decision::CallRecord;

/// Identity & Access Management.
pub(super) const CATEGORY: (u32, &str) = (3, "Identity & Access Management");

/// What was done to an account, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    Delete,
    Create,
    Disable,
    Enable,
    RemoveFromGroup,
    AddToGroup,
    Update,
    /// Decided or said, not done.
    Other,
}

impl Deed {
    /// The gravest of `calls`, and the call that did it.
    pub(super) fn gravest(calls: &[CallRecord]) -> (Self, Option<&CallRecord>) {
        calls
            .iter()
            .map(|call| (Self::of(&call.action), Some(call)))
            .min_by_key(|(deed, _)| *deed)
            .unwrap_or((Self::Other, None))
    }

    fn of(action: &str) -> Self {
        match action {
            "delete" => Self::Delete,
            "create" => Self::Create,
            "deactivate" => Self::Disable,
            "activate" => Self::Enable,
            "remove_member" => Self::RemoveFromGroup,
            "add_member" => Self::AddToGroup,
            "change" => Self::Update,
            _ => Self::Other,
        }
    }

    pub(super) fn class(self) -> (u32, &'static str) {
        match self {
            Self::Delete | Self::Create | Self::Disable | Self::Enable => (3001, "Account Change"),
            Self::RemoveFromGroup | Self::AddToGroup => (3006, "Group Management"),
            Self::Update | Self::Other => (3004, "Entity Management"),
        }
    }

    pub(super) fn activity(self) -> (u32, &'static str) {
        match self {
            Self::Create => (1, "Create"),
            Self::Enable => (2, "Enable"),
            Self::Disable => (5, "Disable"),
            Self::Delete => (6, "Delete"),
            Self::AddToGroup => (3, "Add User"),
            Self::RemoveFromGroup => (4, "Remove User"),
            Self::Update => (3, "Update"),
            Self::Other => (99, "Other"),
        }
    }

    /// Takes access away; its failure is the gravest news.
    pub(super) fn is_cut(self) -> bool {
        match self {
            Self::Delete | Self::Disable | Self::RemoveFromGroup => true,
            Self::Create | Self::Enable | Self::AddToGroup | Self::Update | Self::Other => false,
        }
    }
}

/// How much a line asks for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Informational,
    Low,
    Medium,
    High,
}

impl Severity {
    pub(super) fn number_and_word(self) -> (u32, &'static str) {
        match self {
            Self::Informational => (1, "Informational"),
            Self::Low => (2, "Low"),
            Self::Medium => (3, "Medium"),
            Self::High => (4, "High"),
        }
    }
}
