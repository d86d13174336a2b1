//! A group that a program asks for, with whom it is to have. A group comes into being when somebody is to be in it,
//! so one without members is refused: nobody would be there for whose sake it is made, held, audited and read back.

use super::asked::{Asked, allowed};
use super::refusal::Refusal;
use crate::config::receive::clients::{Client, Operation};
use crate::model::ids::GroupName;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Whom one request may name.
const MEMBERS_MOST: usize = 50;

/// Signs that an id may have.
const ID_BYTES_MAX: usize = 256;

/// Membership of the group for each of them; whoever is first has it made, if the target says `create_groups`.
pub(super) fn create(client: &Client, body: &Value) -> Result<Vec<Asked>, Refusal> {
    let Value::Object(body) = body else {
        return Err(Refusal::malformed("body", "is no JSON object; send `name` and `members`"));
    };
    if let Some(name) = body.keys().find(|name| !["name", "members"].contains(&name.as_str())) {
        return Err(Refusal::malformed(name, "is not known; there are name and members"));
    }
    let name = body.get("name").and_then(Value::as_str).map(str::trim);
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(Refusal::malformed("name", "is missing; send the name of the group"));
    };
    let members = members(body.get("members").unwrap_or(&Value::Null))?;
    let group = GroupName::new(name);
    let asked = |id: &str| {
        let account = json!({ "target": client.target, "id": id });
        let data = json!({ "account": account, "request": { "group": group.as_str() } });
        Asked { operation: Operation::CreateGroup, data }
    };
    // A client that may not ask for it is told so, whomever it named.
    if members.is_empty() {
        allowed(client, vec![asked("")])?;
        return Err(Refusal::GroupEmpty);
    }
    allowed(client, members.iter().map(|id| asked(id)).collect())
}

/// The ids of accounts, each once.
fn members(value: &Value) -> Result<BTreeSet<String>, Refusal> {
    let wrong = || {
        Refusal::malformed(
            "members",
            "must be a list of the ids of accounts, as [\"u-1\"] or [{ \"id\": \"u-1\" }], of 50 at the most",
        )
    };
    let list = match value {
        Value::Null => return Ok(BTreeSet::new()),
        Value::Array(list) if list.len() <= MEMBERS_MOST => list,
        Value::Array(_)
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_) => return Err(wrong()),
    };
    let id = |it: &Value| it.as_str().or_else(|| it.get("id")?.as_str()).map(str::to_owned);
    let fits = |id: &String| !id.is_empty() && id.len() <= ID_BYTES_MAX;
    list.iter().map(|it| id(it).filter(fits).ok_or_else(wrong)).collect()
}
