//! Why nothing was asked for, as a program is told: in the form of what programs read.

use crate::config::receive::clients::Operation;
use crate::intake::refusal;
use crate::model::code::Code;
use crate::observe::metrics::DoorEnd;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// As at any door.
    Door(refusal::Refusal),
    /// Its token is none that may ask here.
    Place,
    Operation(Operation),
    Group,
    Malformed {
        member: String,
        why: String,
    },
    /// A group without anybody who is to be in it.
    GroupEmpty,
    NotOffered,
    /// It is read at `usher serve`.
    ReadElsewhere,
    /// `usher serve` gave no answer that can be passed on.
    ReadsAway,
    NotKnown,
}

impl From<refusal::Refusal> for Refusal {
    fn from(refusal: refusal::Refusal) -> Self {
        Self::Door(refusal)
    }
}

impl Refusal {
    /// A member of a body that is not read; its name is the sender's, so it is shown as far as it is plain.
    pub(super) fn malformed(member: &str, why: &str) -> Self {
        let plain = |it: char| if it.is_ascii_alphanumeric() || it == '_' { it } else { '?' };
        let member = member.chars().take(64).map(plain).collect();
        Self::Malformed { member, why: why.to_owned() }
    }

    pub(super) fn code(&self) -> Code {
        match self {
            Self::Door(refusal) => refusal.code(),
            Self::Place | Self::Operation(_) | Self::Group => Code::RequestForbidden,
            Self::Malformed { .. } => Code::RequestMalformed,
            Self::GroupEmpty => Code::RequestGroupEmpty,
            Self::NotOffered => Code::RequestNotOffered,
            Self::ReadElsewhere => Code::RequestReadElsewhere,
            Self::ReadsAway => Code::RequestReadsAway,
            Self::NotKnown => Code::RequestNotKnown,
        }
    }

    /// How it is counted.
    pub(super) fn end(&self) -> DoorEnd {
        match self {
            Self::Door(refusal) => refusal.end(),
            Self::Place
            | Self::Operation(_)
            | Self::Group
            | Self::Malformed { .. }
            | Self::GroupEmpty
            | Self::NotOffered
            | Self::ReadElsewhere
            | Self::ReadsAway
            | Self::NotKnown => DoorEnd::Refused,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Door(_) | Self::Malformed { .. } => StatusCode::BAD_REQUEST,
            Self::Place | Self::Operation(_) | Self::Group => StatusCode::FORBIDDEN,
            Self::GroupEmpty => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotOffered | Self::ReadElsewhere => StatusCode::METHOD_NOT_ALLOWED,
            Self::ReadsAway => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotKnown => StatusCode::NOT_FOUND,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Door(refusal) => refusal.code().as_str().to_owned(),
            Self::Place => "this client may ask for nothing at this target; compare the address with \
                            `receive.clients`"
                .to_owned(),
            Self::Operation(operation) => format!(
                "`{}` is not among what this client may ask for; let whoever runs usher add it to `may`",
                operation.word()
            ),
            Self::Group => "one of the groups is not among those that this client may ask for; let whoever \
                            runs usher add it to `groups`"
                .to_owned(),
            Self::Malformed { member, why } => format!("`{member}`: {why}"),
            Self::GroupEmpty => "a group comes into being when somebody is to be in it; send the ids of accounts in \
                                 `members`, or ask for the group with whoever is to have it, in `groups` of a \
                                 user"
                .to_owned(),
            Self::NotOffered => "this is not offered here: users are created by POST, changed by PATCH and \
                                 deleted by DELETE, and groups are made by POST; members come and go by `groups` \
                                 of a user"
                .to_owned(),
            Self::ReadElsewhere => "users and groups are read at `usher serve`; ask there, or let whoever runs usher \
                                    have reads passed on (`receive.reads_at`)"
                .to_owned(),
            Self::ReadsAway => "`usher serve` did not answer, and the log of usher says why; ask again as \
                                `Retry-After` says"
                .to_owned(),
            Self::NotKnown => "nothing is known of this request here, or not yet; `usher audit` keeps all that \
                               came of it"
                .to_owned(),
        }
    }
}

impl IntoResponse for &Refusal {
    fn into_response(self) -> Response {
        if let Refusal::Door(refusal) = self {
            return refusal.into_response();
        }
        let status = self.status();
        let (code, text) = (self.code(), self.text());
        let mut told = json!({
            "statusCode": status.as_u16(),
            "error": status.canonical_reason().unwrap_or_default(),
            "code": code.as_str(),
            "message": text,
            "link": refusal::link(code),
        });
        if let (Refusal::Malformed { member, why }, Some(told)) = (self, told.as_object_mut()) {
            let details = json!({ "failures": [{ "parameter": member, "why": why }] });
            told.insert("details".to_owned(), details);
        }
        let json = [("content-type", "application/json")];
        let mut response = (status, json, format!("{told}\n")).into_response();
        if *self == Refusal::ReadsAway {
            let again = refusal::COME_AGAIN.as_secs();
            response.headers_mut().insert(header::RETRY_AFTER, again.into());
        }
        response
    }
}
