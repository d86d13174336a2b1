//! What an operator says: the JSON inside the signed bytes, as values that cannot be wrong.
//!
//! Whoever sends a command builds an `Instruction` and signs its `to_bytes`; whoever receives it reads
//! the same with `parse`. A member that nobody knows is refused by name, for whoever wrote it thought
//! that it would be heeded.

mod flaw;
mod kinds;
mod replayed;
mod schema;
mod scope;
mod values;

use crate::command::signers::Principal;
use crate::decode::parse_json;
use crate::model::ids::TenantName;
use crate::model::schema::Instant;
use flaw::explain;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use flaw::InstructionFlaw;
pub use kinds::{Command, CommandKind, Reasserted};
pub use replayed::{Brought, RECORD_HEADER, RECORDS_MAX, Records, Replayed, ReplayedHeader};
pub use schema::schema;
pub use scope::{Destructive, Keep, Retried, Row, Scope, Undone};
pub use values::{Bytes, CommandId, Length, Many, PersonRef, Sha256Hex, Text};

/// The version of the form; another one is not guessed at.
const VERSION: u64 = 1;

/// How large a signed instruction may be, in bytes.
pub const INSTRUCTION_BYTES_MAX: usize = 256 * 1024;

/// How long a command lives that does not say it.
const LIFE: SignedDuration = SignedDuration::from_mins(15);

/// One command, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// No other command has it; it is obeyed once.
    pub id: CommandId,
    /// For which deployment it is, so that what was signed for a trial is nothing elsewhere.
    pub deployment: Text<64>,
    /// None: for all of them, which only a pause of everything can be, and its end.
    pub tenant: Option<TenantName>,
    /// Who says it.
    pub operator: Principal,
    pub command: Command,
    /// Why, for whoever reads the audit.
    pub reason: Text<500>,
    pub issued_at: Timestamp,
    /// None: 15 minutes after `issued_at`.
    pub expires_at: Option<Timestamp>,
}

/// The members besides `v`, `command` and `args`.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Envelope {
    id: CommandId,
    deployment: Text<64>,
    #[serde(default)]
    tenant: Option<TenantName>,
    operator: Principal,
    reason: Text<500>,
    #[serde(with = "values::instant")]
    #[schemars(with = "Instant")]
    issued_at: Timestamp,
    #[serde(default, deserialize_with = "values::instant::if_any")]
    #[schemars(with = "Option<Instant>")]
    expires_at: Option<Timestamp>,
}

/// The whole as it is written; its order is the order of the bytes.
#[derive(Serialize)]
struct Written<'a> {
    v: u64,
    id: CommandId,
    deployment: &'a Text<64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a TenantName>,
    operator: &'a Principal,
    #[serde(flatten)]
    command: &'a Command,
    reason: &'a Text<500>,
    #[serde(with = "values::instant")]
    issued_at: Timestamp,
    #[serde(with = "values::instant")]
    expires_at: Timestamp,
}

impl Instruction {
    /// Reads the signed bytes.
    ///
    /// # Errors
    ///
    /// If they are no JSON object, of another version, or hold what no command does. What stands in
    /// them is not told, but for the names of members.
    pub fn parse(bytes: &[u8]) -> Result<Self, InstructionFlaw> {
        let mut members = members(bytes)?;
        match members.remove("v") {
            Some(version) if version.as_u64() == Some(VERSION) => {}
            Some(version) => return Err(InstructionFlaw::Version(version.as_u64())),
            None => return Err(InstructionFlaw::Missing("v".to_owned())),
        }
        // The word first: what the arguments may be depends on it.
        let mut said = Map::new();
        for name in ["command", "args"] {
            let missing = || InstructionFlaw::Missing(name.to_owned());
            said.insert(name.to_owned(), members.remove(name).ok_or_else(missing)?);
        }
        // A list would be taken for the arguments in the order of their definition.
        if !said.get("args").is_some_and(Value::is_object) {
            return Err(InstructionFlaw::Value {
                place: "args".to_owned(),
                expected: "an object with the arguments by name".to_owned(),
            });
        }
        let command: Command = read(Value::Object(said))?;
        let rest: Envelope = read(Value::Object(members))?;
        if rest.tenant.is_none() && !command.is_for_all_tenants() {
            return Err(InstructionFlaw::Missing("tenant".to_owned()));
        }
        if rest.tenant.is_some() && command.is_for_all_tenants() {
            return Err(InstructionFlaw::TenantOfAll);
        }
        Ok(Self {
            id: rest.id,
            deployment: rest.deployment,
            tenant: rest.tenant,
            operator: rest.operator,
            command,
            reason: rest.reason,
            issued_at: rest.issued_at,
            expires_at: rest.expires_at,
        })
    }

    /// The bytes to sign: compact JSON, the same for the same instruction.
    pub fn to_bytes(&self) -> Vec<u8> {
        let written = Written {
            v: VERSION,
            id: self.id,
            deployment: &self.deployment,
            tenant: self.tenant.as_ref(),
            operator: &self.operator,
            command: &self.command,
            reason: &self.reason,
            issued_at: self.issued_at,
            expires_at: self.ends_at(),
        };
        // Its keys are strings and nothing in it refuses, so this cannot fail.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// From when on it is nothing any more.
    pub fn ends_at(&self) -> Timestamp {
        let unless_said = || self.issued_at.saturating_add(LIFE).unwrap_or(Timestamp::MAX);
        self.expires_at.unwrap_or_else(unless_said)
    }
}

/// The members of the one object that `bytes` are.
fn members(bytes: &[u8]) -> Result<Map<String, Value>, InstructionFlaw> {
    if bytes.len() > INSTRUCTION_BYTES_MAX {
        return Err(InstructionFlaw::TooLong);
    }
    let json = parse_json(bytes, "value").map_err(|why| InstructionFlaw::NotJson(why.text))?;
    if let Some(doubled) = json.doubled.values().next() {
        return Err(InstructionFlaw::NotJson(doubled.why(None).text));
    }
    match json.value {
        Value::Object(members) => Ok(members),
        _ => Err(InstructionFlaw::NotJson("the value is no JSON object".to_owned())),
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, InstructionFlaw> {
    serde_path_to_error::deserialize(value).map_err(|error| explain(&error))
}
