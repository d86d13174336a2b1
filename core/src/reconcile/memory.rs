//! What is remembered between comparisons over restarts: in `usher.inventory`, beside the inventories.

use super::History;
use super::telling::Told;
use crate::inventory::{Keeper, Unfit};
use crate::model::StateWrite;
use crate::model::ids::{TargetName, TenantName};
use crate::roster::Census;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version that is written. A reader takes this one and the next.
const VERSION: u8 = 1;
/// Text in one record.
const PART_BYTES: usize = 128 * 1024;

/// All that is remembered of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// How often lists have missed whom.
    pub history: History,
    /// Of which accounts, and of whom, events were written, and what they said last.
    #[serde(default)]
    pub told: BTreeMap<TargetName, BTreeMap<String, Told>>,
    /// The last list of each name that was taken: the next is judged by it.
    #[serde(default)]
    pub census: BTreeMap<String, Census>,
    /// Records that it takes; fewer than before leave some to be removed.
    #[serde(default)]
    parts: usize,
}

/// A part of it.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "Memory")]
struct Part {
    v: u8,
    of: usize,
    text: String,
}

fn key(tenant: &TenantName, part: usize) -> String {
    format!("past:{tenant}:{part:06}")
}

impl Memory {
    /// What was remembered of a tenant; nothing, if nothing ever was.
    pub fn of(keeper: &Keeper, tenant: &TenantName) -> Result<Self, Unfit> {
        let read = |number: usize| -> Result<Option<Part>, Unfit> {
            let Some(bytes) = keeper.record(&key(tenant, number)) else { return Ok(None) };
            let unreadable =
                |error: serde_json::Error| Unfit::Unreadable(format!("{:?}", error.classify()));
            let part: Part = serde_json::from_slice(bytes).map_err(unreadable)?;
            if part.v > VERSION + 1 { Err(Unfit::Newer(part.v)) } else { Ok(Some(part)) }
        };
        let Some(first) = read(0)? else { return Ok(Self::default()) };
        let mut text = first.text;
        for number in 1..first.of {
            let part = read(number)?.filter(|part| part.of == first.of);
            let missing = || Unfit::Unreadable("a part is missing".to_owned());
            text.push_str(&part.ok_or_else(missing)?.text);
        }
        let memory: Self = serde_json::from_str(&text)
            .map_err(|error| Unfit::Unreadable(format!("{:?}", error.classify())))?;
        Ok(Self { parts: first.of, ..memory })
    }

    /// The records that keep it in place of `before`; none, if nothing has changed.
    pub fn records(&self, tenant: &TenantName, before: &Self) -> Vec<StateWrite> {
        let is_same = Self { parts: 0, ..self.clone() } == Self { parts: 0, ..before.clone() };
        if is_same {
            return Vec::new();
        }
        let text = serde_json::to_string(&Self { parts: 0, ..self.clone() })
            .expect("its keys are texts, and memory takes what is written");
        let pieces = pieces(&text);
        let of = pieces.len();
        let write = |(number, piece): (usize, &str)| {
            let part = Part { v: VERSION, of, text: piece.to_owned() };
            let value = serde_json::to_vec(&part).expect("it holds a text and two numbers");
            StateWrite { key: key(tenant, number), value: Some(value) }
        };
        let stale = (of..before.parts).map(|number| key(tenant, number));
        let stale = stale.map(|key| StateWrite { key, value: None });
        pieces.into_iter().enumerate().map(write).chain(stale).collect()
    }
}

/// What a record of `usher.inventory` holds, as a JSON Schema: what a target has, or what was remembered
/// of lists, which is usher's own.
pub fn schema(settings: schemars::generate::SchemaSettings) -> schemars::Schema {
    let mut generator = settings.for_serialize().into_generator();
    let [head, rows, day] = crate::inventory::schemas(&mut generator);
    let remembered = generator.subschema_for::<Part>();
    let mut schema = schemars::json_schema!({ "anyOf": [head, rows, day, remembered] });
    let definitions = generator.take_definitions(true);
    schema.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    schema.insert("definitions".to_owned(), definitions.into());
    schema
}

/// The text in pieces, none of which cuts a letter.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > PART_BYTES {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PART_BYTES));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
