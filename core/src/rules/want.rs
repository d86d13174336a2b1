//! What a claim asks for, as rule files and fixtures write it.
//!
//! Apart from `model::claim::Want`, which stands in every person's record: a word that is added here
//! says nothing yet about what older and newer ushers must be able to read.

use crate::model::account::{AttributeName, Value};
use crate::model::claim;
use crate::model::ids::{GroupName, TargetName};
use crate::model::schema;
use crate::model::wish::Presence;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a claim asks of an account.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Want {
    /// Only this target; all of the tenant's if absent.
    #[serde(default)]
    target: Option<TargetName>,
    #[serde(default)]
    account: Option<Presence>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    groups: WantGroups,
    #[serde(default)]
    #[schemars(extend("propertyNames" = schema::attribute_names()))]
    attributes: BTreeMap<AttributeName, Value>,
}

/// Groups to be in and to be out of.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct WantGroups {
    #[serde(default)]
    add: Vec<GroupName>,
    #[serde(default)]
    remove: Vec<GroupName>,
}

impl From<Want> for claim::Want {
    fn from(want: Want) -> Self {
        let Want { target, account, active, groups: WantGroups { add, remove }, attributes } = want;
        let groups = claim::WantGroups { add, remove };
        Self { target, account, active, groups, attributes }
    }
}
