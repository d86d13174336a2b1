//! What commands are judged by, as tests set it.

use super::instruction::instruction;
use super::pen::Pen;
use crate::command::instruction::CommandKind;
use crate::command::signers::AllowedSigners;
use crate::command::{
    Admitted, Circumstances, Group, Operators, Refusal, Signed, Signers, Tenants, Touch, judge,
};
use crate::model::Deployment;
use crate::model::ids::{ShardNumber, TenantName};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) const ANN: u8 = 1;
pub(crate) const BOB: u8 = 2;
pub(crate) const FOR_COMMANDS: &str = "namespaces=\"command@usher\"";

/// Everything that a judgement rests on.
pub(super) struct Court {
    pub(super) operators: Operators,
    pub(super) deployment: Deployment,
    pub(super) shard: ShardNumber,
    pub(super) tenants: BTreeSet<TenantName>,
    pub(super) now: Timestamp,
    pub(super) used: bool,
}

pub(crate) fn file(lines: &[(&str, &str, &Pen)]) -> AllowedSigners {
    let line =
        |(name, options, pen): &(&str, &str, &Pen)| format!("{name} {options} {}\n", pen.public());
    AllowedSigners::parse(lines.iter().map(line).collect::<String>().as_bytes()).unwrap()
}

/// Ann and Bob, who may say everything but `erase`, everywhere.
pub(crate) fn group() -> Group {
    let people = [
        ("ann@example.com", FOR_COMMANDS, &Pen::new(ANN)),
        ("bob@example.com", FOR_COMMANDS, &Pen::new(BOB)),
    ];
    let all = CommandKind::ALL.iter().copied();
    Group {
        name: "analysts".to_owned(),
        signers: Signers::Fresh(file(&people)),
        may: all.filter(|kind| *kind != CommandKind::Erase).collect(),
        tenants: Tenants::All,
        touch: Touch::Optional,
    }
}

impl Court {
    pub(super) fn of(groups: Vec<Group>) -> Self {
        let tenants = BTreeSet::from([TenantName::new("acme")]);
        Self {
            operators: Operators::new(groups).unwrap(),
            deployment: Deployment { id: "d-1".to_owned(), shards: 4 },
            shard: ShardNumber::of(&TenantName::new("acme"), 4),
            tenants,
            now: "2026-11-30T09:01:00Z".parse().unwrap(),
            used: false,
        }
    }

    pub(super) fn new() -> Self {
        Self::of(vec![group()])
    }

    pub(super) fn judge(&self, bytes: &[u8], signatures: &[String]) -> Result<Admitted, Refusal> {
        let texts = signatures.iter().map(String::as_bytes).collect();
        let circumstances = Circumstances {
            operators: &self.operators,
            deployment: &self.deployment,
            shard: self.shard,
            tenants: &self.tenants,
            now: self.now,
            is_used: &|_| self.used,
        };
        judge(&Signed::new(bytes, texts), &circumstances)
    }

    /// `value` as all of `pens` sign it.
    pub(super) fn hear(&self, value: &Value, pens: &[&Pen]) -> Result<Admitted, Refusal> {
        let bytes = value.to_string().into_bytes();
        let signatures: Vec<_> = pens.iter().map(|pen| pen.sign(&bytes)).collect();
        self.judge(&bytes, &signatures)
    }

    pub(super) fn code(&self, value: &Value, pens: &[&Pen]) -> &'static str {
        self.hear(value, pens).unwrap_err().code().as_str()
    }
}

pub(super) fn pause() -> Value {
    instruction("pause", json!({"scope": "tenant"}))
}

pub(super) fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut instruction = pause();
    instruction[name] = value.into();
    instruction
}
