//! Where a field stands in a directory, found once for all accounts that are looked at.

use super::field::{Field, Held};
use crate::model::account::AttributeName;
use crate::serve::memory::inventory::{Account, AccountNumber, Column, Directory, Sorted};
use std::ops::Range;

/// A field of all accounts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lens<'a> {
    /// Each value stands once, in order.
    Ids(&'a Sorted),
    Column(&'a Column),
    /// The first that holds something counts.
    Either(&'a Column, &'a Column),
    Status(&'a Directory),
    Created(&'a Directory),
    Changed(&'a Directory),
    Nothing,
}

impl<'a> Lens<'a> {
    pub(super) fn of(directory: &'a Directory, field: Field) -> Self {
        match field {
            Field::Id => Self::Ids(directory.ids()),
            Field::Status => Self::Status(directory),
            Field::CreatedAt => Self::Created(directory),
            Field::UpdatedAt => Self::Changed(directory),
            Field::Groups | Field::Members => Self::Nothing,
            Field::ExternalId
            | Field::Username
            | Field::Name
            | Field::FirstName
            | Field::LastName
            | Field::Emails
            | Field::EmployeeNumber
            | Field::Title
            | Field::Department
            | Field::OrganizationId => {
                let column = |name: &str| directory.column(&AttributeName::parse(name).ok()?);
                let shown = field.attribute().and_then(column);
                let instead = if field == Field::Name { column("name.formatted") } else { None };
                match (shown, instead) {
                    (Some(shown), Some(instead)) => Self::Either(shown, instead),
                    (Some(one), None) | (None, Some(one)) => Self::Column(one),
                    (None, None) => Self::Nothing,
                }
            }
        }
    }

    /// What an account holds.
    pub(super) fn held(self, number: AccountNumber) -> Held<'a> {
        let text = |column: &'a Column| {
            let text = column.text(number.index()).filter(|text| !text.is_empty());
            text.map_or(Held::Nothing, Held::Text)
        };
        let time = |at: Option<_>| at.map_or(Held::Nothing, Held::Time);
        match self {
            Self::Ids(ids) => Held::Text(ids.texts().get(number.index())),
            Self::Column(column) => text(column),
            Self::Either(shown, instead) => match text(shown) {
                Held::Nothing => text(instead),
                held @ (Held::Text(_) | Held::Time(_)) => held,
            },
            Self::Status(directory) => {
                let active = directory.account(number).and_then(Account::active);
                active.map_or(Held::Nothing, |active| Held::Text(status(active)))
            }
            Self::Created(directory) => time(directory.account(number).and_then(Account::created)),
            Self::Changed(directory) => time(directory.account(number).and_then(Account::changed)),
            Self::Nothing => Held::Nothing,
        }
    }

    /// All values in order, if they stand so.
    pub(super) fn sorted(self) -> Option<&'a Sorted> {
        match self {
            Self::Ids(ids) => Some(ids),
            Self::Column(column) => Some(column.values()),
            Self::Either(..)
            | Self::Status(_)
            | Self::Created(_)
            | Self::Changed(_)
            | Self::Nothing => None,
        }
    }

    /// Where the value of an account stands among these; `None`: it holds nothing.
    pub(super) fn number(self, account: AccountNumber) -> Option<usize> {
        let at = account.index();
        match self {
            Self::Ids(_) => Some(at),
            Self::Column(column) => {
                let number = column.number(at)?;
                (!column.values().texts().get(number).is_empty()).then_some(number)
            }
            Self::Either(..)
            | Self::Status(_)
            | Self::Created(_)
            | Self::Changed(_)
            | Self::Nothing => None,
        }
    }
}

/// How a status is written.
pub(super) fn status(is_active: bool) -> &'static str {
    if is_active { "active" } else { "inactive" }
}

/// Of each value, whether it passes. Each is looked at once, however many accounts hold it.
#[derive(Clone, Debug)]
pub(super) struct Passing(Vec<bool>);

impl Passing {
    pub(super) fn all(sorted: &Sorted, passes: impl Fn(&str) -> bool) -> Self {
        Self(sorted.texts().iter().map(passes).collect())
    }

    /// None, or each, but for some.
    pub(super) fn but_for(sorted: &Sorted, is_passing: bool, some: &[Range<usize>]) -> Self {
        let mut all = vec![is_passing; sorted.texts().len()];
        for range in some {
            if let Some(some) = all.get_mut(range.clone()) {
                some.fill(!is_passing);
            }
        }
        Self(all)
    }

    pub(super) fn has(&self, number: usize) -> bool {
        self.0.get(number).copied().unwrap_or_default()
    }
}
