//! What users and groups are filtered and sorted by, and where that stands in what was read.

use super::Resource;
use super::lens::status;
use crate::model::account::AttributeName;
use crate::serve::memory::inventory::{Account, AccountNumber, Directory, Group};
use jiff::Timestamp;

/// A member of a user or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    ExternalId,
    Username,
    Name,
    FirstName,
    LastName,
    Emails,
    EmployeeNumber,
    Title,
    Department,
    OrganizationId,
    Status,
    CreatedAt,
    UpdatedAt,
    Groups,
    Members,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Time,
    /// The ids of other things.
    Related,
}

const OF_USERS: [(&str, Field); 17] = [
    ("id", Field::Id),
    ("external_id", Field::ExternalId),
    ("username", Field::Username),
    ("name", Field::Name),
    ("first_name", Field::FirstName),
    ("last_name", Field::LastName),
    ("emails", Field::Emails),
    ("email", Field::Emails),
    ("employee_number", Field::EmployeeNumber),
    ("title", Field::Title),
    ("department", Field::Department),
    ("organization_id", Field::OrganizationId),
    ("status", Field::Status),
    ("created_at", Field::CreatedAt),
    ("updated_at", Field::UpdatedAt),
    ("groups", Field::Groups),
    ("group_id", Field::Groups),
];

const OF_GROUPS: [(&str, Field); 5] = [
    ("id", Field::Id),
    ("name", Field::Name),
    ("created_at", Field::CreatedAt),
    ("updated_at", Field::UpdatedAt),
    ("members", Field::Members),
];

impl Field {
    /// The field of that name.
    pub(super) fn parse(resource: Resource, word: &str) -> Option<Self> {
        Self::all(resource).iter().find(|(it, _)| *it == word).map(|(_, field)| *field)
    }

    pub(super) fn all(resource: Resource) -> &'static [(&'static str, Self)] {
        match resource {
            Resource::Users => &OF_USERS,
            Resource::Groups => &OF_GROUPS,
        }
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::CreatedAt | Self::UpdatedAt => Kind::Time,
            Self::Groups | Self::Members => Kind::Related,
            Self::Id
            | Self::ExternalId
            | Self::Username
            | Self::Name
            | Self::FirstName
            | Self::LastName
            | Self::Emails
            | Self::EmployeeNumber
            | Self::Title
            | Self::Department
            | Self::OrganizationId
            | Self::Status => Kind::Text,
        }
    }

    /// Whether it says who somebody is, or what is written of them.
    pub(super) fn is_personal(self, resource: Resource) -> bool {
        match self {
            Self::Id
            | Self::Status
            | Self::CreatedAt
            | Self::UpdatedAt
            | Self::Groups
            | Self::Members => false,
            // A group is no person.
            Self::Name => resource == Resource::Users,
            Self::ExternalId
            | Self::Username
            | Self::FirstName
            | Self::LastName
            | Self::Emails
            | Self::EmployeeNumber
            | Self::Title
            | Self::Department
            | Self::OrganizationId => true,
        }
    }

    /// Whether somebody is found by it as a whole, as pages find them.
    pub(super) fn is_name_of_somebody(self) -> bool {
        matches!(self, Self::ExternalId | Self::Username | Self::Emails | Self::EmployeeNumber)
    }

    /// Where it stands at an account.
    pub(super) fn attribute(self) -> Option<&'static str> {
        Some(match self {
            Self::ExternalId => "externalId",
            Self::Username => "userName",
            Self::Name => "displayName",
            Self::FirstName => "name.givenName",
            Self::LastName => "name.familyName",
            Self::Emails => "emails.work",
            Self::EmployeeNumber => "enterprise.employeeNumber",
            Self::Title => "title",
            Self::Department => "enterprise.department",
            Self::OrganizationId => "enterprise.organization",
            Self::Id
            | Self::Status
            | Self::CreatedAt
            | Self::UpdatedAt
            | Self::Groups
            | Self::Members => return None,
        })
    }
}

/// A user or a group of a directory.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row<'a> {
    User(AccountNumber, Account<'a>),
    Group(&'a Group),
}

/// What a row holds in a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Held<'a> {
    Nothing,
    Time(Timestamp),
    Text(&'a str),
}

impl<'a> Row<'a> {
    /// All rows of a kind.
    pub(super) fn all(
        directory: &'a Directory,
        resource: Resource,
    ) -> Box<dyn Iterator<Item = Self> + 'a> {
        match resource {
            Resource::Users => Box::new(directory.accounts().map(|(at, it)| Self::User(at, it))),
            Resource::Groups => Box::new(directory.groups().map(|(_, it)| Self::Group(it))),
        }
    }

    /// The row of that id.
    pub(super) fn find(directory: &'a Directory, resource: Resource, id: &str) -> Option<Self> {
        match resource {
            Resource::Users => {
                let number = directory.find(id)?;
                Some(Self::User(number, directory.account(number)?))
            }
            Resource::Groups => {
                let mut groups = directory.groups();
                let (_, group) = groups.find(|(_, group)| group.listed.id.as_str() == id)?;
                Some(Self::Group(group))
            }
        }
    }

    pub(super) fn id(self) -> &'a str {
        match self {
            Self::User(_, account) => account.id(),
            Self::Group(group) => group.listed.id.as_str(),
        }
    }

    pub(super) fn held(self, field: Field) -> Held<'a> {
        let time = |at: Option<Timestamp>| at.map_or(Held::Nothing, Held::Time);
        match (self, field) {
            (_, Field::Id) => Held::Text(self.id()),
            (Self::User(_, account), Field::CreatedAt) => time(account.created()),
            (Self::User(_, account), Field::UpdatedAt) => time(account.changed()),
            (Self::User(_, account), Field::Status) => match account.active() {
                Some(active) => Held::Text(status(active)),
                None => Held::Nothing,
            },
            (Self::User(_, account), Field::Name) => {
                let shown = attribute(account, "displayName");
                let shown = shown.or_else(|| attribute(account, "name.formatted"));
                shown.map_or(Held::Nothing, Held::Text)
            }
            (Self::User(_, account), field) => field
                .attribute()
                .and_then(|name| attribute(account, name))
                .map_or(Held::Nothing, Held::Text),
            (Self::Group(group), Field::Name) => Held::Text(group.listed.name.as_str()),
            (Self::Group(group), Field::CreatedAt) => time(group.listed.created),
            (Self::Group(group), Field::UpdatedAt) => time(group.listed.changed),
            (Self::Group(_), _) => Held::Nothing,
        }
    }
}

/// The text of an attribute; what is empty is not there.
pub(super) fn attribute<'a>(account: Account<'a>, name: &str) -> Option<&'a str> {
    let name = AttributeName::parse(name).ok()?;
    account.text(&name).filter(|text| !text.is_empty())
}
