//! The face that a directory shows to worlds without HTTP: the model's requests and outcomes.
//!
//! It is always right and never tired; what goes wrong on the way is the world's business. Reads show
//! the state at the instant at which they are applied.

use super::directory::filter::Filter;
use super::directory::path::{Path, Place};
use super::directory::schema::{self, Attribute, Kind};
use super::directory::{Act, Directory, Edit, Group, Refusal, User, UserEdit};
use crate::inventory::scope::Grant;
use crate::model::{
    Account, AttributeName, Failure, Field, GroupName, GroupRef, Landed, ListedAccount,
    ListedGroup, Operation, Outcome, Page, Reply, Request, ScimId, Value, Verdict,
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::slice;
use std::sync::LazyLock;

/// Items on a page: few, so that there are several pages.
const PAGE: usize = 5;

impl Directory {
    /// Takes in one request, and says what an honest provider would answer; accounts are as `shown`.
    pub fn perform(
        &mut self,
        request: &Request,
        shown: impl Fn(&Self, &User) -> Account,
    ) -> Outcome {
        match request {
            Request::FindAccounts { attribute, value } => {
                let found = self.find(attribute, value).into_iter();
                Outcome::Done(Reply::Accounts(found.map(|user| shown(self, user)).collect()))
            }
            Request::ReadAccount { account } => {
                let user = self.shown_user(account.as_str()).map(|user| shown(self, user));
                Outcome::Done(user.map_or(Reply::Gone, Reply::Account))
            }
            Request::FindGroups { name } => Outcome::Done(Reply::Groups(self.groups_named(name))),
            Request::ListAccounts { received } => {
                let users = self.shown_users();
                let total = users.len();
                let listed = page_of(users, *received)
                    .map(|user| ListedAccount { account: shown(self, user), created: None });
                Outcome::Done(Reply::AccountPage(page(listed.collect(), total)))
            }
            Request::ListGroups { received } => {
                let groups: Vec<&Group> = self.groups().collect();
                let total = groups.len();
                let listed = page_of(groups, *received).map(|group| ListedGroup {
                    id: ScimId::new(group.id.as_str()),
                    name: GroupName::new(group.name()),
                    created: None,
                    changed: None,
                });
                Outcome::Done(Reply::GroupPage(page(listed.collect(), total)))
            }
            // Pages of the console stand beside SCIM: `lab/src/provider/console.rs`.
            Request::ReadScope { .. } => Outcome::Done(Reply::NoScope(Grant::NotThere)),
            Request::ReadMembers { group } => {
                let group = self.group(group.id.as_str());
                Outcome::Done(group.map_or(Reply::Gone, |group| {
                    Reply::Members(group.members.iter().map(ScimId::new).collect())
                }))
            }
            Request::AddMembers { group, accounts } => {
                self.set_members(group, joining(accounts).as_slice())
            }
            Request::Write(operation) => self.write(operation),
        }
    }

    /// Does it, and says what an honest provider would answer.
    pub fn write(&mut self, operation: &Operation) -> Outcome {
        let done = match operation {
            Operation::Create { active, attributes } => {
                let made = self.create_user(&new_user(*active, attributes));
                made.map(|user| Reply::Account(account_of(user)))
            }
            Operation::Change { account, active, attributes } => {
                self.change(account, *active, attributes)
            }
            Operation::AddMember { account, group } => {
                return self.set_members(group, joining(slice::from_ref(account)).as_slice());
            }
            Operation::RemoveMember { account, group } => {
                return self.set_members(group, leaving(account).as_slice());
            }
            Operation::CreateGroup { name } => {
                let given = Map::from_iter([("displayName".to_owned(), Json::from(name.as_str()))]);
                let made = self.create_group(&given);
                made.map(|group| Reply::Groups(vec![reference(group.name(), group)]))
            }
            Operation::Delete { account } => {
                self.delete_user(account.as_str()).map(|()| Reply::Changed)
            }
        };
        match (done, operation) {
            (Ok(reply), _) => Outcome::Done(reply),
            (Err(Refusal::Taken(_)), Operation::Create { .. } | Operation::CreateGroup { .. }) => {
                Outcome::Done(Reply::Exists)
            }
            (Err(refusal), _) => outcome_of(&refusal),
        }
    }

    fn change(
        &mut self,
        id: &ScimId,
        active: Option<bool>,
        attributes: &BTreeMap<AttributeName, Field>,
    ) -> Result<Reply, Refusal> {
        let missing = || Refusal::NotThere(id.to_string());
        let user = self.user(id.as_str()).ok_or_else(missing)?;
        let mut edits: Vec<UserEdit> =
            edits_of(user, active, attributes).map(UserEdit::Known).collect();
        edits.extend(custom_edit(attributes));
        self.edit_user(id.as_str(), &edits).map(|user| Reply::Account(account_of(user)))
    }

    fn set_members(&mut self, group: &GroupRef, edits: &[Edit]) -> Outcome {
        match self.edit_group(group.id.as_str(), edits) {
            Ok(_group) => Outcome::Done(Reply::Changed),
            Err(refusal) => outcome_of(&refusal),
        }
    }

    /// Shown users whose `attribute` equals `value`, without case (RFC 7643 §4.1.1).
    pub fn find(&self, attribute: &AttributeName, value: &str) -> Vec<&User> {
        if *attribute == AttributeName::USER_NAME {
            return self.shown_user_named(value).into_iter().collect();
        }
        let has = |user: &&User| {
            text_at(user, attribute).is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        self.shown_users().into_iter().filter(has).collect()
    }

    /// The groups of that name; if one has exactly these letters, no other: so the client takes them.
    pub fn groups_named(&self, name: &GroupName) -> Vec<GroupRef> {
        let is_exact = |group: &&Group| group.name() == name.as_str();
        let has_exact = self.groups().any(|group| is_exact(&group));
        let is_alike = |group: &&Group| group.name().eq_ignore_ascii_case(name.as_str());
        let meant = self.groups().filter(is_alike).filter(|it| !has_exact || is_exact(it));
        meant.map(|group| reference(name.as_str(), group)).collect()
    }
}

/// What one page holds, after so many.
fn page_of<T>(all: Vec<T>, received: u64) -> impl Iterator<Item = T> {
    all.into_iter().skip(usize::try_from(received).unwrap_or(usize::MAX)).take(PAGE)
}

fn page<T>(items: Vec<T>, total: usize) -> Page<T> {
    Page { received: items.len() as u64, items, total: Some(total as u64), goes_on: false }
}

fn reference(name: &str, group: &Group) -> GroupRef {
    GroupRef { name: GroupName::new(name), id: ScimId::new(group.id.as_str()) }
}

/// What a refusal would be to a client.
pub fn outcome_of(refusal: &Refusal) -> Outcome {
    match refusal {
        Refusal::NotThere(_) | Refusal::UnknownMember(_) => Outcome::Done(Reply::Gone),
        Refusal::Taken(_) => refused("409 uniqueness"),
        _ => refused("400"),
    }
}

fn refused(what: &str) -> Outcome {
    Outcome::Failed(Failure { verdict: Verdict::Stuck, landed: Landed::No, what: what.to_owned() })
}

fn edit(act: Act, path: Path, value: Json) -> Edit {
    Edit { act, path, value }
}

fn joining(accounts: &[ScimId]) -> Option<Edit> {
    let members = schema::find(schema::GROUP.attributes, "members")?;
    let value = accounts.iter().map(|account| json!({ "value": account.as_str() })).collect();
    Some(edit(Act::Add, Path::of(Place::Core(members)), value))
}

fn leaving(account: &ScimId) -> Option<Edit> {
    let members = schema::find(schema::GROUP.attributes, "members")?;
    let path = Path::of(Place::Core(members));
    let path = path.with_filter(Filter::equal("value", account.as_str()));
    Some(edit(Act::Remove, path, Json::Null))
}

/// Where an attribute of the model stands.
struct Spot {
    name: AttributeName,
    place: Place,
    attribute: &'static Attribute,
    sub: Option<&'static Attribute>,
}

static SPOTS: LazyLock<Vec<Spot>> =
    LazyLock::new(|| AttributeName::all().filter_map(|name| Spot::of(&name)).collect());

impl Spot {
    fn of(name: &AttributeName) -> Option<Self> {
        let core = |name| schema::find(schema::USER.attributes, name);
        let (place, attribute, sub) = match name.as_str().split_once('.') {
            Some(("enterprise", name)) => {
                let attribute = schema::find(schema::ENTERPRISE.attributes, name)?;
                let sub = match &attribute.kind {
                    Kind::Complex(subs) => schema::find(subs, "value"),
                    Kind::Text | Kind::Flag | Kind::Values(_) => None,
                };
                (Place::Enterprise(attribute), attribute, sub)
            }
            Some((head, sub)) => {
                let attribute = core(head)?;
                let sub = if sub == "work" { "value" } else { sub };
                let (Kind::Complex(subs) | Kind::Values(subs)) = &attribute.kind else {
                    return None;
                };
                (Place::Core(attribute), attribute, schema::find(subs, sub))
            }
            None => core(name.as_str()).map(|found| (Place::Core(found), found, None))?,
        };
        Some(Self { name: name.clone(), place, attribute, sub })
    }

    fn named(name: &AttributeName) -> Option<&'static Self> {
        SPOTS.iter().find(|spot| spot.name == *name)
    }

    fn is_list(&self) -> bool {
        matches!(self.attribute.kind, Kind::Values(_))
    }

    fn text<'a>(&self, user: &'a User) -> Option<&'a str> {
        let fields = match self.place {
            Place::Core(_) => &user.fields,
            Place::Enterprise(_) | Place::WholeEnterprise => {
                user.fields.get(schema::ENTERPRISE_USER)?.as_object()?
            }
        };
        let found = fields.get(self.attribute.name)?;
        match (found, self.sub) {
            (Json::Array(items), _) => items
                .iter()
                .find(|item| item.get("type").and_then(Json::as_str) == Some("work"))?
                .get("value")?
                .as_str(),
            (Json::Object(object), Some(sub)) => object.get(sub.name)?.as_str(),
            _ => found.as_str(),
        }
    }
}

pub fn text_at<'a>(user: &'a User, name: &AttributeName) -> Option<&'a str> {
    Spot::named(name)?.text(user)
}

pub fn account_of(user: &User) -> Account {
    let text = |spot: &Spot| Some((spot.name.clone(), Value::Text(spot.text(user)?.to_owned())));
    let custom = user.fields.get(schema::TENANT_USER).and_then(Json::as_object);
    let custom = custom.into_iter().flatten().filter_map(|(key, value)| {
        Some((AttributeName::custom(key)?, serde_json::from_value(value.clone()).ok()?))
    });
    Account {
        id: ScimId::new(user.id.as_str()),
        active: user.fields.get("active").and_then(Json::as_bool),
        attributes: SPOTS.iter().filter_map(text).chain(custom).collect(),
        groups: None,
        changed: None,
    }
}

/// The change of those that are the customer's own.
fn custom_edit(attributes: &BTreeMap<AttributeName, Field>) -> Option<UserEdit> {
    let custom = attributes.iter().filter_map(|(name, field)| {
        let value = match field {
            Field::Set(value) => json!(value),
            Field::Clear => Json::Null,
        };
        Some((name.custom_key()?.to_owned(), value))
    });
    let custom: Map<String, Json> = custom.collect();
    (!custom.is_empty()).then_some(UserEdit::Custom(custom))
}

/// A change, as a client that knows the account would write it.
pub fn edits_of<'a>(
    user: &'a User,
    active: Option<bool>,
    attributes: &'a BTreeMap<AttributeName, Field>,
) -> impl Iterator<Item = Edit> + use<'a> {
    let active = active.and_then(|active| {
        let attribute = schema::find(schema::USER.attributes, "active")?;
        Some(edit(Act::Replace, Path::of(Place::Core(attribute)), active.into()))
    });
    attributes.iter().filter_map(|(name, field)| edit_of(user, name, field)).chain(active)
}

/// The change of one attribute, as a client that knows the account would write it.
fn edit_of(user: &User, name: &AttributeName, field: &Field) -> Option<Edit> {
    let spot = Spot::named(name)?;
    let path = Path::of(spot.place);
    Some(match (field, spot.sub) {
        (Field::Set(value), _) if spot.is_list() && spot.text(user).is_none() => {
            edit(Act::Add, path, work_values(value))
        }
        (Field::Set(value), Some(sub)) if spot.is_list() => {
            let path = path.with_filter(Filter::equal("type", "work")).with_sub(sub);
            edit(Act::Replace, path, value.to_text().into())
        }
        (Field::Clear, _) if spot.is_list() => {
            edit(Act::Remove, path.with_filter(Filter::equal("type", "work")), Json::Null)
        }
        (Field::Set(value), Some(sub)) => {
            edit(Act::Replace, path.with_sub(sub), value.to_text().into())
        }
        (Field::Set(value), None) => edit(Act::Replace, path, value.to_text().into()),
        (Field::Clear, Some(sub)) => edit(Act::Remove, path.with_sub(sub), Json::Null),
        (Field::Clear, None) => edit(Act::Remove, path, Json::Null),
    })
}

fn work_values(value: &Value) -> Json {
    json!([{ "value": value.to_text(), "type": "work" }])
}

fn new_user(active: bool, attributes: &BTreeMap<AttributeName, Value>) -> Map<String, Json> {
    let mut user = Map::from_iter([("active".to_owned(), Json::from(active))]);
    for (name, value) in attributes {
        if let Some(key) = name.custom_key() {
            put_within(&mut user, schema::TENANT_USER.to_owned(), key, json!(value));
        }
        let Some(spot) = Spot::named(name) else {
            continue;
        };
        let key = spot.attribute.name.to_owned();
        let text = Json::from(value.to_text());
        match (spot.place, spot.sub) {
            (Place::Core(_), _) if spot.is_list() => {
                user.insert(key, work_values(value));
            }
            (Place::Core(_), None) => {
                user.insert(key, text);
            }
            (Place::Core(_), Some(sub)) => put_within(&mut user, key, sub.name, text),
            (Place::Enterprise(_) | Place::WholeEnterprise, sub) => {
                let urn = schema::ENTERPRISE_USER.to_owned();
                let value = sub.map_or(text.clone(), |sub| json!({ sub.name: text }));
                put_within(&mut user, urn, spot.attribute.name, value);
            }
        }
    }
    user
}

fn put_within(user: &mut Map<String, Json>, key: String, name: &str, value: Json) {
    let inner = user.entry(key).or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(inner) = inner {
        inner.insert(name.to_owned(), value);
    }
}
