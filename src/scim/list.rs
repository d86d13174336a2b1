//! A list, asked for until it proves something.
//!
//! A list that contradicts itself (a total and nothing of it, a page that is missing, the same page
//! again) proves nothing of what it does not hold. Then it is asked for in another way; what no way
//! brings whole is said to be so.

use super::address::with_query;
use super::client::{Exchange, LIST_BYTES_MAX, Response, ResponseBody};
use super::dialect::NoMatch;
use super::verdict::{self, Asked, Meaning, Ruling};
use super::{Ended, Provider, read};
use crate::model::call::{Call, Failure, Outcome, RateLimits, Verdict};
use crate::model::ids::ScimId;
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use url::Url;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) asked: Asked,
    /// `path eq "value"`; `None`: everybody.
    pub(super) filter: Option<&'a str>,
    /// What the dialect adds to the query.
    pub(super) query: &'a str,
    /// The call has begun in time with another question, and only goes on.
    pub(super) goes_on: bool,
}

/// A list as far as it came.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Each once.
    pub(super) items: Vec<Json>,
    pub(super) status: u16,
    pub(super) limits: Option<RateLimits>,
    /// Why it proves nothing of what it does not hold; `None`: it is whole.
    pub(super) flaw: Option<&'static str>,
}

/// Which lists have answered, so that their addresses are known to be right.
#[derive(Debug, Default)]
pub(super) struct Answered {
    users: AtomicBool,
    groups: AtomicBool,
}

impl Answered {
    fn of(&self, asked: Asked) -> &AtomicBool {
        if matches!(asked, Asked::FindGroups | Asked::ListGroups) {
            &self.groups
        } else {
            &self.users
        }
    }
}

/// How a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// As the RFC has it: `startIndex` from 1, with `count`.
    Usual,
    /// Without `count`, and without what the dialect adds: some servers refuse or misread either.
    Bare,
    /// For servers that count from 0; those of the RFC take 0 for 1.
    FromZero,
    /// By POST to `.search` (RFC 7644 §3.4.3).
    Search,
}

const TOO_MANY: &str = "the list has more pages than the dialect allows";
const NAMELESS: &str = "the list holds something without an id";

const WAYS: [Way; 4] = [Way::Usual, Way::Bare, Way::FromZero, Way::Search];

impl Provider {
    /// The list, asked for in one way after another until it is whole.
    pub(super) async fn list(
        &self,
        call: &Call,
        url: Option<Url>,
        wanted: Wanted<'_>,
    ) -> Result<Listed, Ended> {
        let Some(url) = url else {
            return Err(self.bad_id(wanted.asked).into());
        };
        let mut all = Listed::default();
        let mut refused = None;
        for way in WAYS {
            let is_there = way != Way::Search || self.dialect.search_by_post;
            // Where `count` is not what it stumbles over, neither is the number it counts from.
            if !is_there || way == Way::FromZero && refused.is_some() {
                continue;
            }
            let begins = way == Way::Usual && !wanted.goes_on;
            let not_after = begins.then_some(call.not_after);
            match self.pages(&Asking { call, url: &url, wanted, way }, not_after).await {
                Ok(listed) if listed.flaw.is_none() => return Ok(listed),
                // Another way would bring the same.
                Ok(listed) if matches!(listed.flaw, Some(TOO_MANY | NAMELESS)) => {
                    all.add(listed);
                    return Ok(all);
                }
                Ok(listed) => all.add(listed),
                // Refused like this; perhaps not otherwise.
                Err(ended) if is_refused(&ended, way) && !is_about_the_filter(&ended) => {
                    refused.get_or_insert(ended);
                }
                Err(ended) => return Err(refused.unwrap_or(ended)),
            }
        }
        match refused {
            Some(refused) if all.flaw.is_none() => Err(refused),
            _ => Ok(all),
        }
    }

    /// The page of everybody that begins after `received` items.
    pub(super) async fn one_page(
        &self,
        call: &Call,
        url: Option<Url>,
        (wanted, received): (Wanted<'_>, u64),
    ) -> Result<OwnedPage, Ended> {
        let Some(url) = url else {
            return Err(self.bad_id(wanted.asked).into());
        };
        let asking = Asking { call, url: &url, wanted, way: Way::Usual };
        self.page(&asking, received, Some(call.not_after)).await
    }

    /// Every item of every page, asked for in one way.
    async fn pages(
        &self,
        asking: &Asking<'_>,
        not_after: Option<jiff::Timestamp>,
    ) -> Result<Listed, Ended> {
        let mut listed = Listed::default();
        let mut pages = Pages::default();
        let mut not_after = not_after;
        for _ in 0..self.dialect.paging.pages_max.get() {
            let page = self.page(asking, pages.received, not_after.take()).await?;
            (listed.status, listed.limits) = (page.status, page.limits);
            let fresh = pages.take(page, &mut listed.items);
            let flaw = match pages.end(fresh, self.dialect.paging.page_size.get().into()) {
                End::GoesOn => continue,
                End::Whole => None,
                End::Flawed(flaw) => Some(flaw),
            };
            listed.flaw = flaw.or(pages.is_nameless.then_some(NAMELESS));
            return Ok(listed);
        }
        listed.flaw = Some(TOO_MANY);
        Ok(listed)
    }

    /// The page that begins after `received` items.
    async fn page(
        &self,
        asking: &Asking<'_>,
        received: u64,
        not_after: Option<jiff::Timestamp>,
    ) -> Result<OwnedPage, Ended> {
        let asked = asking.wanted.asked;
        let exchange = Exchange {
            body_bytes_max: LIST_BYTES_MAX,
            not_after,
            ..asking.exchange(received, self.dialect.paging.page_size.get())
        };
        let answer = self.client.exchange(&exchange).await;
        let response = answer.map_err(|why| verdict::unanswered(asked, &self.name, why))?;
        if Meaning::of(&response, &self.dialect) == Meaning::NotThere
            && asking.wanted.filter.is_some()
            && self.lists_at(asking).await
        {
            // The address is right, so it is the filter that leads to nothing.
            return Ok(OwnedPage::nothing(&response));
        }
        let ruling = verdict::rule(asked, &self.name, &response, &self.dialect);
        if let Ruling::Ended(outcome) = ruling {
            return Err(Ended::of(outcome, &response));
        }
        let page = match &response.body {
            ResponseBody::Json(body) => read::page(body),
            ResponseBody::Empty | ResponseBody::Unreadable | ResponseBody::TooLarge => None,
        };
        let page = page.ok_or_else(|| {
            Ended::of(verdict::unreadable(asked, &self.name, &response), &response)
        })?;
        self.answered.of(asked).store(true, Ordering::Relaxed);
        Ok(OwnedPage {
            total: page.total,
            goes_on: page.goes_on,
            status: response.status,
            limits: response.limits,
            items: page.items.into_iter().cloned().collect(),
        })
    }

    /// Whether a list is known to be at this address: a 404 to a filter says "nobody" only there, for
    /// elsewhere it is the address that is wrong.
    async fn lists_at(&self, asking: &Asking<'_>) -> bool {
        let known = self.answered.of(asking.wanted.asked);
        if known.load(Ordering::Relaxed) {
            return true;
        }
        let query = ["startIndex=1".to_owned(), "count=1".to_owned()];
        let url = with_query(asking.url.clone(), &query);
        let exchange =
            Exchange { not_after: None, ..Exchange::new(asking.call, Method::GET, url, None) };
        let Ok(response) = self.client.exchange(&exchange).await else { return false };
        let is_list = (200..300).contains(&response.status)
            && matches!(&response.body, ResponseBody::Json(body) if read::page(body).is_some());
        known.store(is_list, Ordering::Relaxed);
        // Where whole lists are refused, the dialect's word is all there is.
        let is_elsewhere = matches!(response.status, 404 | 410);
        is_list || self.dialect.no_match == NoMatch::NotFound && !is_elsewhere
    }
}

/// A list that is asked for in one way.
struct Asking<'a> {
    call: &'a Call,
    url: &'a Url,
    wanted: Wanted<'a>,
    way: Way,
}

impl<'a> Asking<'a> {
    fn exchange(&self, received: u64, page_size: u32) -> Exchange<'a> {
        let start = if self.way == Way::FromZero { received } else { received + 1 };
        let filter = self.wanted.filter.map(super::address::filter).unwrap_or_default();
        let paging = match self.way {
            Way::Usual | Way::FromZero => {
                vec![format!("startIndex={start}"), format!("count={page_size}")]
            }
            Way::Bare if received == 0 => Vec::new(),
            Way::Bare => vec![format!("startIndex={start}")],
            Way::Search => return self.search(start, page_size),
        };
        let added = if self.way == Way::Bare { "" } else { self.wanted.query };
        let query: Vec<String> = [filter, added.to_owned()].into_iter().chain(paging).collect();
        Exchange::new(self.call, Method::GET, with_query(self.url.clone(), &query), None)
    }

    fn search(&self, start: u64, page_size: u32) -> Exchange<'a> {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(".search");
        }
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "startIndex": start,
            "count": page_size,
        });
        if let (Some(filter), Some(body)) = (self.wanted.filter, body.as_object_mut()) {
            body.insert("filter".to_owned(), filter.into());
        }
        Exchange::new(self.call, Method::POST, url, Some(body))
    }
}

impl Listed {
    /// What another way of asking has brought besides.
    fn add(&mut self, more: Self) {
        let known: BTreeSet<ScimId> = self.items.iter().filter_map(read::id).collect();
        let is_new = |item: &Json| read::id(item).is_some_and(|id| !known.contains(&id));
        self.items.extend(more.items.into_iter().filter(is_new));
        (self.status, self.limits) = (more.status, more.limits.or(self.limits));
        self.flaw = self.flaw.or(more.flaw);
    }
}

pub(super) struct OwnedPage {
    pub(super) items: Vec<Json>,
    pub(super) total: Option<u64>,
    pub(super) goes_on: bool,
    pub(super) status: u16,
    pub(super) limits: Option<RateLimits>,
}

impl OwnedPage {
    fn nothing(response: &Response) -> Self {
        let Response { status, limits, .. } = *response;
        Self { items: Vec::new(), total: Some(0), goes_on: false, status, limits }
    }
}

/// How far the pages have come.
#[derive(Default)]
struct Pages {
    seen: BTreeSet<ScimId>,
    received: u64,
    /// Received, but for what another page had brought already: such say that rows have shifted.
    counted: u64,
    total: Option<u64>,
    goes_on: bool,
    last: u64,
    is_nameless: bool,
}

impl Pages {
    /// Keeps what is new on a page; says how much.
    fn take(&mut self, page: OwnedPage, items: &mut Vec<Json>) -> u64 {
        self.last = page.items.len() as u64;
        self.received += self.last;
        self.total = self.total.max(page.total);
        self.goes_on = page.goes_on;
        let before = self.seen.clone();
        let mut fresh = 0;
        for item in page.items {
            match read::id(&item) {
                // One hit that stands twice on a page is one hit; what stood on another is not new.
                Some(id) if before.contains(&id) => {}
                Some(id) => {
                    fresh += 1;
                    if self.seen.insert(id) {
                        items.push(item);
                    }
                }
                None => {
                    fresh += 1;
                    self.is_nameless = true;
                }
            }
        }
        self.counted += fresh;
        fresh
    }

    /// How the list goes on after this page.
    fn end(&self, fresh: u64, page_size: u64) -> End {
        let lacks = self.total.is_some_and(|total| total > self.counted);
        let exceeds = self.total.is_some_and(|total| total < self.counted);
        if self.last == 0 {
            return match (lacks, exceeds) {
                (true, _) => End::Flawed("the list is shorter than its own total"),
                (_, true) => End::Flawed("the list is longer than its own total"),
                (false, false) => End::Whole,
            };
        }
        let is_short = self.last < page_size;
        if fresh == 0 {
            let is_whole = !lacks && !self.goes_on && is_short;
            let flaw = "the provider sends the same page again and again";
            return if is_whole { End::Whole } else { End::Flawed(flaw) };
        }
        if exceeds && is_short {
            return End::Flawed("the list is longer than its own total");
        }
        // A full page is followed by another look: a total may be that of the page.
        let is_whole = self.total.is_some() && !lacks && is_short && !self.goes_on;
        if is_whole { End::Whole } else { End::GoesOn }
    }
}

/// How a list ends, or that it does not yet.
enum End {
    GoesOn,
    Whole,
    /// It contradicts itself: it proves nothing.
    Flawed(&'static str),
}

fn is_refused(ended: &Ended, way: Way) -> bool {
    let is_unknown = way != Way::Usual && matches!(ended.status, Some(404 | 405));
    is_unknown || matches!(&ended.outcome, Outcome::Failed(Failure { verdict: Verdict::Stuck, .. }))
}

/// Asking for the same filter in another way would be refused as well.
fn is_about_the_filter(ended: &Ended) -> bool {
    matches!(&ended.outcome, Outcome::Failed(failure) if failure.what.contains("invalidFilter"))
}
