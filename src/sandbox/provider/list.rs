//! Lists: filtered, in the order of creation, page by page.

use super::answer::Answer;
use super::query::Query;
use super::render::project;
use super::{Failure, Provider};
use crate::sandbox::directory::filter::Filter;
use crate::sandbox::directory::{Group, Refusal, User};
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
        let users = self.directory.users().map(|user| self.user_json(user));
        let with_members = self.shows_members(query);
        let groups = self.directory.groups().map(|group| self.group_json(group, with_members));
        let is_hit =
            |shown: &Map<String, Json>| filter.as_ref().is_none_or(|filter| filter.matches(shown));
        let all: Vec<Map<String, Json>> = users.chain(groups).filter(is_hit).collect();
        let all: Vec<&Map<String, Json>> = all.iter().collect();
        Ok(self.page(query, &all, Map::clone))
    }

    pub(super) fn list_users(&self, query: &Query) -> Result<Answer, Failure> {
        let filter = self.filter(query)?;
        let by_name = filter.as_ref().and_then(|filter| filter.equals("userName"));
        let users: Vec<&User> = match (by_name, &filter) {
            (Some(name), _) => self.directory.user_named(name).into_iter().collect(),
            (None, Some(filter)) => self
                .directory
                .users()
                .filter(|user| filter.matches(&self.user_json(user)))
                .collect(),
            (None, None) => self.directory.users().collect(),
        };
        Ok(self.page(query, &users, |user| self.user_json(user)))
    }

    pub(super) fn list_groups(&self, query: &Query) -> Result<Answer, Failure> {
        let filter = self.filter(query)?;
        let sees_members = filter.as_ref().is_some_and(|filter| filter.mentions("members"));
        let is_hit = |group: &&Group| {
            filter
                .as_ref()
                .is_none_or(|filter| filter.matches(&self.group_json(group, sees_members)))
        };
        let groups: Vec<&Group> = self.directory.groups().filter(is_hit).collect();
        let shows_members = self.shows_members(query);
        Ok(self.page(query, &groups, |group| self.group_json(group, shows_members)))
    }

    fn filter(&self, query: &Query) -> Result<Option<Filter>, Failure> {
        let Some(text) = &query.filter else {
            return Ok(None);
        };
        let bare = self.directory.manners().filter_values_may_be_bare;
        let filter = Filter::parse(text, bare).ok_or_else(|| Refusal::Filter(text.clone()))?;
        Ok(Some(filter))
    }

    fn page<T>(&self, query: &Query, all: &[&T], show: impl Fn(&T) -> Map<String, Json>) -> Answer {
        let manners = self.directory.manners();
        let count = query.count.unwrap_or(manners.page_size).min(manners.page_size_max);
        let items: Vec<Json> = all
            .iter()
            .skip(query.start_index.saturating_sub(1))
            .take(count)
            .map(|item| {
                let mut shown = project(show(item), query);
                if manners.list_items_are_bare {
                    shown.retain(|name, _| name != "schemas" && name != "meta");
                }
                Json::Object(shown)
            })
            .collect();
        let mut page = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": all.len(),
            "startIndex": query.start_index,
            "itemsPerPage": items.len(),
        });
        if !(items.is_empty() && manners.empty_list_has_no_resources)
            && let Some(page) = page.as_object_mut()
        {
            page.insert("Resources".to_owned(), Json::Array(items));
        }
        Answer::scim(200, page)
    }
}
