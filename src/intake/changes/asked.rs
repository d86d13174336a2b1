//! What a program asks for, as it is read in a body. What is not known is refused: a misspelt `status` would
//! leave somebody in.

use super::refusal::Refusal;
use crate::config::receive::clients::{Client, Operation};
use crate::model::ids::GroupName;
use serde_json::{Map, Value, json};

/// Groups that one request may name; longer lists are no request.
const GROUPS_MOST: usize = 50;

/// Signs that a text may have.
const TEXT_BYTES_MAX: usize = 1024;

/// One thing that is asked for, of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) operation: Operation,
    /// The `data` of the event.
    pub(super) data: Value,
}

/// What a body holds, as members of an event.
#[derive(Default)]
struct Body {
    worker: Map<String, Value>,
    profile: Map<String, Value>,
    is_active: Option<bool>,
    join: Vec<GroupName>,
    leave: Vec<GroupName>,
}

/// An account for somebody.
pub(super) fn create(client: &Client, body: &Value) -> Result<Vec<Asked>, Refusal> {
    let body = Body::read(body)?;
    if !body.worker.contains_key("user_name") {
        return Err(Refusal::malformed("username", "is missing; send the name of the account"));
    }
    if body.is_active == Some(false) || !body.leave.is_empty() {
        return Err(Refusal::malformed(
            "status",
            "a user is made active; deactivate them afterwards",
        ));
    }
    let whose = json!({ "target": client.target });
    body.asked(client, &whose, Operation::Create)
}

/// Changes of the account with this id.
pub(super) fn update(client: &Client, id: &str, body: &Value) -> Result<Vec<Asked>, Refusal> {
    let body = Body::read(body)?;
    for (member, told) in [("user_name", "username"), ("employee_id", "employee_number")] {
        if body.worker.contains_key(member) {
            let why = "says who somebody is, which HR says; it can be given when a user is created";
            return Err(Refusal::malformed(told, why));
        }
    }
    let whose = json!({ "target": client.target, "id": id });
    let operation = match body.is_active {
        Some(true) => Operation::Activate,
        Some(false) => Operation::Deactivate,
        None => Operation::Update,
    };
    let asked = body.asked(client, &whose, operation)?;
    if asked.is_empty() {
        return Err(Refusal::malformed("body", "asks for nothing; send what should change"));
    }
    Ok(asked)
}

/// That the account with this id goes.
pub(super) fn delete(client: &Client, id: &str) -> Result<Vec<Asked>, Refusal> {
    let data = json!({ "account": { "target": client.target, "id": id } });
    allowed(client, vec![Asked { operation: Operation::Delete, data }])
}

impl Body {
    fn read(body: &Value) -> Result<Self, Refusal> {
        let Value::Object(members) = body else {
            return Err(Refusal::malformed("body", "is no JSON object; send the user's fields"));
        };
        let mut read = Self::default();
        for (name, value) in members {
            read.member(name, value)?;
        }
        Ok(read)
    }

    fn member(&mut self, name: &str, value: &Value) -> Result<(), Refusal> {
        let profile = match name {
            "username" => return put(&mut self.worker, "user_name", name, value),
            "employee_number" => return put(&mut self.worker, "employee_id", name, value),
            "emails" => {
                let email = email(value)?;
                self.worker.insert("work_email".to_owned(), email);
                return Ok(());
            }
            "status" => {
                self.is_active = Some(match value.as_str() {
                    Some("active") => true,
                    Some("inactive") => false,
                    Some(_) | None => {
                        return Err(Refusal::malformed(name, "must be `active` or `inactive`"));
                    }
                });
                return Ok(());
            }
            "groups" => {
                (self.join, self.leave) = groups(value)?;
                return Ok(());
            }
            "first_name" => "given_name",
            "last_name" => "family_name",
            "name" => "display_name",
            "title" => "title",
            "department" => "department",
            _ => {
                return Err(Refusal::malformed(
                    name,
                    "is not known; there are username, emails, employee_number, first_name, last_name, name, \
                     title, department, status and groups",
                ));
            }
        };
        put(&mut self.profile, profile, name, value)
    }

    /// What it comes to: one event for the account, and one for each group.
    fn asked(
        self,
        client: &Client,
        whose: &Value,
        operation: Operation,
    ) -> Result<Vec<Asked>, Refusal> {
        let Self { worker, profile, join, leave, .. } = self;
        let says_nothing = worker.is_empty() && profile.is_empty();
        let with = |members: &[(&str, Value)]| {
            let mut data = Map::from_iter([("account".to_owned(), whose.clone())]);
            data.extend(members.iter().map(|(name, it)| ((*name).to_owned(), it.clone())));
            Value::Object(data)
        };
        let names = Value::Object(worker.clone());
        let said = [("worker", names.clone()), ("profile", Value::Object(profile))];
        let mut all = Vec::new();
        // What takes access says nothing of attributes; what is said of them stands apart.
        if operation == Operation::Deactivate {
            all.push(Asked { operation, data: with(&[]) });
        }
        let changes =
            if operation == Operation::Deactivate { Operation::Update } else { operation };
        if changes != Operation::Update || !says_nothing {
            all.push(Asked { operation: changes, data: with(&said) });
        }
        let of_groups = [(Operation::Join, join), (Operation::Leave, leave)];
        for (operation, groups) in of_groups {
            for group in groups {
                let request = json!({ "group": group.as_str() });
                let of = [("worker", names.clone()), ("request", request)];
                all.push(Asked { operation, data: with(&of) });
            }
        }
        allowed(client, all)
    }
}

/// All of it, if the client may ask for all of it.
pub(super) fn allowed(client: &Client, asked: Vec<Asked>) -> Result<Vec<Asked>, Refusal> {
    for it in &asked {
        if !client.may.contains(&it.operation) {
            return Err(Refusal::Operation(it.operation));
        }
        let group = it.data.pointer("/request/group").and_then(Value::as_str);
        if group.is_some_and(|group| !client.groups.contains(&GroupName::new(group))) {
            return Err(Refusal::Group);
        }
    }
    Ok(asked)
}

fn put(
    into: &mut Map<String, Value>,
    member: &str,
    name: &str,
    value: &Value,
) -> Result<(), Refusal> {
    let fits = match value {
        Value::String(text) => text.len() <= TEXT_BYTES_MAX,
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    };
    if !fits {
        return Err(Refusal::malformed(name, "must be text of 1024 bytes at the most, or null"));
    }
    into.insert(member.to_owned(), value.clone());
    Ok(())
}

/// The one address that counts: the primary one, or the only one.
fn email(value: &Value) -> Result<Value, Refusal> {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_primary = |it: &&Value| it.get("is_primary").and_then(Value::as_bool) == Some(true);
    let one = match all {
        [only] => Some(only),
        _ => all.iter().find(is_primary),
    };
    let text = one.and_then(|it| it.as_str().or_else(|| it.get("email")?.as_str()));
    let text = text.filter(|text| !text.is_empty() && text.len() <= TEXT_BYTES_MAX);
    text.map(|text| json!(text)).ok_or_else(|| {
        Refusal::malformed("emails", "must hold one address, or one with `is_primary: true`")
    })
}

/// Groups to be in, and groups to be out of. A list alone is of groups to be in; nothing else is left by it.
fn groups(value: &Value) -> Result<(Vec<GroupName>, Vec<GroupName>), Refusal> {
    match value {
        Value::Array(list) => Ok((names(list)?, Vec::new())),
        Value::Object(both) => {
            let of = |member: &str| match both.get(member) {
                None => Ok(Vec::new()),
                Some(Value::Array(list)) => names(list),
                Some(_) => Err(of_groups()),
            };
            if both.keys().any(|key| key != "add" && key != "remove") {
                return Err(of_groups());
            }
            Ok((of("add")?, of("remove")?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Err(of_groups()),
    }
}

fn names(list: &[Value]) -> Result<Vec<GroupName>, Refusal> {
    if list.len() > GROUPS_MOST {
        return Err(Refusal::malformed("groups", "are more than 50; ask for fewer at once"));
    }
    let name = |it: &Value| it.as_str().or_else(|| it.get("name")?.as_str()).map(GroupName::new);
    list.iter().map(|it| name(it).ok_or_else(of_groups)).collect()
}

fn of_groups() -> Refusal {
    Refusal::malformed(
        "groups",
        "must be names, as [\"VPN_Allowed\"] or { \"add\": […], \"remove\": […] }; ids are not read, for rules \
         know groups by their names",
    )
}
