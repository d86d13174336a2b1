//! What was found, as far as a dialect can say it.

use crate::model::account::AttributeName;
use crate::scim::dialect::{ActiveForm, Auth, Dialect, ManagerForm, RemoveMember, Update};
use std::num::NonZeroU32;

/// Something that was tried, and what works of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// Every way to send the token that is accepted; the preferred one first.
    Auth(Vec<Auth>),
    ContentType(String),
    Filter(AttributeName, String),
    /// An account cannot be found by it.
    NoLookup(AttributeName),
    PageSizeMax(NonZeroU32),
    SearchQuery(String),
    MembersQuery(String),
    /// Every form that removes one member and no other; the preferred one first.
    RemoveMember(Vec<RemoveMember>),
    Update(Update, ActiveForm),
    Manager(ManagerForm),
}

impl Fact {
    /// Whether a dialect agrees with it.
    pub(super) fn holds(&self, dialect: &Dialect) -> bool {
        match self {
            Self::Auth(accepted) => accepted.contains(&dialect.auth),
            Self::ContentType(media) => dialect.media.content_type == *media,
            Self::Filter(attribute, path) => {
                !dialect.lookup.contains(attribute)
                    || dialect.filters.get(attribute).is_some_and(|known| known == path)
            }
            Self::NoLookup(attribute) => !dialect.lookup.contains(attribute),
            Self::PageSizeMax(most) => dialect.paging.page_size <= *most,
            Self::SearchQuery(query) => dialect.groups.search_query == *query,
            Self::MembersQuery(query) => dialect.groups.members_query == *query,
            Self::RemoveMember(forms) => forms.contains(&dialect.groups.remove_member),
            Self::Update(update, active) => {
                (dialect.users.update, dialect.users.active) == (*update, *active)
            }
            Self::Manager(form) => dialect.users.manager == *form,
        }
    }

    /// Makes a dialect agree with it.
    pub(super) fn apply(&self, dialect: &mut Dialect) {
        if self.holds(dialect) {
            return;
        }
        match self {
            Self::Auth(accepted) => {
                if let Some(preferred) = accepted.first() {
                    dialect.auth = preferred.clone();
                }
            }
            Self::ContentType(media) => dialect.media.content_type.clone_from(media),
            Self::Filter(attribute, path) => {
                dialect.filters.insert(attribute.clone(), path.clone());
            }
            // Without any attribute nobody could ever be found: the last one stays.
            Self::NoLookup(attribute) if dialect.lookup.len() > 1 => {
                dialect.lookup.retain(|known| known != attribute);
            }
            Self::NoLookup(_) => {}
            Self::PageSizeMax(most) => dialect.paging.page_size = *most,
            Self::SearchQuery(query) => dialect.groups.search_query.clone_from(query),
            Self::MembersQuery(query) => dialect.groups.members_query.clone_from(query),
            Self::RemoveMember(forms) => {
                if let Some(preferred) = forms.first() {
                    dialect.groups.remove_member = *preferred;
                }
            }
            Self::Update(update, active) => {
                dialect.users.update = *update;
                dialect.users.active = *active;
            }
            Self::Manager(form) => dialect.users.manager = *form,
        }
    }
}
