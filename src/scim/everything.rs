//! A page of everything that a target has.
//!
//! Page by page, so that each page is a call of the quota like any other. Whether the pages are the whole
//! is for whoever asks to judge.

use super::list::{OwnedPage, Wanted};
use super::verdict::Asked;
use super::{Ended, Provider, read};
use crate::model::call::{Call, Outcome, Reply};
use crate::model::ids::GroupName;
use crate::model::listing::{ListedAccount, ListedGroup, Page};
use jiff::Timestamp;
use serde_json::Value as Json;
use url::Url;

impl Provider {
    pub(super) async fn list_accounts(&self, call: &Call, received: u64) -> Ended {
        let asked = (Asked::ListAccounts, self.dialect.users.query.as_str());
        let page = match self.page_after(call, self.address.users(), asked, received).await {
            Ok(page) => page,
            Err(ended) => return ended,
        };
        let listed = |item: &Json| {
            let account = read::account(item, &self.dialect)?;
            Some(ListedAccount { account, created: dates(item).0 })
        };
        ended(&page, listed, Reply::AccountPage)
    }

    pub(super) async fn list_groups(&self, call: &Call, received: u64) -> Ended {
        let asked = (Asked::ListGroups, self.dialect.groups.search_query.as_str());
        let page = match self.page_after(call, self.address.groups(), asked, received).await {
            Ok(page) => page,
            Err(ended) => return ended,
        };
        let listed = |item: &Json| {
            let (created, changed) = dates(item);
            let name = GroupName::new(read::display_name(item)?);
            Some(ListedGroup { id: read::id(item)?, name, created, changed })
        };
        ended(&page, listed, Reply::GroupPage)
    }

    async fn page_after(
        &self,
        call: &Call,
        url: Option<Url>,
        (asked, query): (Asked, &str),
        received: u64,
    ) -> Result<OwnedPage, Ended> {
        let wanted = Wanted { asked, filter: None, query, goes_on: false };
        self.one_page(call, url, (wanted, received)).await
    }
}

fn ended<T>(
    page: &OwnedPage,
    listed: impl Fn(&Json) -> Option<T>,
    reply: impl Fn(Page<T>) -> Reply,
) -> Ended {
    let whole = Page {
        items: page.items.iter().filter_map(listed).collect(),
        received: page.items.len() as u64,
        total: page.total,
        goes_on: page.goes_on,
    };
    let outcome = Outcome::Done(reply(whole));
    Ended { outcome, status: Some(page.status), limits: page.limits }
}

/// When the target made something, and changed it last (`meta`, RFC 7643 §3.1).
fn dates(item: &Json) -> (Option<Timestamp>, Option<Timestamp>) {
    let meta = read::get(item, "meta");
    let date = |name| read::get(meta?, name)?.as_str()?.parse().ok();
    (date("created"), date("lastModified"))
}
