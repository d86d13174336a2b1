//! Whom usher never touches, whatever a rule says.

use super::halt;
use crate::model::Alias;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use crate::model::wish::Facet;
use std::collections::BTreeSet;

/// What a tenant protects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected {
    /// People, by any name or number that they are known by.
    pub people: BTreeSet<Alias>,
    /// Accounts whose user name or address at the target fits; a `*` stands for any signs.
    pub patterns: Vec<Pattern>,
    /// Nobody joins or leaves these, and nobody makes them.
    pub groups: BTreeSet<GroupName>,
    /// Whoever is in one of these at the target.
    pub members_of: BTreeSet<GroupName>,
}

impl Protected {
    /// Every group that must be known.
    pub fn groups_named(&self) -> impl Iterator<Item = &GroupName> {
        self.groups.iter().chain(&self.members_of)
    }
}

/// Text in which `*` stands for any signs, also for none; letters are alike in both cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<String>);

impl Pattern {
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase().split('*').map(str::to_owned).collect())
    }

    pub fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let Some((first, rest)) = self.0.split_first() else { return false };
        let Some((last, middle)) = rest.split_last() else { return text == *first };
        let Some(mut left) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            let Some(at) = left.find(part.as_str()) else { return false };
            left = left.get(at + part.len()..).unwrap_or_default();
        }
        left.len() >= last.len() && left.ends_with(last.as_str())
    }
}

/// Why a person, or a group, is not touched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shield<'a> {
    /// The person is protected: every call for them waits.
    pub person: bool,
    pub groups: Option<&'a BTreeSet<GroupName>>,
}

impl Shield<'_> {
    /// Why a call is not made; `None`: nothing that it touches is protected.
    pub fn keeps(&self, operation: &Operation) -> Option<Why> {
        if self.person {
            let text = "the person is protected by the configuration: nothing is changed for them, \
                        whatever a rule says";
            return Some(Why::new(Code::ProtectedPerson, None, text));
        }
        let groups = self.groups?;
        let touched = halt::facets(operation).into_iter().find_map(|facet| match facet {
            Facet::Group(group) if groups.contains(&group) => Some(group),
            Facet::Group(_) | Facet::Account | Facet::Active | Facet::Attribute(_) => None,
        })?;
        let text = format!(
            "group `{touched}` is protected by the configuration: usher puts nobody in and takes nobody \
             out, whatever a rule says"
        );
        Some(Why::new(Code::ProtectedGroup, Some("groups"), text))
    }
}
