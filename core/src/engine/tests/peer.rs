//! A provider in memory for the bench: honest, unless a test answers in its stead.

use super::bench::Bench;
use crate::engine::Input;
use crate::engine::settings::Quota;
use crate::inventory::scope::{Grant, List, ScopePage};
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{Field, GroupRef, Operation};
use crate::model::{
    Account, Answer, AttributeName, Call, Failure, Landed, ListedAccount, ListedGroup, Outcome,
    Page, Reply, Request, ResultWord, Value, Verdict,
};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

/// Accounts and groups as the provider has them.
#[derive(Clone, Debug, Default)]
pub(super) struct Peer {
    pub(super) accounts: BTreeMap<ScimId, Account>,
    pub(super) groups: BTreeMap<GroupName, (ScimId, BTreeSet<ScimId>)>,
    made: u32,
    /// Accounts say which groups they are in.
    pub(super) users_show_groups: bool,
    /// And how they are called.
    pub(super) users_name_groups: bool,
    /// What the token is granted besides; each list has one page.
    pub(super) scopes: BTreeMap<List, ScopePage>,
}

/// A page of two, after so many.
fn page_of<T>(all: impl Iterator<Item = T>, total: usize, received: u64) -> Page<T> {
    let items: Vec<T> = all.skip(usize::try_from(received).unwrap()).take(2).collect();
    Page { received: items.len() as u64, items, total: Some(total as u64), goes_on: false }
}

/// What a test answers in the peer's stead.
pub(super) type Instead = Option<Told>;
/// An answer with its HTTP status.
pub(super) type Told = (Outcome, Option<u16>);

impl Peer {
    /// VPN and Quarantine exist; Kim has an active account and is in VPN.
    pub(super) fn with_kim() -> Self {
        let mut peer = Self::default();
        for name in ["VPN", "Quarantine"] {
            let id = ScimId::new(format!("g-{name}"));
            peer.groups.insert(GroupName::new(name), (id, BTreeSet::new()));
        }
        peer.has("kim@example.com");
        peer
    }

    /// Somebody has an active account and is in VPN.
    pub(super) fn has(&mut self, name: &str) -> ScimId {
        let id = ScimId::new(format!("a-{name}"));
        let user_name = (AttributeName::USER_NAME, Value::Text(name.to_owned()));
        let account = Account {
            id: id.clone(),
            active: Some(true),
            attributes: [user_name].into(),
            groups: None,
            changed: None,
        };
        self.accounts.insert(id.clone(), account);
        self.members("VPN").insert(id.clone());
        id
    }

    pub(super) fn members(&mut self, group: &str) -> &mut BTreeSet<ScimId> {
        &mut self.groups.get_mut(&GroupName::new(group)).unwrap().1
    }

    /// Somebody's account gets another id, in its groups, too.
    pub(super) fn renew_id(&mut self, name: &str, id: &str) {
        let (old, new) = (ScimId::new(format!("a-{name}")), ScimId::new(id));
        let account = self.accounts.remove(&old).unwrap();
        self.accounts.insert(new.clone(), Account { id: new.clone(), ..account });
        for (_, members) in self.groups.values_mut() {
            if members.remove(&old) {
                members.insert(new.clone());
            }
        }
    }

    pub(super) fn kim(&mut self) -> &mut Account {
        self.accounts.get_mut(&ScimId::new("a-kim@example.com")).unwrap()
    }

    pub(super) fn is_in(&mut self, group: &str, name: &str) -> bool {
        self.members(group).contains(&ScimId::new(format!("a-{name}")))
    }

    /// What an honest provider answers.
    pub(super) fn reply(&mut self, request: &Request) -> Reply {
        match request {
            Request::ListAccounts { received } => {
                let listed = self.accounts.values().cloned();
                let listed = listed.map(|account| ListedAccount { account, created: None });
                Reply::AccountPage(page_of(listed, self.accounts.len(), *received))
            }
            Request::ListGroups { received } => {
                let listed = self.groups.iter().map(|(name, (id, _))| ListedGroup {
                    id: id.clone(),
                    name: name.clone(),
                    created: None,
                    changed: None,
                });
                Reply::GroupPage(page_of(listed, self.groups.len(), *received))
            }
            Request::ReadScope { list, .. } => {
                let page = self.scopes.get(list).cloned();
                page.map_or(Reply::NoScope(Grant::NotGranted), Reply::ScopePage)
            }
            Request::FindAccounts { value, .. } => Reply::Accounts(
                self.accounts
                    .values()
                    .filter(|account| {
                        let name = account.attributes.get(&AttributeName::USER_NAME);
                        name.is_some_and(|name| name.to_text() == *value)
                    })
                    .cloned()
                    .collect(),
            ),
            Request::ReadAccount { account } => {
                let mut found = self.accounts.get(account).cloned();
                if let Some(found) = found.as_mut().filter(|_| self.users_show_groups) {
                    let groups = self.groups.iter().filter(|(_, (_, all))| all.contains(account));
                    let shown = |name: &GroupName| self.users_name_groups.then(|| name.to_string());
                    found.groups =
                        Some(groups.map(|(name, (id, _))| (id.clone(), shown(name))).collect());
                }
                found.map_or(Reply::Gone, Reply::Account)
            }
            Request::FindGroups { name } => {
                let found = self.groups.get(name);
                Reply::Groups(
                    found
                        .map(|(id, _)| GroupRef { name: name.clone(), id: id.clone() })
                        .into_iter()
                        .collect(),
                )
            }
            Request::ReadMembers { group } => match self.by_id(&group.id) {
                Some(members) => Reply::Members(members.iter().cloned().collect()),
                None => Reply::Gone,
            },
            Request::AddMembers { group, accounts } => match self.by_id(&group.id) {
                Some(members) => {
                    members.extend(accounts.iter().cloned());
                    Reply::Changed
                }
                None => Reply::Gone,
            },
            Request::Write(operation) => self.write(operation),
        }
    }

    fn by_id(&mut self, id: &ScimId) -> Option<&mut BTreeSet<ScimId>> {
        self.groups.values_mut().find(|(known, _)| known == id).map(|(_, members)| members)
    }

    fn write(&mut self, operation: &Operation) -> Reply {
        match operation {
            Operation::Create { active, attributes } => {
                self.made += 1;
                let id = ScimId::new(format!("made-{}", self.made));
                let account = Account {
                    id: id.clone(),
                    active: Some(*active),
                    attributes: attributes.clone(),
                    groups: None,
                    changed: None,
                };
                self.accounts.insert(id, account.clone());
                Reply::Account(account)
            }
            Operation::Change { account, active, attributes } => {
                let Some(known) = self.accounts.get_mut(account) else { return Reply::Gone };
                known.active = active.or(known.active);
                for (name, field) in attributes {
                    match field {
                        Field::Set(value) => known.attributes.insert(name.clone(), value.clone()),
                        Field::Clear => known.attributes.remove(name),
                    };
                }
                Reply::Changed
            }
            Operation::AddMember { account, group } => match self.by_id(&group.id) {
                Some(members) => {
                    members.insert(account.clone());
                    Reply::Changed
                }
                None => Reply::Gone,
            },
            Operation::RemoveMember { account, group } => match self.by_id(&group.id) {
                Some(members) => {
                    members.remove(account);
                    Reply::Changed
                }
                None => Reply::Gone,
            },
            Operation::CreateGroup { name } => {
                let id = ScimId::new(format!("g-{name}"));
                self.groups.insert(name.clone(), (id.clone(), BTreeSet::new()));
                Reply::Groups(vec![GroupRef { name: name.clone(), id }])
            }
            Operation::Delete { account } => {
                self.accounts.remove(account).map_or(Reply::Gone, |_| Reply::Changed)
            }
        }
    }
}

impl Bench {
    /// Lets `time` pass. What `instead` has no answer for, the peer answers.
    pub(super) fn play(
        &mut self,
        peer: &mut Peer,
        time: SignedDuration,
        mut instead: impl FnMut(&Call, &mut Peer) -> Instead,
    ) {
        let end = self.now.checked_add(time).unwrap();
        let mut at_once = 0;
        while self.now < end {
            self.commit_all();
            let Some(call) = self.calls.first().cloned() else {
                self.wait(SignedDuration::from_millis(50));
                at_once = 0;
                continue;
            };
            at_once += 1;
            assert!(at_once < 500, "a circle: {call:?}");
            let (outcome, status) = instead(&call, peer)
                .unwrap_or_else(|| (Outcome::Done(peer.reply(&call.request)), Some(200)));
            self.calls.retain(|open| open.id != call.id);
            let answer = Answer::new(call.id, outcome).with_status(status);
            self.step(Input::Answer(answer));
        }
    }

    /// The same, and the peer answers all.
    pub(super) fn play_honestly(&mut self, peer: &mut Peer, time: SignedDuration) {
        self.play(peer, time, |_, _| None);
    }
}

/// A failure in the peer's stead.
pub(super) fn fails(verdict: Verdict, landed: Landed, status: Option<u16>) -> Told {
    let failure = Failure { verdict, landed, what: "it went wrong".to_owned() };
    (Outcome::Failed(failure), status)
}

/// HTTP 500.
pub(super) fn broken() -> Told {
    fails(Verdict::Retry { after: None }, Landed::Maybe, Some(500))
}

/// HTTP 400.
pub(super) fn refused() -> Told {
    fails(Verdict::Stuck, Landed::No, Some(400))
}

/// The attributes that a call sets.
pub(super) fn sets(call: &Call) -> Vec<String> {
    if let Request::Write(Operation::Change { attributes, .. }) = &call.request {
        attributes.keys().map(ToString::to_string).collect()
    } else if let Request::Write(Operation::Create { attributes, .. }) = &call.request {
        attributes.keys().map(ToString::to_string).collect()
    } else {
        Vec::new()
    }
}

/// Kim is hired and known: active, in VPN.
pub(super) fn with_kim(peer: &mut Peer) -> Bench {
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.hire("kim@example.com");
    bench.play_honestly(peer, SignedDuration::from_secs(5));
    assert_eq!(bench.last_result().word, ResultWord::AlreadySo);
    assert!(bench.last_result().verified);
    bench
}

/// Why the last revision failed, and the field that is named.
pub(super) fn why(bench: &Bench) -> (String, Option<String>) {
    let why = bench.last_result().why.clone().unwrap();
    (why.code.to_string(), why.field)
}
