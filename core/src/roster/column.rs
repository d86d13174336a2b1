//! What a roster may say of somebody, and how header lines call it.

use super::keys::Space;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! columns {
    ($($column:ident = $word:literal [$($header:literal),*],)*) => {
        /// What a column of a roster says.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            schemars::JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Column {
            $(#[doc = concat!("`", $word, "`")] $column,)*
        }

        impl Column {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$column,)*];

            /// As the configuration calls it: `employee_number`.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$column => $word,)* }
            }

            /// How people call it who make lists by hand, in the form of `header::key`.
            pub(super) const fn usual(self) -> &'static [&'static str] {
                match self { $(Self::$column => &[$($header),*],)* }
            }
        }
    };
}

columns! {
    EmployeeNumber = "employee_number" ["employeenumber", "employeeid", "employeeno", "personnelnumber", "personalnummer", "staffnumber", "staffid"],
    WorkerId = "worker_id" ["workerid"],
    UserName = "user_name" ["username", "login", "userprincipalname", "upn", "accountname"],
    Email = "email" ["email", "emailaddress", "mail", "workemail", "primaryemail"],
    OtherEmail = "other_email" ["otheremail", "secondaryemail", "alternateemail"],
    ExternalId = "external_id" ["externalid", "objectid"],
    DisplayName = "display_name" ["name", "displayname", "fullname"],
    GivenName = "given_name" ["givenname", "firstname", "vorname"],
    FamilyName = "family_name" ["familyname", "lastname", "surname", "nachname"],
    Title = "title" ["title", "jobtitle", "businesstitle", "position"],
    Department = "department" ["department", "abteilung", "dept"],
    Division = "division" ["division"],
    Organization = "organization" ["organization", "organisation", "company", "companyname"],
    CostCenter = "cost_center" ["costcenter", "costcentre", "kostenstelle"],
    Location = "location" ["location", "office", "site", "standort"],
    Country = "country" ["country", "land"],
    WorkerType = "worker_type" ["workertype", "employmenttype", "employeetype", "usertype"],
    ManagerNumber = "manager_number" ["managernumber", "manageremployeeid", "managerid"],
    ManagerEmail = "manager_email" ["manageremail", "managerworkemail"],
    Status = "status" ["status", "employmentstatus", "employeestatus", "workerstatus"],
    Enabled = "enabled" ["enabled", "accountenabled", "active", "isactive"],
    Blocked = "blocked" ["blocked", "blockcredential", "disabled", "suspended"],
    StartDate = "start_date" ["startdate", "hiredate", "eintrittsdatum", "eintritt"],
    EndDate = "end_date" ["enddate", "terminationdate", "leavingdate", "austrittsdatum", "austritt", "lastday"],
    LastSeen = "last_seen" ["lastseen", "lastlogin", "lastsignin"],
}

/// How many columns hold texts; they stand first.
pub(super) const TEXTS: usize = Column::ManagerEmail as usize + 1;

impl Column {
    /// Within which names it tells people apart; `None`: it does not.
    pub fn space(self) -> Option<Space> {
        match self {
            Self::EmployeeNumber => Some(Space::EmployeeNumber),
            Self::WorkerId => Some(Space::WorkerId),
            Self::UserName | Self::Email | Self::OtherEmail => Some(Space::Name),
            Self::ExternalId => Some(Space::External),
            Self::DisplayName
            | Self::GivenName
            | Self::FamilyName
            | Self::Title
            | Self::Department
            | Self::Division
            | Self::Organization
            | Self::CostCenter
            | Self::Location
            | Self::Country
            | Self::WorkerType
            | Self::ManagerNumber
            | Self::ManagerEmail
            | Self::Status
            | Self::Enabled
            | Self::Blocked
            | Self::StartDate
            | Self::EndDate
            | Self::LastSeen => None,
        }
    }

    /// Whether it is a text that is kept; the others are read into what they mean.
    pub(super) fn is_text(self) -> bool {
        (self as usize) < TEXTS
    }

    /// Whether few people have the same.
    pub(super) fn is_own(self) -> bool {
        self.space().is_some() || matches!(self, Self::DisplayName)
    }

    /// Whether it holds a number that spreadsheets like to spoil.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::EmployeeNumber | Self::WorkerId | Self::ManagerNumber)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}
