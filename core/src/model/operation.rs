//! The writing calls of a plan; data, nothing left to choose.

use super::account::{AttributeName, Value};
use super::ids::{GroupName, ScimId};
use super::wish::Facet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a field should hold. `Option<Option<T>>` says the same and nobody can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    Set(Value),
    /// No value: what stands there goes.
    Clear,
}

impl Field {
    /// The value that it should hold, if any.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Set(value) => Some(value),
            Self::Clear => None,
        }
    }
}

impl From<Option<Value>> for Field {
    fn from(value: Option<Value>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl From<Field> for Option<Value> {
    fn from(field: Field) -> Self {
        match field {
            Field::Set(value) => Some(value),
            Field::Clear => None,
        }
    }
}

/// A field as its value alone, null for none: as wishes and profiles were kept when they knew no
/// clearing.
pub mod bare {
    use super::{Field, Value};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(field: &Field, out: S) -> Result<S::Ok, S::Error> {
        field.value().serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Field, D::Error> {
        Ok(Option::<Value>::deserialize(input)?.into())
    }
}

/// The same for fields by name.
pub mod bare_by_name {
    use super::{AttributeName, BTreeMap, Field, Value};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(
        fields: &BTreeMap<AttributeName, Field>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_map(fields.iter().map(|(name, field)| (name, field.value())))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<BTreeMap<AttributeName, Field>, D::Error> {
        let values = BTreeMap::<AttributeName, Option<Value>>::deserialize(input)?;
        Ok(values.into_iter().map(|(name, value)| (name, value.into())).collect())
    }
}

/// A group, by the name that rules use and the id that the provider uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupRef {
    pub name: GroupName,
    pub id: ScimId,
}

/// One writing call against a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op")]
pub enum Operation {
    /// POST a User.
    Create { active: bool, attributes: BTreeMap<AttributeName, Value> },
    /// PATCH attributes of a User, `active` among them.
    Change {
        account: ScimId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        active: Option<bool>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attributes: BTreeMap<AttributeName, Field>,
    },
    /// PATCH a Group: one member in.
    AddMember { account: ScimId, group: GroupRef },
    /// PATCH a Group: one member out.
    RemoveMember { account: ScimId, group: GroupRef },
    /// POST a Group, without members.
    CreateGroup { name: GroupName },
    /// DELETE a User.
    Delete { account: ScimId },
}

impl Operation {
    /// The account that it changes; none if it makes one.
    pub fn account(&self) -> Option<&ScimId> {
        match self {
            Self::Create { .. } | Self::CreateGroup { .. } => None,
            Self::Change { account, .. }
            | Self::AddMember { account, .. }
            | Self::RemoveMember { account, .. }
            | Self::Delete { account } => Some(account),
        }
    }

    /// What it says of access: `active`, or membership in a group.
    pub fn access(&self) -> Option<Facet> {
        match self {
            Self::Change { active: Some(_), .. } => Some(Facet::Active),
            Self::AddMember { group, .. } | Self::RemoveMember { group, .. } => {
                Some(Facet::Group(group.name.clone()))
            }
            Self::Change { active: None, .. }
            | Self::Create { .. }
            | Self::CreateGroup { .. }
            | Self::Delete { .. } => None,
        }
    }

    /// The account and the group whose members it changes, if it does.
    pub fn membership(&self) -> Option<(&ScimId, &GroupRef)> {
        match self {
            Self::AddMember { account, group } | Self::RemoveMember { account, group } => {
                Some((account, group))
            }
            Self::Create { .. }
            | Self::Change { .. }
            | Self::CreateGroup { .. }
            | Self::Delete { .. } => None,
        }
    }
}
