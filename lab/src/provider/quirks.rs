//! What providers do that no standard has, as data: one switch for each. None is on by itself.
//!
//! Each is taken from a public report of a real provider; `docs/manners.md` says of whom.

use crate::inventory::scope::Scope;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The switches, beside those of the manners; `--manner NAME=VALUE` knows them, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, and data")]
pub struct Quirks {
    /// For so long after a write, reads show the user as it was before, creations included: `20s`.
    pub user_reads_lag: SignedDuration,
    /// The same of groups, and of the groups that users show.
    pub group_reads_lag: SignedDuration,
    /// A new user is in no read for so long, but has its name: a second creation is a conflict.
    pub new_users_show_after: SignedDuration,
    /// Inactive users are 404 by id and in no list; PATCH by id works.
    pub inactive_users_are_hidden: bool,
    /// Single groups that are refused.
    pub group_refusals: Vec<GroupRefusal>,
    /// Every read of a group by its id is refused with this status; lists work.
    pub group_reads_refused: Option<u16>,
    /// Each user shows so many more groups, unless `groups` are excluded or not asked for.
    pub extra_groups_shown: usize,
    /// Each group shows so many more members.
    pub extra_members_shown: usize,
    /// Groups that are there besides, whether their names are free or not: a name twice, in other
    /// letters, or one that only looks alike.
    pub more_groups: Vec<String>,
    /// What filters are worth, by the attribute that they begin with (`userName`, `emails.value`), or
    /// by `*` for all.
    pub filters: BTreeMap<String, Sifting>,
    /// A filter that nobody fits is answered with 404.
    pub no_hit_is_404: bool,
    /// What an answer to a filter says of its hits.
    pub hits: Hits,
    /// The first item has the index 0, so that who begins with 1 misses it.
    pub start_index_from_zero: bool,
    pub pages: Pages,
    /// What becomes of `attributes=…`.
    pub attributes_parameter: Parameter,
    /// What becomes of `excludedAttributes=…`.
    pub excluded_attributes_parameter: Parameter,
    /// A user with one of these, or with another value of it, is refused: 400 invalidValue.
    pub refused_attributes: Vec<String>,
    /// These are taken with a yes, and not kept.
    pub dropped_attributes: Vec<String>,
    /// Another `userName` is refused: 400 mutability.
    pub renames_are_refused: bool,
    /// The first so many tries to deactivate a user are answered with 409.
    pub deactivations_conflict: u32,
    /// No more active users than that.
    pub seats: Option<Seats>,
    /// There is no PATCH of users: 405.
    pub users_take_put_only: bool,
    /// How an attribute is cleared by a PATCH.
    pub clears_by: Clearing,
    /// Any other way to clear one is answered with a yes, and does nothing; if not, with 400.
    pub other_clearing_is_ignored: bool,
    /// Which id the answer to a creation has.
    pub created_ids: CreatedIds,
    /// A PATCH with a body shows what was asked for, kept or not.
    pub patch_answers_echo: bool,
    /// Bodies begin with a byte order mark.
    pub bodies_begin_with_bom: bool,
    /// Bodies are compressed, though nobody asked.
    pub bodies_are_gzipped: bool,
    /// Reads are answered so late: `2300ms`.
    pub reads_take: SignedDuration,
    /// Writes are done at once, and answered so late.
    pub writes_take: SignedDuration,
    /// The first request of a connection is taken in so late.
    pub connections_take: SignedDuration,
    /// What the quota's reset is told in.
    pub quota_reset: QuotaReset,
    /// Lists beside SCIM: the scopes that the token is granted, and the rows of each; `null`: there are none.
    pub console: Option<BTreeMap<Scope, Vec<Json>>>,
}

/// A group that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRefusal {
    /// Its `displayName`.
    pub group: String,
    pub on: On,
    /// 404 on reads: it is listed, and not there by its id.
    pub status: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    Reads,
    Writes,
}

/// What a filter is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sifting {
    /// Everything comes back.
    Ignored,
    /// 400 invalidFilter.
    Refused,
    /// Nothing comes back.
    Blind,
}

/// What an answer to a filter says of its hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hits {
    #[default]
    Honest,
    /// `totalResults` counts them, and there are no `Resources`.
    NoResources,
    /// `totalResults` counts them, `itemsPerPage` is 0, and `Resources` are empty.
    NoItems,
    /// Each stands there twice.
    Twice,
}

/// How pages are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pages {
    #[default]
    Whole,
    /// Half as many items come as were asked for.
    Short,
    /// Whatever `startIndex` says, the first page comes.
    Repeated,
}

/// What becomes of a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    #[default]
    Heeded,
    Ignored,
    /// 400.
    Refused,
}

/// How many active users there may be, and what a creation beyond is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seats {
    pub most: usize,
    /// 402 or 403, with a text.
    pub status: u16,
}

/// How an attribute is cleared by a PATCH.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clearing {
    /// By a removal, or by `null`; an empty text is a text.
    #[default]
    Any,
    /// By `remove` alone.
    Remove,
    /// By `replace` with `null` alone.
    Null,
    /// By `replace` with `""` alone.
    EmptyText,
    /// What was once set stays.
    Nothing,
}

/// Which id the answer to a creation has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreatedIds {
    #[default]
    Kept,
    /// One that it loses at once: what was made has another id from then on.
    Changed,
    /// One that belongs to somebody else.
    Anothers,
}

/// What the quota's reset is told in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotaReset {
    /// Seconds until then.
    #[default]
    Seconds,
    /// Milliseconds until then.
    Millis,
    /// Milliseconds since 1970.
    EpochMillis,
}

impl Quirks {
    /// Whether reads may show something else than what is so.
    pub(super) fn reads_are_true(&self) -> bool {
        self.user_reads_lag.is_zero()
            && self.group_reads_lag.is_zero()
            && self.new_users_show_after.is_zero()
            && !self.inactive_users_are_hidden
    }

    /// What a filter on that attribute is worth, if it is not what it should be.
    pub fn sifting(&self, attribute: &str) -> Option<Sifting> {
        let named = self.filters.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        named.map(|(_, sifting)| *sifting).or_else(|| self.filters.get("*").copied())
    }

    /// The status with which a group of that name is refused.
    pub fn refusal_of(&self, group: &str, on: On) -> Option<u16> {
        let of_all = self.group_reads_refused.filter(|_| on == On::Reads);
        let is_it = |refusal: &&GroupRefusal| refusal.group == group && refusal.on == on;
        self.group_refusals.iter().find(is_it).map(|refusal| refusal.status).or(of_all)
    }
}
