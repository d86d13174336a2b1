//! Where the attributes of rule files stand in a SCIM User.

use crate::model::account::AttributeName;

pub(super) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const ENTERPRISE_USER: &str =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// An attribute's place in a User.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `title`
    Plain(&'static str),
    /// `name.givenName`
    Within { parent: &'static str, child: &'static str },
    /// The value of type `work` in a list: `emails`.
    Work { list: &'static str },
    /// In the enterprise extension (RFC 7643 §4.3).
    Enterprise(&'static str),
}

impl Place {
    pub(super) fn of(name: &AttributeName) -> Self {
        match name.as_str().split_once('.') {
            None => Self::Plain(name.as_str()),
            Some(("enterprise", child)) => Self::Enterprise(child),
            Some((list, "work")) => Self::Work { list },
            Some((parent, child)) => Self::Within { parent, child },
        }
    }

    /// The path of the value in a PATCH (RFC 7644 §3.5.2).
    pub(super) fn path(self) -> String {
        match self {
            Self::Plain(name) => name.to_owned(),
            Self::Within { parent, child } => format!("{parent}.{child}"),
            Self::Work { list } => format!("{list}[type eq \"work\"].value"),
            Self::Enterprise(child) => format!("{ENTERPRISE_USER}:{child}"),
        }
    }

    /// The path that removes the value and nothing beside it.
    pub(super) fn removal_path(self) -> String {
        match self {
            Self::Work { list } => format!("{list}[type eq \"work\"]"),
            Self::Plain(_) | Self::Within { .. } | Self::Enterprise(_) => self.path(),
        }
    }
}
