//! What the token lets one read besides accounts and groups, outside of SCIM.
//!
//! Whatever comes back is an answer: a target whose list of devices is slow, broken or refused is as
//! good a target for accounts as before. So none of it is a failure of the target, but for a 429,
//! which is about all calls, and a target that cannot be reached at all.

use super::address::with_query;
use super::client::{Exchange, LIST_BYTES_MAX, NoResponse, ResponseBody};
use super::verdict::{self, Asked, Ruling};
use super::{Ended, Provider};
use crate::inventory::scope::{self, Grant, List};
use crate::model::call::{Call, Outcome, Reply};
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};

impl Provider {
    /// A page of a list, after so many rows.
    pub(super) async fn read_scope(&self, call: &Call, list: List, received: u64) -> Ended {
        let question = scope::question(list, received);
        let url = self.address.at_root(question.path);
        let method = if question.body.is_some() { Method::POST } else { Method::GET };
        let exchange = Exchange {
            body_bytes_max: LIST_BYTES_MAX,
            headers: headers(),
            ..Exchange::new(call, method, with_query(url, &[question.query]), question.body)
        };
        let response = match self.client.exchange(&exchange).await {
            Ok(response) => response,
            Err(NoResponse::TimedOut | NoResponse::BrokenOff) => {
                return Outcome::Done(Reply::NoScope(Grant::Failed)).into();
            }
            Err(why) => return verdict::unanswered(Asked::ReadScope, &self.name, why).into(),
        };
        let outcome = match (Grant::of_status(response.status), &response.body) {
            (Some(Grant::Granted), ResponseBody::Json(body)) => scope::read(list, body)
                .map_or(Outcome::Done(Reply::NoScope(Grant::Failed)), |page| {
                    Outcome::Done(Reply::ScopePage(page))
                }),
            (Some(Grant::Granted), ResponseBody::Empty) => {
                Outcome::Done(Reply::ScopePage(scope::ScopePage {
                    is_last: true,
                    ..scope::ScopePage::default()
                }))
            }
            (Some(Grant::Granted), ResponseBody::Unreadable | ResponseBody::TooLarge) => {
                Outcome::Done(Reply::NoScope(Grant::Failed))
            }
            (Some(grant), _) => Outcome::Done(Reply::NoScope(grant)),
            (None, _) => {
                match verdict::rule(Asked::ReadScope, &self.name, &response, &self.dialect) {
                    Ruling::Ended(outcome) => outcome,
                    Ruling::ReadBody => Outcome::Done(Reply::NoScope(Grant::Failed)),
                }
            }
        };
        Ended::of(outcome, &response)
    }
}

/// These are no lists of SCIM, and some refuse its media type.
pub(super) fn headers() -> HeaderMap {
    [(ACCEPT, HeaderValue::from_static("application/json, application/scim+json"))]
        .into_iter()
        .collect()
}
