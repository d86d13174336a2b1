//! Whom usher never touches, whatever a rule says.

use super::halt;
use super::kind::{Bearing, LimitKind, kind_of};
use crate::model::Alias;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use crate::model::wish::Facet;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Groups that give somebody charge of the target, and how many members usher leaves in each.
    pub keep_last: BTreeMap<GroupName, usize>,
    /// Accounts of this `userType`, in small letters, are administrators' or no person's: it takes two
    /// operators to cut one.
    pub administrators: BTreeSet<String>,
}

impl Protected {
    /// Groups whose members must be known before it is known who is protected.
    pub fn groups_to_read(&self) -> impl Iterator<Item = &GroupName> {
        self.members_of.iter().chain(self.keep_last.keys())
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

/// Whether a person is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ward<'a> {
    #[default]
    No,
    Yes,
    /// Whoever is in this group is, and it was not read yet.
    Unread(&'a GroupName),
    /// The same, and the target does not show who is in it, or has no such group, or several.
    Unknown(&'a GroupName),
}

/// Why somebody does not leave a group that must keep some of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// It would have fewer members than this.
    Last(usize),
    /// Who is in it was not read yet.
    Unread,
    /// The target does not show who is in it.
    Unknown,
}

/// Why a person, or a group, is not touched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shield<'a> {
    /// A protected person: every call for them waits.
    pub person: Ward<'a>,
    pub groups: Option<&'a BTreeSet<GroupName>>,
    /// Groups that the person does not leave.
    pub stays: Option<&'a BTreeMap<GroupName, Stays>>,
    /// What kind of thing calls do for an administrator's account, or no person's; `None`: it is neither, as
    /// far as the target shows.
    pub administrator: Option<Bearing<'a>>,
}

impl Shield<'_> {
    /// Why a call is not made; `None`: nothing that it touches is protected.
    pub fn keeps(&self, operation: &Operation) -> Option<Why> {
        let of_person = match self.person {
            Ward::No => None,
            Ward::Yes => Some(person()),
            Ward::Unread(group) => Some(unread(group)),
            Ward::Unknown(group) => Some(unknown(group)),
        };
        of_person.or_else(|| self.keeps_group(operation)).or_else(|| self.keeps_last(operation))
    }

    fn keeps_group(&self, operation: &Operation) -> Option<Why> {
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

    fn keeps_last(&self, operation: &Operation) -> Option<Why> {
        let stays = self.stays?;
        let (group, why) = match operation {
            Operation::RemoveMember { group, .. } => stays.get_key_value(&group.name),
            // With the account its memberships go, too.
            Operation::Delete { .. } => stays.first_key_value(),
            Operation::Create { .. }
            | Operation::Change { .. }
            | Operation::AddMember { .. }
            | Operation::CreateGroup { .. } => None,
        }?;
        Some(match why {
            Stays::Last(at_least) => last(group, *at_least),
            Stays::Unread => unread(group),
            Stays::Unknown => unknown(group),
        })
    }

    /// Why a cut waits for two operators, unless they have said yes.
    pub fn asks_two(&self, operation: &Operation) -> Option<Why> {
        let takes_access = match kind_of(operation, self.administrator?)? {
            LimitKind::Cut | LimitKind::Leave => true,
            // A deletion waits for two operators in any case.
            LimitKind::Delete | LimitKind::Create | LimitKind::Grant | LimitKind::Change => false,
        };
        let text = "the target shows this account as an administrator's, or as no person's: cutting it may \
                    shut everybody out, so it takes two operators";
        takes_access.then(|| Why::new(Code::ProtectedAdministrator, Some("userType"), text))
    }
}

fn person() -> Why {
    let text = "the person is protected by the configuration: nothing is changed for them, whatever a rule \
                says";
    Why::new(Code::ProtectedPerson, None, text)
}

/// Who is in the group decides, and it is read as soon as there is a slot.
pub fn unread(group: &GroupName) -> Why {
    let text = format!(
        "whether the person is protected hangs on group `{group}`, which is being read; it goes on by itself"
    );
    Why::new(Code::ProtectedUnread, Some("groups"), text)
}

fn unknown(group: &GroupName) -> Why {
    let text = format!(
        "whether the person is protected hangs on group `{group}`, and the target has no such group, or \
         several, or does not show who is in it: nobody is changed until it does"
    );
    Why::new(Code::ProtectedUnknown, Some("groups"), text)
}

fn last(group: &GroupName, at_least: usize) -> Why {
    let text = format!(
        "group `{group}` keeps at least {at_least} of its members (`protected.keep_last`), and this person \
         is one of the last; put somebody else in first"
    );
    Why::new(Code::ProtectedLastMember, Some("groups"), text)
}
