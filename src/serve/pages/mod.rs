//! The pages: what each says, and how it is written.
//!
//! A page is a title and parts: tables, which can be had as CSV and JSON, and whatever else is shown. What
//! is personal stands in cells that say so, and is hidden unless somebody may see it and asks to.

pub mod about;
pub mod accounts;
mod commands;
mod days;
mod findings;
pub mod groups;
mod holds;
pub mod layout;
pub(super) mod listing;
pub mod overview;
mod parked;
mod people;
pub mod person;
mod pictures;
mod policies;
mod seats;
pub mod sheet;
mod sources;
mod targets;
mod times;
mod tomorrow;

use super::deployment::Tenant;
use super::web::{Refused, Visit};
use crate::model::ids::TenantName;
use maud::Markup;
use sheet::Sheet;

/// A page of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Overview,
    People,
    Accounts,
    Groups,
    Findings,
    Seats,
    Holds,
    Parked,
    Targets,
    Sources,
    Commands,
    Tomorrow,
}

impl Section {
    pub const ALL: [Self; 12] = [
        Self::Overview,
        Self::People,
        Self::Accounts,
        Self::Groups,
        Self::Findings,
        Self::Seats,
        Self::Holds,
        Self::Parked,
        Self::Targets,
        Self::Sources,
        Self::Commands,
        Self::Tomorrow,
    ];

    /// As it stands in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::People => "people",
            Self::Accounts => "accounts",
            Self::Groups => "groups",
            Self::Findings => "findings",
            Self::Seats => "seats",
            Self::Holds => "holds",
            Self::Parked => "parked",
            Self::Targets => "targets",
            Self::Sources => "sources",
            Self::Commands => "commands",
            Self::Tomorrow => "tomorrow",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.word() == word)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::People => "People",
            Self::Accounts => "Accounts",
            Self::Groups => "Groups",
            Self::Findings => "Findings",
            Self::Seats => "Seats",
            Self::Holds => "Holds",
            Self::Parked => "Parked",
            Self::Targets => "Targets",
            Self::Sources => "Sources",
            Self::Commands => "Commands",
            Self::Tomorrow => "Tomorrow",
        }
    }
}

/// Where a page stands among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Section(Section),
    About,
    Elsewhere,
}

/// A page, before it is written.
#[derive(Debug)]
pub struct Page {
    pub title: String,
    pub place: Place,
    /// Whose; `None`: of all that may be seen.
    pub tenant: Option<TenantName>,
    pub parts: Vec<Part>,
}

/// A part of one.
#[derive(Debug)]
pub enum Part {
    Sheet(Sheet),
    Markup(Markup),
}

impl Page {
    /// The table of that name; the first, if none is named.
    pub fn sheet(&self, name: Option<&str>) -> Option<&Sheet> {
        let mut sheets = self.parts.iter().filter_map(|part| match part {
            Part::Sheet(sheet) => Some(sheet),
            Part::Markup(_) => None,
        });
        sheets.find(|sheet| name.is_none_or(|name| *sheet.name == *name))
    }

    fn of(section: Section, tenant: &Tenant, parts: Vec<Part>) -> Self {
        Self {
            title: section.title().to_owned(),
            place: Place::Section(section),
            tenant: Some(tenant.name.clone()),
            parts,
        }
    }
}

/// The page of a tenant.
pub async fn of_tenant(visit: &Visit, tenant: &Tenant, section: Section) -> Result<Page, Refused> {
    Ok(match section {
        Section::Overview => overview::of_tenant(visit, tenant),
        Section::People => people::page(visit, tenant).await?,
        Section::Accounts => accounts::page(visit, tenant),
        Section::Groups => groups::page(visit, tenant),
        Section::Findings => findings::page(visit, tenant),
        Section::Seats => seats::page(visit, tenant),
        Section::Holds => holds::page(visit, tenant).await?,
        Section::Parked => parked::page(visit, tenant),
        Section::Targets => targets::page(visit, tenant),
        Section::Sources => sources::page(visit, tenant),
        Section::Commands => commands::page(visit, tenant),
        Section::Tomorrow => tomorrow::page(visit, tenant).await?,
    })
}

/// Where cells of a tenant's page are written.
fn ground<'a>(visit: &'a Visit, tenant: &'a Tenant) -> sheet::Ground<'a> {
    sheet::Ground { zone: &tenant.zone, now: visit.now, eyes: visit.eyes, base: &visit.site.base }
}
