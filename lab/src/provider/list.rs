//! Lists: filtered, in the order of creation, page by page.

use super::answer::Answer;
use super::query::Query;
use super::render::project;
use super::{Failure, Provider};
use crate::provider::directory::filter::Filter;
use crate::provider::directory::{Group, Refusal, User};
use crate::provider::quirks::{Hits, Pages, Sifting};
use serde_json::{Map, Value as Json, json};

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Users,
    Groups,
}

impl Provider {
    /// Users, then groups.
    pub(super) fn list_all(&self, query: &Query) -> Result<Answer, Failure> {
        let filter = self.filter(query)?;
        let users = self.directory.shown_users();
        let users = users.into_iter().map(|user| self.user_json(user));
        let with_members = self.shows_members(query);
        let groups = self.directory.shown_groups();
        let groups = groups.into_iter().map(|group| self.group_json(group, with_members));
        let is_hit =
            |shown: &Map<String, Json>| filter.as_ref().is_none_or(|filter| filter.matches(shown));
        let all: Vec<Map<String, Json>> = users.chain(groups).filter(is_hit).collect();
        let all: Vec<&Map<String, Json>> = all.iter().collect();
        self.page(query, &all, Map::clone)
    }

    pub(super) fn list_users(&self, query: &Query) -> Result<Answer, Failure> {
        let filter = self.filter(query)?;
        let by_name = filter.as_ref().and_then(|filter| filter.equals("userName"));
        let users: Vec<&User> = match (by_name, &filter) {
            (Some(name), _) => self.directory.shown_user_named(name).into_iter().collect(),
            (None, Some(filter)) => {
                let users = self.directory.shown_users().into_iter();
                users.filter(|user| filter.matches(&self.user_json(user))).collect()
            }
            (None, None) => self.directory.shown_users(),
        };
        self.page(query, &users, |user| self.user_json(user))
    }

    pub(super) fn list_groups(&self, query: &Query) -> Result<Answer, Failure> {
        let filter = self.filter(query)?;
        let sees_members = filter.as_ref().is_some_and(|filter| filter.mentions("members"));
        let is_hit = |group: &&Group| {
            filter
                .as_ref()
                .is_none_or(|filter| filter.matches(&self.group_json(group, sees_members)))
        };
        let groups: Vec<&Group> =
            self.directory.shown_groups().into_iter().filter(is_hit).collect();
        let shows_members = self.shows_members(query);
        self.page(query, &groups, |group| self.group_json(group, shows_members))
    }

    fn filter(&self, query: &Query) -> Result<Option<Filter>, Failure> {
        let Some(text) = &query.filter else {
            return Ok(None);
        };
        let manners = self.directory.manners();
        let refused = || Refusal::Filter(text.clone());
        // `emails[type eq "work"]` begins with `emails`, `emails.value eq …` with `emails.value`.
        let attribute = text.trim_start().split([' ', '[']).next().unwrap_or_default();
        match manners.quirks.sifting(attribute) {
            Some(Sifting::Ignored) => return Ok(None),
            Some(Sifting::Refused) => return Err(refused().into()),
            Some(Sifting::Blind) => return Ok(Some(Filter::Any(Vec::new()))),
            None => {}
        }
        let filter = Filter::parse(text, manners.filter_values_may_be_bare).ok_or_else(refused)?;
        Ok(Some(filter))
    }

    fn page<T>(
        &self,
        query: &Query,
        all: &[&T],
        show: impl Fn(&T) -> Map<String, Json>,
    ) -> Result<Answer, Failure> {
        let manners = self.directory.manners();
        let quirks = &manners.quirks;
        let is_filtered = query.filter.is_some();
        if is_filtered && all.is_empty() && quirks.no_hit_is_404 {
            return Err(Refusal::NotThere("(of the filter)".to_owned()).into());
        }
        let hits = if is_filtered { quirks.hits } else { Hits::Honest };
        let times = if hits == Hits::Twice { 2 } else { 1 };
        let (skipped, count) = self.window(query);
        let items = all.iter().flat_map(|item| std::iter::repeat_n(item, times));
        let items: Vec<Json> = items
            .skip(skipped)
            .take(count)
            .map(|item| {
                let mut shown = project(show(item), query);
                if manners.list_items_are_bare {
                    shown.remove("schemas");
                    shown.remove("meta");
                }
                Json::Object(shown)
            })
            .filter(|_| !matches!(hits, Hits::NoItems | Hits::NoResources))
            .collect();
        let mut page = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": all.len() * times,
            "startIndex": query.start_index.max(1),
            "itemsPerPage": items.len(),
        });
        let is_bare = items.is_empty() && manners.empty_list_has_no_resources;
        if !is_bare
            && hits != Hits::NoResources
            && let Some(page) = page.as_object_mut()
        {
            page.insert("Resources".to_owned(), Json::Array(items));
        }
        Ok(Answer::scim(200, page))
    }

    /// How many items are passed over, and how many follow.
    fn window(&self, query: &Query) -> (usize, usize) {
        let manners = self.directory.manners();
        let count = query.count.unwrap_or(manners.page_size).min(manners.page_size_max);
        let skipped = if manners.quirks.start_index_from_zero {
            query.start_index
        } else {
            query.start_index.saturating_sub(1)
        };
        match manners.quirks.pages {
            Pages::Whole => (skipped, count),
            Pages::Short => (skipped, count.div_ceil(2)),
            Pages::Repeated => (0, count),
        }
    }
}
