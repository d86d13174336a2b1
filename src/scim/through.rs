//! A way through to a target, for reading alone: what it answers is given as it is.
//!
//! It has a token of its own, follows no redirect, and knows no other verb than GET.

use super::address::{Address, QUERY, with_query};
use super::client::{Client, LIST_BYTES_MAX, NoResponse};
use super::encoding::Plain;
use super::{Error, ProviderSettings, client_of};
use crate::model::call::RateLimits;
use crate::model::ids::ScimId;
use percent_encoding::utf8_percent_encode;
use std::time::Duration;
use url::Url;

/// A target that is read.
#[derive(Debug)]
pub struct Through {
    address: Address,
    client: Client,
}

/// What is read there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Users,
    Groups,
}

/// What a target answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Passed {
    pub status: u16,
    /// How long it asks us to wait; with a 429 and a 503 alone.
    pub wait: Option<Duration>,
    pub limits: Option<RateLimits>,
    /// Without what it was wrapped in.
    pub body: Vec<u8>,
}

/// Why nothing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPassed {
    #[error("the id cannot stand in a path")]
    Id,
    #[error("there is no token for the proxy of this target")]
    NoToken,
    #[error("the target cannot be reached")]
    Unreachable,
    #[error("the target does not answer in time")]
    Silent,
    #[error("the answer of the target broke off, or cannot be unpacked")]
    Broken,
    #[error("the answer of the target is too large; ask for fewer")]
    TooLarge,
}

impl Through {
    /// Refuses a url by which the token could leak. Connects to nothing yet.
    pub fn new(settings: &ProviderSettings) -> Result<Self, Error> {
        let address = Address::parse(&settings.name, settings.url.clone())?;
        let client = client_of(settings, &settings.dialect)?;
        Ok(Self { address, client })
    }

    /// A list, as these parameters ask for it.
    pub async fn list(
        &self,
        resource: Resource,
        parameters: &[(&str, &str)],
    ) -> Result<Passed, NotPassed> {
        let url = match resource {
            Resource::Users => self.address.users(),
            Resource::Groups => self.address.groups(),
        };
        self.pass(url, parameters).await
    }

    /// One of them. An id is one part of the path, whatever it holds.
    pub async fn get(
        &self,
        resource: Resource,
        id: &ScimId,
        parameters: &[(&str, &str)],
    ) -> Result<Passed, NotPassed> {
        let url = match resource {
            Resource::Users => self.address.user(id),
            Resource::Groups => self.address.group(id),
        };
        self.pass(url, parameters).await
    }

    async fn pass(
        &self,
        url: Option<Url>,
        parameters: &[(&str, &str)],
    ) -> Result<Passed, NotPassed> {
        let written =
            |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, QUERY));
        let query: Vec<String> = parameters.iter().map(written).collect();
        let url = with_query(url.ok_or(NotPassed::Id)?, &query);
        let answer = self.client.as_it_is(&url, LIST_BYTES_MAX).await.map_err(NotPassed::from)?;
        let waits = matches!(answer.status, 429 | 503);
        let wait = answer.wait.retry_after.or(answer.wait.limit_reset).filter(|_| waits);
        let body = match answer.body {
            Some(Plain::Text(body)) => body,
            Some(Plain::Broken) => return Err(NotPassed::Broken),
            Some(Plain::TooLarge) | None => return Err(NotPassed::TooLarge),
        };
        Ok(Passed { status: answer.status, wait, limits: answer.limits, body })
    }
}

impl From<NoResponse> for NotPassed {
    fn from(why: NoResponse) -> Self {
        match why {
            NoResponse::NoToken => Self::NoToken,
            NoResponse::NoConnection | NoResponse::NoTls | NoResponse::OwnAuthority => {
                Self::Unreachable
            }
            NoResponse::TimedOut | NoResponse::LeaseOver => Self::Silent,
            NoResponse::BrokenOff => Self::Broken,
        }
    }
}

/// Without what it says of people.
impl std::fmt::Debug for Passed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Passed")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
