//! Who a sender is: by a token, or by a signature with a secret that both know.

pub mod senders;
pub mod signature;

use super::watched::{Error, Watched};
use crate::config::receive::signature::Scheme;
use crate::config::{self, Loaded};
use crate::intake::refusal::NotProven;
use axum::http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use senders::Sender;
use signature::{Signature, Signed};

/// How senders of one door show who they are.
#[derive(Debug)]
pub(super) enum Proof {
    Bearer(Watched<Vec<Sender>>),
    Signature(Box<Signature>),
}

/// Who sent a request, as records and logs call them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proven(pub(super) String);

impl Proof {
    /// Reads its file.
    pub(super) fn load(settings: &config::receive::Proof, loaded: &Loaded) -> Result<Self, Error> {
        match settings {
            config::receive::Proof::Bearer(bearer) => {
                let file = loaded.resolve(&bearer.tokens_file);
                let senders = Watched::load(file, "`proof.bearer.tokens_file`", senders::parse)?;
                Ok(Self::Bearer(senders))
            }
            config::receive::Proof::Signature(settings) => {
                Ok(Self::Signature(Box::new(Signature::load(settings, loaded)?)))
            }
            config::receive::Proof::Set(set) => {
                let file = loaded.resolve(&set.tokens_file);
                let senders = Watched::load(file, "`proof.set.tokens_file`", senders::parse)?;
                Ok(Self::Bearer(senders))
            }
        }
    }

    pub(super) fn read_again(&self) {
        match self {
            Self::Bearer(senders) => senders.read_again(),
            Self::Signature(signature) => signature.read_again(),
        }
    }

    /// What can be said before the body is read: with a token all, with a signature nothing.
    pub(super) fn before_the_body(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<Proven>, NotProven> {
        match self {
            Self::Bearer(senders) => {
                let token = bearer(headers).ok_or(NotProven::NoToken)?;
                let sender = senders::owner_of(&senders.get(), token, now);
                sender.map(Proven).map(Some).ok_or(NotProven::WrongToken)
            }
            Self::Signature(_) => Ok(None),
        }
    }

    /// What is left to be said once it is.
    pub(super) fn with_the_body(
        &self,
        signed: &Signed<'_>,
        now: Timestamp,
    ) -> Result<Proven, NotProven> {
        match self {
            Self::Bearer(_) => {
                self.before_the_body(signed.headers, now)?.ok_or(NotProven::WrongToken)
            }
            Self::Signature(signature) => signature.check(signed, now),
        }
    }

    /// Whether a body is a vendor's question whether somebody is there, which is answered and not kept.
    pub(super) fn is_knock(&self, body: &[u8]) -> bool {
        let Self::Signature(signature) = self else { return false };
        match signature.scheme() {
            Scheme::Hibob => signature::is_ping_of_hibob(body),
            Scheme::Gusto => signature::is_verification_of_gusto(body),
            Scheme::Bamboohr | Scheme::StandardWebhooks | Scheme::General(_) => false,
        }
    }
}

/// The token that a request brings; one only.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::to_str);
    let (Some(Ok(text)), None) = (given.next(), given.next()) else { return None };
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
