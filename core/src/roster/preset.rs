//! What the exports of well-known systems look like.
//!
//! Headers stand as the systems write them, so that they can be looked up; they are compared by
//! `header::key`.

use super::column::Column;
use super::date::DayOrder;
use super::row::Standing;
use serde::{Deserialize, Serialize};

/// A system whose export is read.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// A list that somebody made: the usual names of columns.
    #[default]
    Plain,
    /// Workday, a report as a service (`RaaS`).
    Workday,
    /// `BambooHR`, a custom report.
    Bamboohr,
    /// Entra, "Download users".
    Entra,
    /// Microsoft 365, "Export users".
    M365,
    /// Google Workspace, "Download users".
    Google,
    /// Okta, the password health report, an extension's export, or `/api/v1/users`.
    Okta,
}

impl Preset {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::Workday,
        Self::Bamboohr,
        Self::Entra,
        Self::M365,
        Self::Google,
        Self::Okta,
    ];

    /// What its headers mean; empty: the usual names.
    pub(super) fn headers(self) -> &'static [(&'static str, Column)] {
        match self {
            Self::Plain => &[],
            Self::Workday => WORKDAY,
            Self::Bamboohr => BAMBOOHR,
            Self::Entra => ENTRA,
            Self::M365 => M365,
            Self::Google => GOOGLE,
            Self::Okta => OKTA,
        }
    }

    /// What stands before ids that it gives.
    pub(super) fn scheme(self) -> Option<&'static str> {
        match self {
            Self::Entra | Self::M365 => Some("entra"),
            Self::Google => Some("google"),
            Self::Okta => Some("okta"),
            Self::Bamboohr => Some("bamboohr"),
            Self::Plain | Self::Workday => None,
        }
    }

    /// How it writes days that are not in ISO's form.
    pub(super) fn days(self) -> DayOrder {
        match self {
            Self::Entra | Self::M365 => DayOrder::MonthFirst,
            Self::Plain | Self::Workday | Self::Bamboohr | Self::Google | Self::Okta => {
                DayOrder::Unsaid
            }
        }
    }

    /// What its words for a status mean. `inactive` in a list that somebody made may mean a leave.
    pub(super) fn words(self) -> &'static [(&'static str, Standing)] {
        use Standing::{Current, Disabled, Ended, OnLeave};
        match self {
            Self::Plain => &[
                ("active", Current),
                ("current", Current),
                ("employed", Current),
                ("on leave", OnLeave),
                ("leave", OnLeave),
                ("terminated", Ended),
                ("left", Ended),
            ],
            Self::Workday => &[("active", Current), ("on leave", OnLeave), ("terminated", Ended)],
            Self::Bamboohr => &[("active", Current), ("inactive", Ended)],
            Self::Entra | Self::M365 => &[],
            Self::Google => &[("active", Current), ("suspended", Disabled), ("archived", Disabled)],
            // Whoever is locked out forgot a password, and has not left.
            Self::Okta => &[
                ("active", Current),
                ("staged", Current),
                ("provisioned", Current),
                ("pending user action", Current),
                ("recovery", Current),
                ("password reset", Current),
                ("password_expired", Current),
                ("password expired", Current),
                ("locked_out", Current),
                ("locked out", Current),
                ("suspended", Disabled),
                ("deprovisioned", Disabled),
                ("deactivated", Disabled),
            ],
        }
    }
}

const WORKDAY: &[(&str, Column)] = &[
    ("Employee_ID", Column::EmployeeNumber),
    ("Worker_ID", Column::WorkerId),
    ("Display_Name", Column::DisplayName),
    ("First_Name", Column::GivenName),
    ("Last_Name", Column::FamilyName),
    ("User_Name", Column::UserName),
    ("Work_Email", Column::Email),
    ("Business_Title", Column::Title),
    ("Worker_Type", Column::WorkerType),
    ("Worker_Status", Column::Status),
    ("Supervisory_Organization", Column::Department),
    ("Cost_Center", Column::CostCenter),
    ("Company", Column::Organization),
    ("Manager_Employee_ID", Column::ManagerNumber),
    ("Manager_Work_Email", Column::ManagerEmail),
    ("Location", Column::Location),
    ("Country", Column::Country),
    ("Hire_Date", Column::StartDate),
    ("Termination_Date", Column::EndDate),
];

const BAMBOOHR: &[(&str, Column)] = &[
    ("id", Column::ExternalId),
    ("employeeNumber", Column::EmployeeNumber),
    ("Employee #", Column::EmployeeNumber),
    ("displayName", Column::DisplayName),
    ("firstName", Column::GivenName),
    ("lastName", Column::FamilyName),
    ("workEmail", Column::Email),
    ("jobTitle", Column::Title),
    ("department", Column::Department),
    ("division", Column::Division),
    ("location", Column::Location),
    ("country", Column::Country),
    ("supervisorEmail", Column::ManagerEmail),
    ("hireDate", Column::StartDate),
    ("terminationDate", Column::EndDate),
    ("status", Column::Status),
];

const ENTRA: &[(&str, Column)] = &[
    ("userPrincipalName", Column::UserName),
    ("displayName", Column::DisplayName),
    ("surname", Column::FamilyName),
    ("mail", Column::Email),
    ("givenName", Column::GivenName),
    ("id", Column::ExternalId),
    ("objectId", Column::ExternalId),
    ("employeeId", Column::EmployeeNumber),
    ("userType", Column::WorkerType),
    ("jobTitle", Column::Title),
    ("department", Column::Department),
    ("companyName", Column::Organization),
    ("officeLocation", Column::Location),
    ("physicalDeliveryOfficeName", Column::Location),
    ("country", Column::Country),
    ("alternateEmailAddress", Column::OtherEmail),
    ("accountEnabled", Column::Enabled),
    // As the files for bulk uploads write them, without their brackets.
    ("Name [displayName] Required", Column::DisplayName),
    ("User name [userPrincipalName] Required", Column::UserName),
    ("Block sign in (Yes/No) [accountEnabled] Required", Column::Blocked),
    ("First name [givenName]", Column::GivenName),
    ("Last name [surname]", Column::FamilyName),
    ("Job title [jobTitle]", Column::Title),
];

const M365: &[(&str, Column)] = &[
    ("User principal name", Column::UserName),
    ("Display name", Column::DisplayName),
    ("First name", Column::GivenName),
    ("Last name", Column::FamilyName),
    ("Title", Column::Title),
    ("Department", Column::Department),
    ("Office", Column::Location),
    ("Country/Region", Column::Country),
    ("Object Id", Column::ExternalId),
    ("Block credential", Column::Blocked),
];

const GOOGLE: &[(&str, Column)] = &[
    ("First Name [Required]", Column::GivenName),
    ("Last Name [Required]", Column::FamilyName),
    ("Email Address [Required]", Column::Email),
    ("Status [READ ONLY]", Column::Status),
    ("Last Sign In [READ ONLY]", Column::LastSeen),
    ("Work Secondary Email", Column::OtherEmail),
    ("Employee ID", Column::EmployeeNumber),
    ("Employee Type", Column::WorkerType),
    ("Employee Title", Column::Title),
    ("Manager Email", Column::ManagerEmail),
    ("Department", Column::Department),
    ("Cost Center", Column::CostCenter),
    ("Building ID", Column::Location),
];

const OKTA: &[(&str, Column)] = &[
    ("id", Column::ExternalId),
    ("User", Column::DisplayName),
    ("Login", Column::UserName),
    ("Username", Column::UserName),
    ("Status", Column::Status),
    ("Last Login", Column::LastSeen),
    ("profile.login", Column::UserName),
    ("profile.email", Column::Email),
    ("Primary email", Column::Email),
    ("email", Column::Email),
    ("profile.secondEmail", Column::OtherEmail),
    ("profile.employeeNumber", Column::EmployeeNumber),
    ("employeeNumber", Column::EmployeeNumber),
    ("profile.displayName", Column::DisplayName),
    ("profile.firstName", Column::GivenName),
    ("firstName", Column::GivenName),
    ("profile.lastName", Column::FamilyName),
    ("lastName", Column::FamilyName),
    ("profile.title", Column::Title),
    ("profile.department", Column::Department),
    ("department", Column::Department),
    ("profile.division", Column::Division),
    ("profile.organization", Column::Organization),
    ("profile.costCenter", Column::CostCenter),
    ("profile.userType", Column::WorkerType),
];
