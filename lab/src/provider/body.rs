//! Bodies of requests: a resource, or the operations of a PATCH.

use super::Ask;
use crate::provider::directory::filter::get;
use crate::provider::directory::path::{Parsed, Reading, parse};
use crate::provider::directory::schema::{self, Schema};
use crate::provider::directory::{Act, Edit, Refusal, UserEdit};
use crate::provider::manners::Manners;
use serde_json::{Map, Value as Json};

/// More than any client sends; Netskope's own sends one.
const OPERATIONS_MAX: usize = 1_000;

pub(super) fn object(ask: &Ask) -> Result<Map<String, Json>, Refusal> {
    match serde_json::from_slice(&ask.body) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::Syntax("it is no JSON object")),
        Err(_) => Err(Refusal::Syntax("it is no JSON")),
    }
}

pub(super) fn user_edits(ask: &Ask, manners: &Manners) -> Result<Vec<UserEdit>, Refusal> {
    let edits = steps(ask, manners, &schema::USER)?.into_iter().map(|step| {
        Ok(match step.parsed {
            Parsed::Path(path) => UserEdit::Known(Edit { act: step.act, path, value: step.value }),
            Parsed::Custom(name) => UserEdit::of_custom(step.act, &name, step.value),
            Parsed::AllCustom if step.act != Act::Add => UserEdit::NoCustom,
            Parsed::AllCustom => UserEdit::Custom(custom(step.value)?),
        })
    });
    edits.collect()
}

pub(super) fn group_edits(ask: &Ask, manners: &Manners) -> Result<Vec<Edit>, Refusal> {
    let steps = steps(ask, manners, &schema::GROUP)?;
    let edits = steps.into_iter().filter_map(|step| match step.parsed {
        Parsed::Path(path) => Some(Edit { act: step.act, path, value: step.value }),
        Parsed::Custom(_) | Parsed::AllCustom => None,
    });
    Ok(edits.collect())
}

fn custom(value: Json) -> Result<Map<String, Json>, Refusal> {
    match value {
        Json::Object(object) => Ok(object),
        _ => Err(Refusal::Value("An extension must be an object".to_owned())),
    }
}

/// One attribute of one operation.
struct Step {
    act: Act,
    parsed: Parsed,
    value: Json,
}

fn steps(ask: &Ask, manners: &Manners, schema: &'static Schema) -> Result<Vec<Step>, Refusal> {
    let body = object(ask)?;
    let Some(Json::Array(operations)) = get(&body, "Operations") else {
        return Err(Refusal::Syntax("there are no Operations"));
    };
    if operations.is_empty() || operations.len() > OPERATIONS_MAX {
        return Err(Refusal::Syntax("there are no Operations, or too many"));
    }
    let reading = Reading {
        folds_case: manners.folds_path_case,
        has_custom: manners.custom_attributes.is_some(),
    };
    let mut steps = Vec::new();
    for operation in operations {
        let operation =
            operation.as_object().ok_or(Refusal::Syntax("an operation is no object"))?;
        let act = act(operation)?;
        let value = get(operation, "value").cloned().unwrap_or_default();
        match get(operation, "path") {
            Some(Json::String(path)) => {
                add_steps(&mut steps, act, parse(path, schema, reading)?, value);
            }
            Some(path) if !path.is_null() => return Err(Refusal::Syntax("a path is no text")),
            _ if act == Act::Remove => return Err(Refusal::NoTarget("(none)".to_owned())),
            _ if !manners.pathless_patch_works => return Err(Refusal::Path("(none)".to_owned())),
            _ => {
                let Json::Object(members) = value else {
                    return Err(Refusal::Syntax("without a path, a value must be an object"));
                };
                for (name, value) in members {
                    if !schema::is_common(&name) {
                        add_steps(&mut steps, act, parse(&name, schema, reading)?, value);
                    }
                }
            }
        }
    }
    Ok(steps)
}

fn act(operation: &Map<String, Json>) -> Result<Act, Refusal> {
    let name = get(operation, "op").and_then(Json::as_str).unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "add" => Ok(Act::Add),
        "replace" => Ok(Act::Replace),
        "remove" => Ok(Act::Remove),
        _ => Err(Refusal::Syntax("an op is add, replace or remove")),
    }
}

/// To replace all custom attributes is to drop them first.
fn add_steps(steps: &mut Vec<Step>, act: Act, parsed: Parsed, value: Json) {
    if act == Act::Replace && matches!(parsed, Parsed::AllCustom) {
        steps.push(Step { act: Act::Remove, parsed: Parsed::AllCustom, value: Json::Null });
        steps.push(Step { act: Act::Add, parsed, value });
    } else {
        steps.push(Step { act, parsed, value });
    }
}
