//! The accounts of a target as they were read, kept in few bytes.

use super::completeness::{Completeness, Flaw};
use crate::model::AttributeName;
use crate::model::ids::TargetName;
use crate::roster::texts::{Text, Texts};
use crate::roster::{Column, Space, value};
use jiff::Timestamp;
use std::fmt;

/// An account as it is handed in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Account<'a> {
    pub id: &'a str,
    pub user_name: &'a str,
    pub external_id: &'a str,
    pub employee_number: &'a str,
    pub display_name: &'a str,
    pub emails: &'a [&'a str],
    /// `None`: the target does not say.
    pub active: Option<bool>,
    pub is_service: bool,
    pub is_administrator: bool,
    pub created: Option<Timestamp>,
    pub changed: Option<Timestamp>,
    pub seen: LastSeen,
    /// Who made it, where the target says so.
    pub provisioner: &'a str,
    /// The names of its groups; `None`: they were not read.
    pub groups: Option<&'a [&'a str]>,
    pub attributes: &'a [(AttributeName, &'a str)],
}

/// When an account was last used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastSeen {
    /// The target does not say.
    #[default]
    Untold,
    Never,
    At(Timestamp),
}

/// What `externalId` holds at a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExternalId {
    /// Nothing that people are told apart by.
    #[default]
    Nothing,
    EmployeeNumber,
    WorkerId,
    /// The id that this system gives: `entra`.
    Of(String),
}

/// An account as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) id: Text,
    pub(super) user_name: Text,
    pub(super) display_name: Text,
    pub(super) external_id: Text,
    pub(super) provisioner: Text,
    pub(super) active: Option<bool>,
    pub(super) is_service: bool,
    pub(super) is_administrator: bool,
    pub(super) created: Option<Timestamp>,
    pub(super) changed: Option<Timestamp>,
    pub(super) seen: LastSeen,
    has_groups: bool,
    /// Its place in `names`, `groups` and `attributes`: from where, and how many.
    names: (u32, u16),
    groups: (u32, u16),
    attributes: (u32, u16),
}

/// One reading of all accounts of a target.
#[derive(Clone)]
pub struct Inventory {
    pub target: TargetName,
    pub read_at: Timestamp,
    /// When that reading began: what usher did since may not show.
    pub(super) began: Timestamp,
    external: ExternalId,
    pub(super) completeness: Completeness,
    pub(super) texts: Texts,
    pub(super) accounts: Vec<Kept>,
    /// Canonical names of accounts, each within its space.
    names: Vec<(Space, Text)>,
    groups: Vec<Text>,
    attributes: Vec<(u16, Text)>,
    attribute_names: Vec<AttributeName>,
    has_lost: bool,
}

impl Inventory {
    /// Nothing read yet; until `close` it is incomplete.
    pub fn new(target: TargetName, read_at: Timestamp, external: ExternalId) -> Self {
        Self {
            target,
            read_at,
            began: read_at,
            external,
            completeness: Completeness::Incomplete(vec![Flaw::NotClosed]),
            texts: Texts::default(),
            accounts: Vec::new(),
            names: Vec::new(),
            groups: Vec::new(),
            attributes: Vec::new(),
            attribute_names: Vec::new(),
            has_lost: false,
        }
    }

    /// Another account.
    pub fn add(&mut self, account: &Account<'_>) {
        let names = self.keep_names(account);
        let groups_from = self.groups.len();
        for name in account.groups.unwrap_or_default() {
            let group = self.texts.intern(name);
            self.groups.push(group);
        }
        let attributes_from = self.attributes.len();
        for (name, said) in account.attributes {
            let known = self.attribute_names.iter().position(|it| it == name);
            let name = known.unwrap_or_else(|| {
                self.attribute_names.push(name.clone());
                self.attribute_names.len() - 1
            });
            let text = self.texts.intern(said);
            self.attributes.push((u16::try_from(name).unwrap_or(u16::MAX), text));
        }
        let kept = Kept {
            id: self.texts.add(account.id),
            user_name: self.texts.add(account.user_name),
            display_name: self.texts.add(account.display_name),
            external_id: self.texts.add(account.external_id),
            provisioner: self.texts.intern(account.provisioner),
            active: account.active,
            is_service: account.is_service,
            is_administrator: account.is_administrator,
            created: account.created,
            changed: account.changed,
            seen: account.seen,
            has_groups: account.groups.is_some(),
            names,
            groups: self.place(groups_from, self.groups.len()),
            attributes: self.place(attributes_from, self.attributes.len()),
        };
        self.accounts.push(kept);
    }

    fn keep_names(&mut self, account: &Account<'_>) -> (u32, u16) {
        let from = self.names.len();
        let mut keep = |space: Space, column: Column, said: &str, scheme: Option<&str>| {
            if let Some(name) = value::name(column, said, scheme) {
                let text = self.texts.add(&name);
                self.names.push((space, text));
            }
        };
        keep(Space::EmployeeNumber, Column::EmployeeNumber, account.employee_number, None);
        match &self.external {
            ExternalId::Nothing => {}
            ExternalId::EmployeeNumber => {
                keep(Space::EmployeeNumber, Column::EmployeeNumber, account.external_id, None);
            }
            ExternalId::WorkerId => {
                keep(Space::WorkerId, Column::WorkerId, account.external_id, None);
            }
            ExternalId::Of(scheme) => {
                keep(Space::External, Column::ExternalId, account.external_id, Some(scheme));
            }
        }
        keep(Space::Name, Column::UserName, account.user_name, None);
        for email in account.emails.iter().filter(|email| **email != account.user_name) {
            keep(Space::Name, Column::Email, email, None);
        }
        self.place(from, self.names.len())
    }

    fn place(&mut self, from: usize, to: usize) -> (u32, u16) {
        let place = u32::try_from(from).ok().zip(u16::try_from(to - from).ok());
        self.has_lost |= place.is_none();
        place.unwrap_or((0, 0))
    }

    /// All that was read is in. `flaws`: why it is not taken for whole.
    pub fn close(&mut self, flaws: Vec<Flaw>) {
        self.texts.close();
        let mut flaws = flaws;
        if self.has_lost || self.texts.is_full() {
            flaws.push(Flaw::TooLarge);
        }
        self.completeness =
            if flaws.is_empty() { Completeness::Complete } else { Completeness::Incomplete(flaws) };
    }

    /// Whether anything may be concluded from it.
    pub fn completeness(&self) -> &Completeness {
        &self.completeness
    }

    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    pub(super) fn account(&self, number: u32) -> Option<&Kept> {
        self.accounts.get(number as usize)
    }

    /// The names by which it is told whose an account is.
    pub(super) fn names<'a>(
        &'a self,
        account: &Kept,
    ) -> impl Iterator<Item = (Space, &'a str)> + Clone + use<'a> {
        let names = slice(&self.names, account.names);
        names.iter().map(|(space, text)| (*space, self.texts.get(*text)))
    }

    /// The names of its groups, if they were read.
    pub(super) fn groups(&self, account: &Kept) -> Option<Vec<&str>> {
        let groups = slice(&self.groups, account.groups);
        account.has_groups.then(|| groups.iter().map(|text| self.texts.get(*text)).collect())
    }

    /// What was read of an attribute: `None` if nobody read it of anybody here.
    pub(super) fn attribute(&self, account: &Kept, name: &AttributeName) -> Option<&str> {
        let wanted = self.attribute_names.iter().position(|it| it == name)?;
        let mut said = slice(&self.attributes, account.attributes).iter();
        let found = said.find(|(name, _)| usize::from(*name) == wanted);
        Some(found.map_or("", |(_, text)| self.texts.get(*text)))
    }
}

fn slice<T>(all: &[T], (from, many): (u32, u16)) -> &[T] {
    let from = from as usize;
    all.get(from..from + usize::from(many)).unwrap_or_default()
}

/// Without what it says of people.
impl fmt::Debug for Inventory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, read_at, completeness, accounts, .. } = self;
        out.debug_struct("Inventory")
            .field("target", target)
            .field("read_at", read_at)
            .field("completeness", completeness)
            .field("accounts", &accounts.len())
            .finish_non_exhaustive()
    }
}
