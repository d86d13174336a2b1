//! RFC 7643 and RFC 7644 as a dialect; `config/dialects/rfc7644.yaml` says the same to people.

use super::{
    Accepted, ActiveForm, Auth, ClearForm, Custom, Dialect, Groups, ManagerForm, Media, NoMatch,
    Paging, RemoveMember, Update, Users,
};
use crate::model::account::AttributeName;
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};

impl Default for Dialect {
    fn default() -> Self {
        let filters =
            [("emails.work", "emails.value"), ("phoneNumbers.work", "phoneNumbers.value")];
        Self {
            auth: Auth::default(),
            media: Media::default(),
            lookup: vec![AttributeName::USER_NAME, AttributeName::WORK_EMAIL],
            filters: filters
                .into_iter()
                .filter_map(|(name, path)| Some((AttributeName::parse(name).ok()?, path.into())))
                .collect(),
            users: Users::default(),
            custom: Custom::default(),
            groups: Groups::default(),
            paging: Paging::default(),
            ignores_filters: false,
            search_by_post: false,
            no_match: NoMatch::EmptyList,
            status_202: Accepted::Pending,
            wait_minutes_max: NonZeroU32::MIN.saturating_add(14),
            errors: Vec::new(),
        }
    }
}

impl Default for Auth {
    fn default() -> Self {
        Self { header: "Authorization".to_owned(), scheme: "Bearer".to_owned() }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            accept: "application/scim+json, application/json;q=0.9".to_owned(),
            content_type: "application/scim+json".to_owned(),
        }
    }
}

impl Default for Users {
    fn default() -> Self {
        Self {
            query: String::new(),
            update: Update::Patch,
            active: ActiveForm::Boolean,
            manager: ManagerForm::Complex,
            clear: ClearForm::Remove,
            paths: BTreeMap::new(),
        }
    }
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            search_query: "excludedAttributes=members".to_owned(),
            members_query: "attributes=displayName,members".to_owned(),
            members_path: "members".to_owned(),
            members_per_call: NonZeroUsize::MIN.saturating_add(99),
            remove_member: RemoveMember::ValueFilter,
        }
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            page_size: NonZeroU32::MIN.saturating_add(99),
            pages_max: NonZeroU32::MIN.saturating_add(199),
        }
    }
}
