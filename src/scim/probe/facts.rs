//! What was found, as far as a dialect can say it.

use crate::model::account::AttributeName;
use crate::scim::attribute::Place;
use crate::scim::dialect::{
    ActiveForm, Auth, ClearForm, Dialect, ManagerForm, NoMatch, RemoveMember, Update,
};
use std::num::NonZeroU32;

/// Something that was tried, and what works of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// Every way to send the token that is accepted; as everywhere here, the preferred one first. What
    /// is preferred does not depend on the dialect that the trial began with.
    Auth(Vec<Auth>),
    ContentType(String),
    /// Paths that find an account by the attribute.
    Filter(AttributeName, Vec<String>),
    /// An account cannot be found by it.
    NoLookup(AttributeName),
    /// Whether whole lists have to be read, for no filter finds anybody.
    IgnoresFilters(bool),
    NoMatch(NoMatch),
    /// What may be added to the query when accounts are read.
    UsersQuery(Vec<String>),
    PageSizeMax(NonZeroU32),
    SearchQuery(Vec<String>),
    MembersQuery(Vec<String>),
    /// Every form that removes one member and no other.
    RemoveMember(Vec<RemoveMember>),
    Update(Vec<(Update, ActiveForm)>),
    Manager(Vec<ManagerForm>),
    /// What clears an attribute.
    Clear(Vec<ClearForm>),
}

impl Fact {
    /// Whether a dialect agrees with it.
    pub(super) fn holds(&self, dialect: &Dialect) -> bool {
        match self {
            Self::Auth(accepted) => accepted.contains(&dialect.auth),
            Self::ContentType(media) => dialect.media.content_type == *media,
            Self::Filter(attribute, paths) => {
                !dialect.lookup.contains(attribute)
                    || paths.contains(&filter_path(attribute, dialect))
            }
            Self::NoLookup(attribute) => !dialect.lookup.contains(attribute),
            Self::IgnoresFilters(ignored) => dialect.ignores_filters == *ignored,
            Self::NoMatch(answer) => dialect.no_match == *answer,
            Self::UsersQuery(queries) => queries.contains(&dialect.users.query),
            Self::PageSizeMax(most) => dialect.paging.page_size <= *most,
            Self::SearchQuery(queries) => queries.contains(&dialect.groups.search_query),
            Self::MembersQuery(queries) => queries.contains(&dialect.groups.members_query),
            Self::RemoveMember(forms) => forms.contains(&dialect.groups.remove_member),
            Self::Update(forms) => forms.contains(&(dialect.users.update, dialect.users.active)),
            Self::Manager(forms) => forms.contains(&dialect.users.manager),
            Self::Clear(forms) => forms.contains(&dialect.users.clear),
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
            Self::Filter(attribute, paths) => {
                if let Some(preferred) = paths.first() {
                    dialect.filters.insert(attribute.clone(), preferred.clone());
                }
            }
            // Without any attribute nobody could ever be found: the last one stays.
            Self::NoLookup(attribute) if dialect.lookup.len() > 1 => {
                dialect.lookup.retain(|known| known != attribute);
            }
            Self::NoLookup(_) => {}
            Self::IgnoresFilters(ignored) => dialect.ignores_filters = *ignored,
            Self::NoMatch(answer) => dialect.no_match = *answer,
            Self::UsersQuery(queries) => {
                if let Some(preferred) = queries.first() {
                    dialect.users.query.clone_from(preferred);
                }
            }
            Self::PageSizeMax(most) => dialect.paging.page_size = *most,
            Self::SearchQuery(queries) => {
                if let Some(preferred) = queries.first() {
                    dialect.groups.search_query.clone_from(preferred);
                }
            }
            Self::MembersQuery(queries) => {
                if let Some(preferred) = queries.first() {
                    dialect.groups.members_query.clone_from(preferred);
                }
            }
            Self::RemoveMember(forms) => {
                if let Some(preferred) = forms.first() {
                    dialect.groups.remove_member = *preferred;
                }
            }
            Self::Update(forms) => {
                if let Some((update, active)) = forms.first() {
                    dialect.users.update = *update;
                    dialect.users.active = *active;
                }
            }
            Self::Manager(forms) => {
                if let Some(preferred) = forms.first() {
                    dialect.users.manager = *preferred;
                }
            }
            Self::Clear(forms) => {
                if let Some(preferred) = forms.first() {
                    dialect.users.clear = *preferred;
                }
            }
        }
    }
}

/// What stands left of `eq` when an account is looked up by that attribute.
pub(super) fn filter_path(attribute: &AttributeName, dialect: &Dialect) -> String {
    let configured = dialect.filters.get(attribute).cloned();
    let own = || Place::of(attribute, dialect).map(Place::path);
    configured.or_else(own).unwrap_or_default()
}
