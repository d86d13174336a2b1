//! Programs that may ask for changes through the API, and for which.

use super::default_per_second;
use crate::config::Settings;
use crate::config::tenants::{Target, Tenant};
use crate::decode::Format;
use crate::model::event::EventClass;
use crate::model::event_kind::EventKind;
use crate::model::ids::GroupName;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::PathBuf;

/// A name is part of every event's source.
const NAME_CHARS_MAX: usize = 64;

/// A program that may ask for changes at one target.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Events come from `urn:usher:client:NAME`: what a client asked for it can end, and no other can.
    pub name: String,
    pub tenant: String,
    pub target: String,
    /// Where its requests go: a topic of requests alone, which a source of the tenant names.
    pub topic: String,
    /// Names and digests of tokens, as `usher receive token NAME` prints them; read again when it changes.
    pub tokens_file: PathBuf,
    /// A file with its token at `usher serve`, by which its reads are asked for there; `null`: it reads nothing
    /// here. Read again at each request.
    #[serde(default)]
    pub reads_token_file: Option<PathBuf>,
    /// What it may ask for.
    pub may: BTreeSet<Operation>,
    /// Groups into and out of which it may ask to bring somebody, and which it may ask for, by their names.
    #[serde(default)]
    pub groups: BTreeSet<GroupName>,
    /// Requests a second, on average over ten seconds; more are told to come again.
    #[serde(default = "default_per_second")]
    pub per_second: NonZeroU32,
}

/// What a client may ask for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// An account for somebody.
    Create,
    /// Other attributes.
    Update,
    /// Access, for whoever has an account.
    Activate,
    /// The end of access; the account stays.
    Deactivate,
    /// That the account goes.
    Delete,
    /// Membership of a group.
    Join,
    /// The end of a membership.
    Leave,
    /// A group that is not there yet, with whom it is to have.
    CreateGroup,
}

impl Operation {
    /// As the configuration writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::Delete => "delete",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::CreateGroup => "create_group",
        }
    }

    /// As what it is asked for in Kafka.
    pub fn kind(self) -> EventKind {
        match self {
            Self::Create | Self::Activate => EventKind::AccessRequested,
            Self::Update => EventKind::AccessChanged,
            Self::Deactivate => EventKind::AccessWithdrawn,
            Self::Delete => EventKind::DeletionRequested,
            // A group is made for whoever is the first to be in it.
            Self::Join | Self::CreateGroup => EventKind::MembershipRequested,
            Self::Leave => EventKind::MembershipWithdrawn,
        }
    }
}

impl Client {
    /// Where its events come from.
    pub fn source(&self) -> String {
        format!("urn:usher:client:{}", self.name)
    }
}

/// Everything that is wrong with `receive.clients`; each begins with the key and ends with the cure.
pub(super) fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    let mut names = BTreeMap::new();
    for (index, client) in settings.receive.clients.iter().enumerate() {
        let key = format!("receive.clients[{index}]");
        problems.extend(of_client(&key, client));
        if client.reads_token_file.is_some() && settings.receive.reads_at.is_none() {
            problems.push(format!(
                "{key}.reads_token_file: goes with `receive.reads_at`, which is not said; write where `usher serve` \
                 answers, or leave it out"
            ));
        }
        problems.extend(of_place(&key, client, settings));
        problems.extend(of_topic(&key, client, settings));
        if let Some(first) = names.insert(&client.name, index) {
            problems.push(format!(
                "{key}.name: `{}` is also that of receive.clients[{first}]; each client has its own, for it \
                 says who may end what was asked for",
                client.name
            ));
        }
    }
    problems
}

fn of_client(key: &str, client: &Client) -> Vec<String> {
    let mut problems = Vec::new();
    let is_sign = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    let name = &client.name;
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_sign) {
        problems.push(format!(
            "{key}.name: must be 1 to {NAME_CHARS_MAX} small letters, digits and `-`; write it as portal"
        ));
    }
    if client.may.is_empty() {
        problems.push(format!(
            "{key}.may: is empty, so nothing could be asked for; write operations such as [create, update]"
        ));
    }
    let asks_for_groups = [Operation::Join, Operation::Leave, Operation::CreateGroup]
        .iter()
        .any(|it| client.may.contains(it));
    if asks_for_groups == client.groups.is_empty() {
        problems.push(format!(
            "{key}.groups: goes with `may: [join, leave, create_group]`, and they with it; name the groups, or leave \
             both out"
        ));
    }
    problems
}

/// The target must be there.
fn of_place(key: &str, client: &Client, settings: &Settings) -> Vec<String> {
    let tenant = settings.tenants.iter().find(|tenant| tenant.name == client.tenant);
    let Some(tenant) = tenant else {
        return vec![format!(
            "{key}.tenant: there is no tenant `{}`; name one of `tenants`",
            client.tenant
        )];
    };
    let Some(target) = tenant.targets.iter().find(|target| target.name == client.target) else {
        return vec![format!(
            "{key}.target: tenant `{}` has no target `{}`; name one of its",
            client.tenant, client.target
        )];
    };
    of_groups(key, client, tenant, target)
}

/// What takes access, or is protected, is nothing that a program may ask for.
fn of_groups(key: &str, client: &Client, tenant: &Tenant, target: &Target) -> Vec<String> {
    let mut problems = Vec::new();
    for group in &client.groups {
        let what = if target.restricting_groups.contains(group) {
            "is one of the target's `restricting_groups`"
        } else if tenant.protected.groups.contains(group)
            || tenant.protected.members_of.contains(group)
            || tenant.protected.keep_last.iter().any(|it| it.group == *group)
        {
            "is named by the tenant's `protected`"
        } else {
            continue;
        };
        problems.push(format!(
            "{key}.groups: `{}` {what}, which no program may ask for; take it out",
            group.as_str()
        ));
    }
    if client.may.contains(&Operation::CreateGroup) && !target.create_groups {
        problems.push(format!(
            "{key}.may: `create_group` needs `create_groups: true` at the target `{}`, or no group would be \
             made; say so there, or take it out",
            client.target
        ));
    }
    problems
}

/// Requests have a topic of their own, so that whoever may ask cannot speak for HR.
fn of_topic(key: &str, client: &Client, settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    let topic = &client.topic;
    if let Some((name, _)) = settings.kafka.topics.named().iter().find(|(_, it)| *it == topic) {
        problems.push(format!(
            "{key}.topic: `{topic}` is kafka.topics.{name}; requests must not go there, so name another"
        ));
    }
    if settings.receive.doors.iter().any(|door| door.topic == *topic) {
        problems.push(format!(
            "{key}.topic: `{topic}` is also that of a door, which is trusted otherwise; give requests their own"
        ));
    }
    let others = EventKind::ALL.iter().filter(|kind| kind.class() != EventClass::Request);
    for tenant in &settings.tenants {
        for source in tenant.sources.iter().filter(|source| source.topic == *topic) {
            let is_read = source.format == Format::Cloudevents && tenant.name == client.tenant;
            if !is_read || others.clone().any(|kind| source.may_send(*kind)) {
                problems.push(format!(
                    "{key}.topic: the source `{topic}` of tenant `{}` is not one of requests alone; write it at \
                     tenant `{}` with `format: cloudevents` and `types: ['access.*', 'deletion.*', 'membership.*']`",
                    tenant.name, client.tenant
                ));
            }
        }
    }
    problems
}

/// What can be meant, but is probably not; each with the cure.
pub(super) fn doubts(settings: &Settings) -> Vec<String> {
    let mut doubts = Vec::new();
    for (index, client) in settings.receive.clients.iter().enumerate() {
        let tenant = settings.tenants.iter().find(|tenant| tenant.name == client.tenant);
        let sources = tenant.iter().flat_map(|tenant| &tenant.sources);
        let of_topic = sources.filter(|source| source.topic == client.topic);
        let of_topic: Vec<_> = of_topic.collect();
        let unread =
            client.may.iter().find(|it| !of_topic.iter().any(|source| source.may_send(it.kind())));
        if let Some(operation) = unread {
            doubts.push(format!(
                "receive.clients[{index}].may: no source of the tenant reads `{}` from `{}`, so nothing would \
                 come of `{}`; add it to a source's `types`",
                operation.kind(),
                client.topic,
                operation.word()
            ));
        }
    }
    doubts
}
