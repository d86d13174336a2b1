//! Where a program asks for something: paths as those of what programs read.

use percent_encoding::percent_decode_str;
use std::time::Duration;

/// Nobody is kept waiting for longer.
const WAIT_MOST: Duration = Duration::from_mins(1);

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) tenant: String,
    pub(super) target: String,
    pub(super) of: Of,
}

/// What of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Users,
    User(String),
    Groups,
    Group(String),
    /// What came of a request.
    Change(String),
    /// Something else, which is not offered.
    Else,
}

/// Whether a path is one at which programs ask.
pub(in crate::intake) fn is_of_changes(path: &str) -> bool {
    ["/v1/", "/unified/", "/proxy/"].iter().any(|room| path.starts_with(room))
}

impl Address {
    /// Whether it is what came of a request, which is told here and nowhere else.
    pub(super) fn is_of_a_change(&self) -> bool {
        matches!(self.of, Of::Change(_))
    }

    /// Reads a path and its query; `None`: neither says whose account it is.
    pub(super) fn read(path: &str, query: &str) -> Option<Self> {
        let parts: Option<Vec<String>> = path.split('/').skip(1).map(decoded).collect();
        let parts = parts?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (tenant, target, rest) = match parts.as_slice() {
            ["v1", tenant, target, rest @ ..] => ((*tenant).to_owned(), (*target).to_owned(), rest),
            rest => {
                let account = parameter(query, "integrated_account_id")?;
                let (tenant, target) = account.split_once('/')?;
                (tenant.to_owned(), target.to_owned(), rest)
            }
        };
        let of = match rest {
            ["unified", "user-directory", "users"] => Of::Users,
            ["unified", "user-directory", "users", id] if !id.is_empty() => {
                Of::User((*id).to_owned())
            }
            ["unified", "user-directory", "groups"] => Of::Groups,
            ["unified", "user-directory", "groups", id] if !id.is_empty() => {
                Of::Group((*id).to_owned())
            }
            ["changes", id] => Of::Change((*id).to_owned()),
            _ => Of::Else,
        };
        Some(Self { tenant, target, of })
    }
}

/// How long somebody wants to wait for what comes of it: `?wait=` or `Prefer: wait=`, in seconds.
pub(super) fn wait(query: &str, prefer: Option<&str>) -> Option<Duration> {
    let preferred = || {
        let all = prefer?.split([',', ';']).map(str::trim);
        all.filter_map(|it| it.strip_prefix("wait=")).map(str::to_owned).next()
    };
    let said = parameter(query, "wait").or_else(preferred)?;
    let seconds: u64 = said.parse().ok()?;
    Some(Duration::from_secs(seconds).min(WAIT_MOST))
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(it, _)| *it == name)?;
    decoded(&value.replace('+', " "))
}

fn decoded(part: &str) -> Option<String> {
    percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::{Address, Of, wait};
    use std::time::Duration;

    #[test]
    fn both_shapes_of_a_path_name_the_same() {
        let own = Address::read("/v1/acme/main/unified/user-directory/users/u%201", "").unwrap();
        let query = "integrated_account_id=acme%2Fmain&wait=5";
        let trutos = Address::read("/unified/user-directory/users/u%201", query).unwrap();
        assert_eq!(own, trutos);
        assert_eq!(own.of, Of::User("u 1".to_owned()));
        assert_eq!(Address::read("/unified/user-directory/users", ""), None);
    }

    #[test]
    fn somebody_waits_as_long_as_they_say_and_not_for_ever() {
        assert_eq!(wait("wait=5", None), Some(Duration::from_secs(5)));
        assert_eq!(wait("", Some("respond-async, wait=7")), Some(Duration::from_secs(7)));
        assert_eq!(wait("wait=86400", None), Some(Duration::from_mins(1)));
        assert_eq!(wait("wait=soon", None), None);
        assert_eq!(wait("", None), None);
    }
}
