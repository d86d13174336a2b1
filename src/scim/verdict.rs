//! The one table from a provider's answer to what it means.
//!
//! First a status becomes a [`Meaning`], then meaning and request together decide. Nothing of the
//! provider's own words gets into a text, for they like to quote the person.

use super::client::{NoResponse, Response, ResponseBody};
use super::dialect::{Accepted, Dialect, Means};
use super::read;
use crate::model::call::{Failure, Landed, Outcome, Reply, Verdict};
use crate::model::ids::TargetName;
use serde_json::Value as Json;
use std::time::Duration;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    FindAccounts,
    ReadAccount,
    FindGroups,
    ListAccounts,
    ListGroups,
    /// A list that is none of SCIM's.
    ReadScope,
    ReadMembers,
    CreateGroup,
    AddMembers,
    Create,
    Change,
    /// A change of what no two accounts may have alike.
    Rename,
    AddMember,
    RemoveMember,
    Delete,
}

impl Asked {
    /// "could not …"
    pub(super) fn doing(self) -> &'static str {
        match self {
            Self::FindAccounts => "look up an account",
            Self::ReadAccount => "read an account",
            Self::FindGroups => "look up a group",
            Self::ListAccounts => "list the accounts",
            Self::ListGroups => "list the groups",
            Self::ReadScope => "read what the token may read besides",
            Self::ReadMembers => "read a group's members",
            Self::CreateGroup => "create a group",
            Self::AddMembers => "add members to a group",
            Self::Create => "create an account",
            Self::Change | Self::Rename => "change an account",
            Self::AddMember => "add a member to a group",
            Self::RemoveMember => "remove a member from a group",
            Self::Delete => "delete an account",
        }
    }

    fn is_write(self) -> bool {
        match self {
            Self::FindAccounts
            | Self::ReadAccount
            | Self::FindGroups
            | Self::ListAccounts
            | Self::ListGroups
            | Self::ReadScope
            | Self::ReadMembers => false,
            Self::CreateGroup
            | Self::AddMembers
            | Self::Create
            | Self::Change
            | Self::Rename
            | Self::AddMember
            | Self::RemoveMember
            | Self::Delete => true,
        }
    }

    /// Names an account or group by its id, so that a 404 is about that, and not about the path.
    fn names_one(self) -> bool {
        match self {
            Self::FindAccounts
            | Self::FindGroups
            | Self::ListAccounts
            | Self::ListGroups
            | Self::ReadScope
            | Self::CreateGroup
            | Self::Create => false,
            Self::ReadAccount
            | Self::ReadMembers
            | Self::AddMembers
            | Self::Change
            | Self::Rename
            | Self::AddMember
            | Self::RemoveMember
            | Self::Delete => true,
        }
    }
}

/// What an answer says, whatever was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Done,
    /// 202
    Pending,
    /// A 2xx whose body says that it failed.
    Denied,
    /// 3xx: never followed.
    Redirected,
    /// This request is wrong and stays so.
    Refused,
    /// 400 `noTarget`: the path of a PATCH leads to nothing.
    NoTarget,
    /// 409, or 400 `uniqueness`.
    Conflict,
    /// 412, or 400 `invalidVers`: somebody else changed it since it was read.
    Outdated,
    /// 401, 403, 407
    Unauthorized,
    /// 404, 410
    NotThere,
    /// A gateway's 404, by the dialect's word: nothing was even looked for.
    WrongAddress,
    /// 408, 421, 423, 425, 429: not now.
    Busy,
    /// 503: it did not begin.
    Unavailable,
    /// Another 5xx of the provider itself: how far it came nobody knows.
    Broken,
    /// 502, 504: somebody between us gave up waiting.
    Unanswered,
}

impl Meaning {
    pub(super) fn of(response: &Response, dialect: &Dialect) -> Self {
        let body = json(&response.body);
        let is_denied = body.is_some_and(read::denies);
        let exception = dialect
            .errors
            .iter()
            .filter(|it| it.status == response.status && (it.status >= 300 || is_denied))
            .find(|it| {
                it.says.is_empty() || body.is_some_and(|body| read::error_says(body, &it.says))
            });
        if let Some(exception) = exception {
            return Self::said(exception.means);
        }
        match (response.status, body.and_then(read::scim_type)) {
            (200..=299, _) if is_denied => Self::Denied,
            (202, _) => Self::Pending,
            (200..=299, _) => Self::Done,
            (300..=399, _) => Self::Redirected,
            (400, Some("noTarget")) => Self::NoTarget,
            (400, Some("uniqueness")) | (409, _) => Self::Conflict,
            (400, Some("invalidVers")) | (412, _) => Self::Outdated,
            (401 | 403 | 407, _) => Self::Unauthorized,
            (404 | 410, _) => Self::NotThere,
            (408 | 421 | 423 | 425 | 429, _) => Self::Busy,
            (501 | 505, _) => Self::Refused,
            (502 | 504, _) => Self::Unanswered,
            (503, _) => Self::Unavailable,
            (500..=599, _) => Self::Broken,
            (_, _) => Self::Refused,
        }
    }

    fn said(means: Means) -> Self {
        match means {
            Means::Throttled => Self::Busy,
            Means::Unavailable => Self::Unavailable,
            Means::Unauthorized => Self::Unauthorized,
            Means::WrongAddress => Self::WrongAddress,
            Means::Conflict => Self::Conflict,
            Means::Gone => Self::NotThere,
            Means::Refused => Self::Refused,
        }
    }
}

/// What to do with an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Ruling {
    /// It worked; the body says what came of it.
    ReadBody,
    Ended(Outcome),
}

/// What an answer means for what was asked.
pub(super) fn rule(
    asked: Asked,
    target: &TargetName,
    response: &Response,
    dialect: &Dialect,
) -> Ruling {
    let meaning = Meaning::of(response, dialect);
    let text = Text { asked, target, what: what_it_said(response, meaning) };
    let landed = if asked.is_write() { Landed::Maybe } else { Landed::No };
    Ruling::Ended(match meaning {
        Meaning::Done => return Ruling::ReadBody,
        Meaning::Pending if !asked.is_write() || dialect.status_202 == Accepted::Done => {
            return Ruling::ReadBody;
        }
        Meaning::Pending => Outcome::Done(Reply::Accepted),
        Meaning::Denied => text.retry(None, landed),
        // The address is at fault, or somebody between us: never this one person.
        Meaning::Redirected => text.closed("usher follows no redirects; check the target's url"),
        // Not a member, so out already; the engine looks.
        Meaning::NoTarget if asked == Asked::RemoveMember => Outcome::Done(Reply::AlreadySo),
        // No seat is free, or no account may be made: that is nothing to those who have one.
        Meaning::Unauthorized | Meaning::Refused
            if asked == Asked::Create && matches!(response.status, 402 | 403) =>
        {
            text.again()
        }
        Meaning::Refused if matches!(response.status, 405 | 501) => text.stuck(NO_SUCH_METHOD),
        Meaning::Refused | Meaning::NoTarget => text.stuck(HOPELESS),
        Meaning::Conflict => match asked {
            Asked::Create | Asked::CreateGroup => Outcome::Done(Reply::Exists),
            // Some providers say so of who is a member already; the engine looks.
            Asked::AddMember => Outcome::Done(Reply::AlreadySo),
            // Nothing here can be taken already: two writers met.
            Asked::Change | Asked::RemoveMember | Asked::Delete => text.again(),
            // A name can be, but not every 409 says so.
            Asked::Rename if !is_taken(response) => text.again(),
            // One of them was in the way of all: alone, each will have its answer.
            Asked::AddMembers
            | Asked::Rename
            | Asked::FindAccounts
            | Asked::ReadAccount
            | Asked::FindGroups
            | Asked::ListAccounts
            | Asked::ListGroups
            | Asked::ReadScope
            | Asked::ReadMembers => text.stuck(HOPELESS),
        },
        Meaning::Outdated => text.again(),
        Meaning::Unauthorized => text.closed("check the token and what it may do"),
        Meaning::NotThere if asked.names_one() => Outcome::Done(Reply::Gone),
        // Whoever shows no lists may know each by its id.
        Meaning::NotThere if matches!(asked, Asked::ListAccounts | Asked::ListGroups) => {
            text.stuck("there is no such list")
        }
        Meaning::NotThere if matches!(asked, Asked::FindAccounts | Asked::FindGroups) => text.closed(
            "check the target's url; if this provider answers so to a filter that matches nothing, \
             say `no_match: not-found` in its dialect",
        ),
        Meaning::NotThere | Meaning::WrongAddress => text.closed("check the target's url"),
        Meaning::Busy => {
            text.retry(response.wait.retry_after.or(response.wait.limit_reset), Landed::No)
        }
        Meaning::Unavailable => text.retry(response.wait.retry_after, Landed::No),
        Meaning::Broken | Meaning::Unanswered => text.retry(response.wait.retry_after, landed),
    })
}

/// What it means that there is no answer.
pub(super) fn unanswered(asked: Asked, target: &TargetName, why: NoResponse) -> Outcome {
    let text = |what: &str| Text { asked, target, what: what.to_owned() };
    let landed = if asked.is_write() { Landed::Maybe } else { Landed::No };
    match why {
        NoResponse::LeaseOver => Outcome::NotSent,
        NoResponse::NoToken => {
            text("there is no token to send").closed("check the target's token file")
        }
        NoResponse::NoConnection => {
            text("no connection (refused, unknown host, or not in time)").retry(None, Landed::No)
        }
        NoResponse::NoTls => {
            text("no TLS (is its certificate trusted? see the target's `ca_file`)")
                .retry(None, Landed::No)
        }
        NoResponse::OwnAuthority => {
            text(
                "no TLS, for the certificate that the target shows is its own authority (`CA:TRUE`), which \
                 no server may show; give the server a certificate for its host that is no authority \
                 (`CA:FALSE`), and put that one, or the authority that signed it, into the target's `ca_file`",
            )
            .retry(None, Landed::No)
        }
        NoResponse::TimedOut => text("no answer in time").retry(None, landed),
        NoResponse::BrokenOff => text("the connection broke before an answer").retry(None, landed),
    }
}

/// A good status whose body does not say what was asked for.
pub(super) fn unreadable(asked: Asked, target: &TargetName, response: &Response) -> Outcome {
    let text =
        |what: &str| Text { asked, target, what: format!("HTTP {} {what}", response.status) };
    match &response.body {
        ResponseBody::TooLarge => text("with a body beyond the limit").stuck(HOPELESS),
        ResponseBody::Json(_) => {
            text("with a body that is not what was asked for").retry(None, Landed::No)
        }
        ResponseBody::Empty | ResponseBody::Unreadable => {
            text("with a body that cannot be read").retry(None, Landed::No)
        }
    }
}

/// A request that cannot be made, or whose answer shows that it never can.
pub(super) fn hopeless(asked: Asked, target: &TargetName, what: &str) -> Outcome {
    Text { asked, target, what: what.to_owned() }.stuck(HOPELESS)
}

const HOPELESS: &str = "trying again cannot help";
const NO_SUCH_METHOD: &str = "this provider does not take the method here at all; \
     `usher target check` finds the one that it takes, and the target's dialect says it (`update: put`)";

/// The parts of a failure's text.
struct Text<'a> {
    asked: Asked,
    target: &'a TargetName,
    what: String,
}

impl Text<'_> {
    fn retry(self, after: Option<Duration>, landed: Landed) -> Outcome {
        self.failed(Verdict::Retry { after }, landed, "it will be tried again")
    }

    fn again(self) -> Outcome {
        self.failed(Verdict::Again, Landed::No, "it will be tried again")
    }

    fn stuck(self, advice: &str) -> Outcome {
        self.failed(Verdict::Stuck, Landed::No, advice)
    }

    fn closed(self, advice: &str) -> Outcome {
        self.failed(Verdict::Closed, Landed::No, advice)
    }

    fn failed(self, verdict: Verdict, landed: Landed, advice: &str) -> Outcome {
        let Self { asked, target, what } = self;
        let doing = asked.doing();
        Outcome::Failed(Failure {
            verdict,
            landed,
            what: format!("could not {doing} at target `{target}`: {what}; {advice}"),
        })
    }
}

/// Whether an answer says that a value is another's.
fn is_taken(response: &Response) -> bool {
    json(&response.body).and_then(read::scim_type) == Some("uniqueness")
}

fn json(body: &ResponseBody) -> Option<&Json> {
    match body {
        ResponseBody::Json(body) => Some(body),
        ResponseBody::Empty | ResponseBody::Unreadable | ResponseBody::TooLarge => None,
    }
}

fn what_it_said(response: &Response, meaning: Meaning) -> String {
    let status = response.status;
    let scim_type = json(&response.body).and_then(read::scim_type).unwrap_or_default();
    let but = if meaning == Meaning::Denied { ", but the body says it failed" } else { "" };
    format!("HTTP {status}{but} {scim_type}").trim_end().to_owned()
}
