//! Accounts that stay although nobody has them: a reviewed file, with a reason and an end for each.

use crate::model::Code;
use crate::model::ids::TargetName;
use crate::model::text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub target: TargetName,
    /// Its SCIM id or its user name.
    pub account: String,
    /// Who answers for it.
    pub by: String,
    pub reason: String,
    /// The last day on which it counts.
    #[schemars(with = "String")]
    pub until: Date,
}

/// All of a tenant.
#[derive(Clone, Debug, Default)]
pub struct Exceptions {
    all: Vec<Exception>,
    by_account: HashMap<(TargetName, String), usize>,
}

/// Why the file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {why}")]
pub struct ExceptionsRefused {
    pub file: Arc<str>,
    pub why: ExceptionFlaw,
}

impl ExceptionsRefused {
    #[expect(clippy::unused_self, reason = "as all errors have it")]
    pub fn code(&self) -> Code {
        Code::ExceptionsRefused
    }
}

/// What is wrong with it; exceptions are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionFlaw {
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("the exception {0} names no account; say its SCIM id or its user name")]
    NoAccount(usize),
    #[error("the exception {0} has no reason; say why the account stays")]
    NoReason(usize),
    #[error("the exception {0} does not say who answers for it; say so in `by`")]
    NoName(usize),
    #[error("the exception {0} ends more than a year from now; let somebody look again before")]
    TooLong(usize),
    #[error("the exceptions {1} and {0} are about one account; keep one of them")]
    Doubled(usize, usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    exceptions: Vec<Exception>,
}

/// Exceptions are looked at again once a year.
const DAYS_MAX: i32 = 366;

impl Exceptions {
    /// Reads `exceptions: [{target, account, by, reason, until}]`; `file` is what errors call it.
    pub fn parse(file: &str, yaml: &str, today: Date) -> Result<Self, ExceptionsRefused> {
        let refused = |why| ExceptionsRefused { file: file.into(), why };
        let read: File = serde_saphyr::from_str(yaml).map_err(|error| {
            let place = error.location().map(|it| format!("line {}", it.line()));
            let place = place.unwrap_or_else(|| "some line".to_owned());
            refused(ExceptionFlaw::Unreadable(format!("a mistake at {place}")))
        })?;
        let mut by_account = HashMap::new();
        for (index, exception) in read.exceptions.iter().enumerate() {
            let number = index + 1;
            let days = exception.until.duration_since(today).as_hours() / 24;
            let flaw = if text::is_blank(&exception.account) {
                Some(ExceptionFlaw::NoAccount(number))
            } else if text::is_blank(&exception.reason) {
                Some(ExceptionFlaw::NoReason(number))
            } else if text::is_blank(&exception.by) {
                Some(ExceptionFlaw::NoName(number))
            } else if days > i64::from(DAYS_MAX) {
                Some(ExceptionFlaw::TooLong(number))
            } else {
                let key = (exception.target.clone(), text::canonical(&exception.account));
                by_account.insert(key, index).map(|other| ExceptionFlaw::Doubled(number, other + 1))
            };
            if let Some(flaw) = flaw {
                return Err(refused(flaw));
            }
        }
        Ok(Self { all: read.exceptions, by_account })
    }

    /// The one that counts on that day for the account of this id or user name.
    pub(super) fn of(
        &self,
        target: &TargetName,
        id: &str,
        user_name: &str,
        today: Date,
    ) -> Option<&Exception> {
        if self.all.is_empty() {
            return None;
        }
        let by = |name: &str| {
            let key = (target.clone(), text::canonical(name));
            self.by_account.get(&key).and_then(|index| self.all.get(*index))
        };
        by(id).or_else(|| by(user_name)).filter(|it| it.until >= today)
    }

    /// Those that are over: whoever wrote them should look again.
    pub fn over(&self, today: Date) -> impl Iterator<Item = &Exception> {
        self.all.iter().filter(move |it| it.until < today)
    }
}
