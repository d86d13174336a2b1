//! The face that the sandbox's directory shows to the simulation: the model's requests and outcomes.
//!
//! It is always right and never tired; what goes wrong on the way is the weather's business. Reads
//! show the state at the instant at which they are applied.

use crate::model::{
    Account, AttributeName, Failure, Field, GroupName, GroupRef, Landed, Operation, Outcome, Reply,
    Request, ScimId, Value, Verdict,
};
use crate::provider::directory::filter::Filter;
use crate::provider::directory::path::{Path, Place};
use crate::provider::directory::schema::{self, Attribute, Kind};
use crate::provider::directory::{Act, Directory, Edit, Group, Ids, Refusal, User, UserEdit};
use crate::provider::manners::Manners;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::slice;
use std::sync::LazyLock;

/// The provider's users and groups.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(super) directory: Directory,
    /// Until when it was what.
    pub(super) past: VecDeque<(Timestamp, Directory)>,
    /// Groups that others have made beside one of the same name.
    pub(super) doubles: BTreeSet<String>,
    /// Groups that nobody means, whose names differ from those of others in letters' case only.
    pub(super) look_alikes: BTreeSet<String>,
    /// Accounts say which groups they are in.
    pub(super) says_groups: bool,
}

impl Provider {
    /// A provider with these groups, all empty, and no users.
    pub fn with_groups<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let manners = Manners { members_must_exist: true, ..Manners::rfc7644() };
        let mut provider = Self::of(Directory::new(manners, Ids::Plain));
        for name in names {
            let group = Map::from_iter([("displayName".to_owned(), Json::from(name))]);
            // A name is all that a group needs.
            let _made = provider.directory.create_group(&group);
        }
        provider
    }

    pub(super) fn of(directory: Directory) -> Self {
        Self {
            directory,
            past: VecDeque::new(),
            doubles: BTreeSet::new(),
            look_alikes: BTreeSet::new(),
            says_groups: false,
        }
    }

    /// Takes in one request, and says what an honest provider would answer.
    pub fn apply(&mut self, request: &Request) -> Outcome {
        match request {
            Request::FindAccounts { attribute, value } => {
                Outcome::Done(Reply::Accounts(self.find(attribute, value)))
            }
            Request::ReadAccount { account } => {
                Outcome::Done(self.read(account).map_or(Reply::Gone, Reply::Account))
            }
            Request::FindGroups { name } => Outcome::Done(Reply::Groups(self.groups_named(name))),
            Request::ReadMembers { group } => {
                let group = self.directory.group(group.id.as_str());
                Outcome::Done(group.map_or(Reply::Gone, |group| {
                    Reply::Members(group.members.iter().map(ScimId::new).collect())
                }))
            }
            Request::AddMembers { group, accounts } => {
                self.edit_members(group, joining(accounts).as_slice())
            }
            Request::Write(operation) => self.write(operation),
        }
    }

    fn create_group(&mut self, name: &GroupName) -> Outcome {
        let given = Map::from_iter([("displayName".to_owned(), Json::from(name.as_str()))]);
        match self.directory.create_group(&given) {
            Ok(group) => Outcome::Done(Reply::Groups(vec![reference_to(group)])),
            Err(Refusal::Taken(_)) => Outcome::Done(Reply::Exists),
            Err(refusal) => outcome_of(&refusal),
        }
    }

    fn write(&mut self, operation: &Operation) -> Outcome {
        match operation {
            Operation::Create { active, attributes } => self.create(*active, attributes),
            Operation::Change { account, active, attributes } => {
                self.change(account, *active, attributes)
            }
            Operation::AddMember { account, group } => {
                self.edit_members(group, joining(slice::from_ref(account)).as_slice())
            }
            Operation::RemoveMember { account, group } => {
                self.edit_members(group, leaving(account).as_slice())
            }
            Operation::CreateGroup { name } => self.create_group(name),
            Operation::Delete { account } => match self.directory.delete_user(account.as_str()) {
                Ok(()) => Outcome::Done(Reply::Changed),
                Err(refusal) => outcome_of(&refusal),
            },
        }
    }

    /// Adds a user without further ado, as if it had always been there.
    pub fn create(&mut self, active: bool, attributes: &BTreeMap<AttributeName, Value>) -> Outcome {
        match self.directory.create_user(&new_user(active, attributes)) {
            Ok(user) => Outcome::Done(Reply::Account(account_of(user))),
            Err(Refusal::Taken(_)) => Outcome::Done(Reply::Exists),
            Err(refusal) => outcome_of(&refusal),
        }
    }

    fn change(
        &mut self,
        id: &ScimId,
        active: Option<bool>,
        attributes: &BTreeMap<AttributeName, Field>,
    ) -> Outcome {
        let Some(user) = self.directory.user(id.as_str()) else {
            return Outcome::Done(Reply::Gone);
        };
        let edits: Vec<UserEdit> =
            edits_of(user, active, attributes).map(UserEdit::Known).collect();
        match self.directory.edit_user(id.as_str(), &edits) {
            Ok(user) => Outcome::Done(Reply::Account(account_of(user))),
            Err(refusal) => outcome_of(&refusal),
        }
    }

    fn edit_members(&mut self, group: &GroupRef, edits: &[Edit]) -> Outcome {
        match self.directory.edit_group(group.id.as_str(), edits) {
            Ok(_group) => Outcome::Done(Reply::Changed),
            Err(refusal) => outcome_of(&refusal),
        }
    }

    /// Whether a user is in the group called `name`.
    pub fn is_member(&self, account: &ScimId, name: &str) -> bool {
        self.directory.groups_of(account.as_str()).any(|group| group.name() == name)
    }

    /// Puts a user into the group called `name`, as if it had always been there.
    pub fn put_into(&mut self, account: &ScimId, name: &str) {
        let named = |group: &&Group| group.name() == name;
        let ids: Vec<String> =
            self.directory.groups().filter(named).map(|group| group.id.clone()).collect();
        for id in ids {
            // A user who is not there is in no group.
            let _put = self.directory.edit_group(&id, joining(slice::from_ref(account)).as_slice());
        }
    }
}

fn reference_to(group: &Group) -> GroupRef {
    GroupRef { name: GroupName::new(group.name()), id: ScimId::new(group.id.as_str()) }
}

/// What a refusal would be to a client.
pub(super) fn outcome_of(refusal: &Refusal) -> Outcome {
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

pub(super) fn text_at<'a>(user: &'a User, name: &AttributeName) -> Option<&'a str> {
    Spot::named(name)?.text(user)
}

pub(super) fn account_of(user: &User) -> Account {
    let text = |spot: &Spot| Some((spot.name.clone(), Value::Text(spot.text(user)?.to_owned())));
    Account {
        id: ScimId::new(user.id.as_str()),
        active: user.fields.get("active").and_then(Json::as_bool),
        attributes: SPOTS.iter().filter_map(text).collect(),
        groups: None,
    }
}

/// A change, as a client that knows the account would write it.
pub(super) fn edits_of<'a>(
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
