//! Look-ups: asked by a filter, and compared again here.
//!
//! Filters are not trusted: providers fold case, ignore what they do not know, or match another
//! value of a list. "Nobody" is said only of a whole list that holds nobody: an answer with others
//! in it shows that the filter was not heeded, and one that hides what was asked for shows nothing.

use super::address::equals;
use super::attribute::Place;
use super::client::{Exchange, ResponseBody};
use super::list::{Listed, Wanted};
use super::verdict::{self, Asked, Ruling};
use super::{Ended, Provider, read};
use crate::model::account::{Account, AttributeName};
use crate::model::call::{Call, Outcome, Reply, Verdict};
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::GroupRef;
use reqwest::Method;
use serde_json::Value as Json;

/// Accounts that do not show what they were asked for by, and are read one by one.
const READ_APART_MAX: usize = 3;

const IGNORED: &str = "the filter is not heeded, for others came back; \
    if this provider ignores filters, say `ignores_filters: true` in its dialect";
const SILENT: &str = "the accounts that came back do not show what they were looked up by";

impl Listed {
    fn ended(&self, reply: Reply) -> Ended {
        Ended { outcome: Outcome::Done(reply), status: Some(self.status), limits: self.limits }
    }
}

/// What an account says of the value that it was asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    This,
    Another,
    Nothing,
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
        let filter = equals(&path, value);
        let wanted = Wanted {
            asked: Asked::FindAccounts,
            filter: (!self.dialect.ignores_filters).then_some(filter.as_str()),
            query: &self.dialect.users.query,
            goes_on: false,
        };
        let mut listed = match self.list(call, self.address.users(), wanted).await {
            Ok(listed) => listed,
            Err(ended) => return ended,
        };
        self.complete(call, &mut listed, attribute).await;
        let shown: Vec<(Shows, Option<Account>)> = listed
            .items
            .iter()
            .map(|item| {
                let shows = self.shows(item, attribute, value);
                (shows, read::account(item, &self.dialect).filter(|_| shows == Shows::This))
            })
            .collect();
        let hits: Vec<Account> = shown.iter().filter_map(|(_, account)| account.clone()).collect();
        for hit in &hits {
            self.note_groups(hit);
        }
        // A user name is one account's; of anything else, what is missing might match as well.
        let is_unique = *attribute == AttributeName::USER_NAME;
        let flaw = match &listed.flaw {
            Some(flaw) if hits.is_empty() || !is_unique => Some(*flaw),
            _ if !hits.is_empty() => None,
            _ => self.not_heeded(shown.iter().map(|(shows, _)| *shows)),
        };
        match flaw {
            Some(flaw) => self.unproved(Asked::FindAccounts, &listed, flaw),
            None => listed.ended(Reply::Accounts(hits)),
        }
    }

    /// Why an answer without a hit does not show that there is none.
    fn not_heeded(&self, shown: impl Iterator<Item = Shows>) -> Option<&'static str> {
        let shown: Vec<Shows> = shown.collect();
        let has_others = shown.contains(&Shows::Another);
        match () {
            () if shown.is_empty() => None,
            // Everybody was asked for; who has no value has not this one.
            () if self.dialect.ignores_filters => (!has_others).then_some(SILENT),
            () if shown.contains(&Shows::Nothing) => Some(SILENT),
            () => Some(IGNORED),
        }
    }

    /// Reads what a list does not show: some lists are poorer than what they list.
    async fn complete(&self, call: &Call, listed: &mut Listed, attribute: &AttributeName) {
        let has_value = |item: &Json| !read::values(item, attribute, &self.dialect).is_empty();
        if listed.items.len() > READ_APART_MAX || listed.items.iter().any(has_value) {
            return;
        }
        for item in &mut listed.items {
            let Some(id) = read::id(item) else { continue };
            if let Some(whole) = self.whole_account(call, &id).await {
                *item = whole;
            }
        }
    }

    async fn whole_account(&self, call: &Call, id: &ScimId) -> Option<Json> {
        let url = self.address.user(id)?;
        let exchange = Exchange { not_after: None, ..Exchange::new(call, Method::GET, url, None) };
        let response = self.client.exchange(&exchange).await.ok()?;
        let ruling = verdict::rule(Asked::ReadAccount, &self.name, &response, &self.dialect);
        match response.body {
            ResponseBody::Json(body) if ruling == Ruling::ReadBody => {
                (read::id(&body).as_ref() == Some(id)).then_some(body)
            }
            _ => None,
        }
    }

    /// Compared as the attribute's schema says: only `externalId` is `caseExact` (RFC 7643 §3.1).
    fn shows(&self, item: &Json, attribute: &AttributeName, value: &str) -> Shows {
        let values = read::values(item, attribute, &self.dialect);
        if values.is_empty() {
            return Shows::Nothing;
        }
        let is_exact = *attribute == AttributeName::EXTERNAL_ID;
        let is_same =
            |found: &String| if is_exact { found == value } else { read::same(found, value) };
        if values.iter().any(is_same) { Shows::This } else { Shows::Another }
    }

    fn filter_path(&self, attribute: &AttributeName) -> Option<String> {
        let own = self.dialect.filters.get(attribute).cloned();
        own.or_else(|| Place::of(attribute, &self.dialect).map(Place::path))
    }

    pub(super) async fn find_groups(&self, call: &Call, name: &GroupName) -> Ended {
        let filter = equals("displayName", name.as_str());
        let wanted = Wanted {
            asked: Asked::FindGroups,
            filter: (!self.dialect.ignores_filters).then_some(filter.as_str()),
            query: &self.dialect.groups.search_query,
            goes_on: false,
        };
        let mut listed = match self.list(call, self.address.groups(), wanted).await {
            Ok(listed) => listed,
            Err(ended) => return ended,
        };
        let mut groups = named(&listed.items, name);
        if wanted.filter.is_some() && (groups.is_empty() || listed.flaw.is_some()) {
            // Groups are few: that there is none, or no other, is believed of all of them only.
            let everything = Wanted { filter: None, goes_on: true, ..wanted };
            match self.list(call, self.address.groups(), everything).await {
                Ok(all) => {
                    listed = all;
                    groups = named(&listed.items, name);
                }
                // Who is refused the whole list has the filter's word alone.
                Err(ended) if is_refusal(&ended.outcome) => {}
                Err(ended) => return ended,
            }
        }
        let is_named = |item: &Json| read::display_name(item).is_some();
        let flaw = listed.flaw.or((!listed.items.iter().all(is_named)).then_some(SILENT));
        match flaw {
            Some(flaw) => self.unproved(Asked::FindGroups, &listed, flaw),
            None => listed.ended(Reply::Groups(groups)),
        }
    }

    /// The answer proves nothing, and asking again now would not help.
    fn unproved(&self, asked: Asked, listed: &Listed, what: &str) -> Ended {
        let outcome = verdict::hopeless(asked, &self.name, what);
        Ended { outcome, status: Some(listed.status), limits: listed.limits }
    }
}

/// Asking again would bring the same.
fn is_refusal(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed(failure) => matches!(failure.verdict, Verdict::Stuck | Verdict::Closed),
        Outcome::Done(_) | Outcome::NotSent => false,
    }
}

/// The groups of that name; if one has exactly these letters, no other.
fn named(items: &[Json], name: &GroupName) -> Vec<GroupRef> {
    let named: Vec<(ScimId, String)> = items
        .iter()
        .filter_map(|item| Some((read::id(item)?, read::display_name(item)?)))
        .filter(|(_, display_name)| read::same(display_name, name.as_str()))
        .collect();
    let exact = named.iter().any(|(_, display_name)| display_name == name.as_str());
    named
        .into_iter()
        .filter(|(_, display_name)| !exact || display_name == name.as_str())
        .map(|(id, _)| GroupRef { name: name.clone(), id })
        .collect()
}
