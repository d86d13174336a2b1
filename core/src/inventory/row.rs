//! The wire form of an inventory: one head for each target, and parts with rows.

use super::days::Day;
use super::head::{Head, Slot};
use super::scope::Found;
use crate::model::StateWrite;
use crate::model::ids::{ScimId, TargetName, TenantName};
use crate::model::listing::{ListedAccount, ListedGroup};
use serde::{Deserialize, Serialize};

/// The version that is written. A reader takes this one and the next.
pub(super) const VERSION: u8 = 1;

/// One thing that a target has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    Account(ListedAccount),
    Group(ListedGroup),
    /// Some of a group's members; a large group has several such rows.
    Members {
        group: ScimId,
        accounts: Vec<ScimId>,
    },
    /// Something besides accounts and groups.
    Found(Found),
    /// A group whose members the target does not show.
    MembersUnknown {
        group: ScimId,
    },
}

/// Rows of one reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub(super) struct Part {
    pub(super) tenant: TenantName,
    pub(super) target: TargetName,
    /// The reading's number: a part of another one is none of this.
    pub(super) number: u64,
    /// From 0.
    pub(super) place: u32,
    pub(super) rows: Vec<Row>,
}

/// A head, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub(crate) struct Headed {
    pub(crate) tenant: TenantName,
    pub(crate) target: TargetName,
    pub(crate) head: Head,
}

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
pub(super) struct Versioned<T> {
    pub(super) v: u8,
    pub(super) body: T,
}

/// The key of a target's head.
pub fn head_key(tenant: &TenantName, target: &TargetName) -> String {
    format!("head:{tenant}:{target}")
}

/// The key of a part.
pub fn part_key(tenant: &TenantName, target: &TargetName, slot: Slot, part: u32) -> String {
    format!("part:{tenant}:{target}:{}:{part:06}", slot.word())
}

/// The forms of records that tell what a target has: its head, its rows, and a day's counts.
pub(crate) fn schemas(generator: &mut schemars::SchemaGenerator) -> [schemars::Schema; 3] {
    [
        generator.subschema_for::<Versioned<Headed>>(),
        generator.subschema_for::<Versioned<Part>>(),
        generator.subschema_for::<Versioned<Day>>(),
    ]
}

/// A record of `usher.inventory`.
pub(super) fn write<T: Serialize>(key: String, body: &T) -> StateWrite {
    let value = serde_json::to_vec(&Versioned { v: VERSION, body })
        .expect("rows have string keys and no foreign types, and memory takes what is written");
    StateWrite { key, value: Some(value) }
}

impl Headed {
    /// The head as a record of `usher.inventory`.
    pub(crate) fn record(&self) -> StateWrite {
        write(head_key(&self.tenant, &self.target), self)
    }
}
