//! Look-ups: asked by a filter, followed over pages, and compared again here.
//!
//! Filters are not trusted: providers fold case, ignore what they do not know, or match another
//! value of a list. Pages are followed by the items received, for totals and page sizes lie.

use super::address::{equals_filter, with_query};
use super::attribute::Place;
use super::client::{Exchange, LIST_BYTES_MAX, ResponseBody};
use super::verdict::{self, Asked, Ruling};
use super::{Ended, Provider, read};
use crate::model::account::{Account, AttributeName};
use crate::model::call::{Call, Limits, Outcome, Reply};
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::GroupRef;
use reqwest::Method;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use url::Url;

/// All items of a look-up.
struct Found {
    items: Vec<Json>,
    status: u16,
    limits: Option<Limits>,
}

impl Found {
    fn ended(&self, reply: Reply) -> Ended {
        Ended { outcome: Outcome::Done(reply), status: Some(self.status), limits: self.limits }
    }
}

impl Provider {
    pub(super) async fn find_accounts(
        &self,
        call: &Call,
        attribute: &AttributeName,
        value: &str,
    ) -> Ended {
        let Some(path) = self.filter_path(attribute) else {
            let what = "the dialect has no `custom.schema`, so there is no such attribute";
            return verdict::hopeless(Asked::FindAccounts, &self.name, what).into();
        };
        let query = vec![equals_filter(&path, value)];
        let found =
            match self.all_pages(call, Asked::FindAccounts, self.address.users(), query).await {
                Ok(found) => found,
                Err(ended) => return ended,
            };
        let accounts: Vec<Account> = found
            .items
            .iter()
            .filter_map(|item| read::account(item, &self.dialect))
            .filter(|account| has(account, attribute, value))
            .collect();
        found.ended(Reply::Accounts(accounts))
    }

    fn filter_path(&self, attribute: &AttributeName) -> Option<String> {
        let own = self.dialect.filters.get(attribute).cloned();
        own.or_else(|| Place::of(attribute, &self.dialect).map(Place::path))
    }

    pub(super) async fn find_groups(&self, call: &Call, name: &GroupName) -> Ended {
        let query = vec![
            equals_filter("displayName", name.as_str()),
            self.dialect.groups.search_query.clone(),
        ];
        let found =
            match self.all_pages(call, Asked::FindGroups, self.address.groups(), query).await {
                Ok(found) => found,
                Err(ended) => return ended,
            };
        let named: Vec<(ScimId, String)> = found
            .items
            .iter()
            .filter_map(|item| Some((read::id(item)?, read::display_name(item)?)))
            .filter(|(_, display_name)| read::same(display_name, name.as_str()))
            .collect();
        let exact = named.iter().any(|(_, display_name)| display_name == name.as_str());
        let groups = named
            .into_iter()
            .filter(|(_, display_name)| !exact || display_name == name.as_str())
            .map(|(id, _)| GroupRef { name: name.clone(), id })
            .collect();
        found.ended(Reply::Groups(groups))
    }

    /// Every item of every page, each once.
    async fn all_pages(
        &self,
        call: &Call,
        asked: Asked,
        url: Option<Url>,
        query: Vec<String>,
    ) -> Result<Found, Ended> {
        let Some(url) = url else {
            return Err(self.bad_id(asked).into());
        };
        let url = with_query(url, &query);
        let mut seen = BTreeSet::new();
        let mut items: Vec<Json> = Vec::new();
        let mut received: u64 = 0;
        for _ in 0..self.dialect.paging.pages_max.get() {
            let page = self.page(call, asked, &url, received).await?;
            let fresh: Vec<Json> = page
                .items
                .into_iter()
                .filter(|item| read::id(item).is_none_or(|id| seen.insert(id)))
                .collect();
            received += page.count;
            let is_last = match page.total {
                Some(total) => page.count == 0 || received >= total,
                None => page.count < u64::from(self.dialect.paging.page_size.get()),
            };
            let repeats = fresh.is_empty() && page.count > 0;
            items.extend(fresh);
            if is_last {
                return Ok(Found { items, status: page.status, limits: page.limits });
            }
            if repeats {
                let what = "the provider sends the same page again and again";
                return Err(verdict::hopeless(asked, &self.name, what).into());
            }
        }
        let what = "the list has more pages than the dialect allows";
        Err(verdict::hopeless(asked, &self.name, what).into())
    }

    /// The page that begins after `received` items.
    async fn page(
        &self,
        call: &Call,
        asked: Asked,
        url: &Url,
        received: u64,
    ) -> Result<OwnedPage, Ended> {
        let paging = vec![
            format!("startIndex={}", received + 1),
            format!("count={}", self.dialect.paging.page_size),
        ];
        let exchange = Exchange {
            body_bytes_max: LIST_BYTES_MAX,
            not_after: (received == 0).then_some(call.not_after),
            ..Exchange::new(call, Method::GET, with_query(url.clone(), &paging), None)
        };
        let answer = self.client.exchange(&exchange).await;
        let response = answer.map_err(|why| verdict::unanswered(asked, &self.name, why))?;
        let ruling = verdict::rule(asked, &self.name, &response, &self.dialect);
        if let Ruling::Ended(outcome) = ruling {
            return Err(Ended::of(outcome, &response));
        }
        let page = match &response.body {
            ResponseBody::Json(body) => read::page(body),
            ResponseBody::Empty | ResponseBody::Unreadable | ResponseBody::TooLarge => None,
        };
        page.map(|page| OwnedPage {
            count: page.items.len() as u64,
            total: page.total,
            status: response.status,
            limits: response.limits,
            items: page.items.into_iter().cloned().collect(),
        })
        .ok_or_else(|| Ended::of(verdict::unreadable(asked, &self.name, &response), &response))
    }
}

struct OwnedPage {
    items: Vec<Json>,
    count: u64,
    total: Option<u64>,
    status: u16,
    limits: Option<Limits>,
}

/// Compared as the attribute's schema says: only `externalId` is `caseExact` (RFC 7643 §3.1).
fn has(account: &Account, attribute: &AttributeName, value: &str) -> bool {
    account.attributes.get(attribute).is_some_and(|found| {
        let found = found.to_text();
        if *attribute == AttributeName::EXTERNAL_ID {
            found == value
        } else {
            read::same(&found, value)
        }
    })
}
