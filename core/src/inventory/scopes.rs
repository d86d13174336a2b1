//! What a reading brings besides accounts and groups: scope by scope, each as far as it is granted.

use super::guard::PAGES_MOST;
use super::head::{Flaw, Head};
use super::row::Row;
use super::scope::{Found, Grant, List, OwnToken, Scope, ScopePage};
use crate::model::ids::GroupName;
use crate::model::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::hash::{Hash, Hasher};

/// More names of administrators are not kept with the state.
const ADMINISTRATORS_MOST: usize = 5_000;

/// What is asked of a reading besides accounts and groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub scopes: BTreeSet<Scope>,
    /// What the token that usher uses is called at the target.
    pub token_name: Option<String>,
    /// When it ends, where that is configured; what is read counts more.
    pub token_expires: Option<Timestamp>,
}

/// What came of a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScopeTaken {
    pub grant: Grant,
    #[schemars(with = "schema::Instant")]
    pub ended: Timestamp,
    /// Rows that could be told apart.
    #[serde(default)]
    pub rows: u64,
    /// Why they are not all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flaws: BTreeSet<Flaw>,
}

impl ScopeTaken {
    /// Whether all that the target has of it was read.
    pub fn is_whole(&self) -> bool {
        self.grant == Grant::Granted && self.flaws.is_empty()
    }
}

/// What the engine keeps of scopes: little, and until it is read anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Shown {
    /// Names and addresses of administrators and service accounts, in small letters.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub administrators: BTreeSet<String>,
    /// When the token that usher uses ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Instant>")]
    pub token_ends: Option<Timestamp>,
    /// Groups that usher fills and that no policy names; `None`: policies were not read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unnamed_groups: Option<BTreeSet<GroupName>>,
}

/// How far the scopes of a reading were read.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    lists: VecDeque<List>,
    token_name: Option<String>,
    received: u64,
    pages: u64,
    /// Rows of the list that is being read, so that one that comes again is seen.
    seen: HashSet<u64>,
    taken: BTreeMap<Scope, ScopeTaken>,
    /// Of each user the last: a user has several devices.
    devices: BTreeMap<String, Timestamp>,
    administrators: BTreeSet<String>,
    tokens: Vec<OwnToken>,
    /// The groups that enabled policies name.
    named: BTreeSet<String>,
}

impl Scopes {
    pub(super) fn of(wanted: &Wanted) -> Self {
        let lists = wanted.scopes.iter().flat_map(|scope| scope.lists()).copied();
        Self { lists: lists.collect(), token_name: wanted.token_name.clone(), ..Self::default() }
    }

    /// Nothing of it is asked for any more.
    pub(super) fn give_up(&mut self) {
        self.lists.clear();
    }

    /// The list that is asked for, and how much of it came.
    pub(super) fn next(&self) -> Option<(List, u64)> {
        Some((*self.lists.front()?, self.received))
    }

    /// Takes a page in; gives rows to be kept.
    pub(super) fn take(&mut self, page: ScopePage, now: Timestamp) -> Vec<Row> {
        let Some(list) = self.lists.front().copied() else { return Vec::new() };
        self.pages += 1;
        self.received += page.received;
        let came = page.rows.len() as u64;
        let fresh: Vec<Found> =
            page.rows.into_iter().filter(|row| self.seen.insert(digest(row))).collect();
        let (new, received) = (fresh.len() as u64, page.received);
        let taken = self.taken_of(list, now);
        taken.ended = now;
        taken.rows += new;
        if came < received {
            taken.flaws.insert(Flaw::Nameless);
        }
        let repeats = came > 0 && new == 0;
        if repeats {
            taken.flaws.insert(Flaw::Repeated);
        }
        let rows = fresh.into_iter().filter_map(|found| self.keep(found)).collect();
        let is_over = page.total.is_some_and(|total| self.received >= total);
        if self.pages >= PAGES_MOST {
            self.taken_of(list, now).flaws.insert(Flaw::Endless);
        }
        if page.is_last || is_over || repeats || received == 0 || self.pages >= PAGES_MOST {
            let is_short = page.total.is_some_and(|total| self.received < total);
            if is_short {
                self.taken_of(list, now).flaws.insert(Flaw::Short);
            }
            self.go_on(None);
        }
        rows
    }

    /// The list cannot be read. Where it is not there the same may be found elsewhere.
    pub(super) fn refuse(&mut self, grant: Grant, now: Timestamp) {
        let Some(list) = self.lists.front().copied() else { return };
        let otherwise = list.otherwise().filter(|_| grant == Grant::NotThere);
        if otherwise.is_none() {
            let taken = self.taken_of(list, now);
            taken.ended = now;
            taken.flaws.insert(match grant {
                Grant::NotGranted => Flaw::Refused,
                Grant::Granted | Grant::NotThere | Grant::Failed => Flaw::Failed,
            });
            // Half of a scope may be granted: what came of it stays, and it is told that it is not whole.
            if taken.rows == 0 && taken.grant == Grant::Granted {
                taken.grant = grant;
            }
        }
        self.go_on(otherwise);
    }

    fn go_on(&mut self, otherwise: Option<List>) {
        self.lists.pop_front();
        if let Some(list) = otherwise {
            self.lists.push_front(list);
        }
        (self.received, self.pages) = (0, 0);
        self.seen.clear();
    }

    fn taken_of(&mut self, list: List, now: Timestamp) -> &mut ScopeTaken {
        let fresh =
            || ScopeTaken { grant: Grant::Granted, ended: now, rows: 0, flaws: BTreeSet::new() };
        self.taken.entry(list.scope()).or_insert_with(fresh)
    }

    fn keep(&mut self, found: Found) -> Option<Row> {
        match &found {
            Found::Device(device) => {
                let last = self.devices.entry(device.user.to_lowercase()).or_insert(device.seen);
                *last = device.seen.max(*last);
                return None;
            }
            Found::Administrator(administrator) => {
                let names = [&administrator.name].into_iter().chain(&administrator.emails);
                self.administrators.extend(names.map(|name| name.trim().to_lowercase()));
            }
            // How long others' tokens live is nobody's business here.
            Found::Token(token) => {
                self.tokens.push(token.clone());
                return None;
            }
            Found::Policy(policy) if policy.is_enabled() => {
                self.named.extend(policy.groups.iter().map(|name| plain(name)));
            }
            Found::Policy(_) | Found::User(_) | Found::Group(_) => {}
        }
        Some(Row::Found(found))
    }

    /// Rows that are only known when all was read.
    pub(super) fn rest(&mut self) -> Vec<Row> {
        let devices = std::mem::take(&mut self.devices).into_iter();
        let row = |(user, seen)| Row::Found(Found::Device(super::scope::Device { user, seen }));
        devices.map(row).collect()
    }

    /// Everything was asked for. `filled`: the groups that usher fills, and those that policies name which
    /// were imported from a file.
    pub(super) fn close(
        mut self,
        head: &mut Head,
        (filled, imported): (&BTreeSet<GroupName>, Option<&BTreeSet<String>>),
    ) -> BTreeMap<Scope, ScopeTaken> {
        let mut administrators = std::mem::take(&mut self.administrators);
        if administrators.len() > ADMINISTRATORS_MOST
            && let Some(taken) = self.taken.get_mut(&Scope::Administrators)
        {
            taken.flaws.insert(Flaw::Endless);
        }
        let is_whole = |scope| self.taken.get(&scope).is_some_and(ScopeTaken::is_whole);
        let shown = &mut head.shown;
        if !is_whole(Scope::Administrators) {
            // Whoever was one is still taken for one: what is not shown says nothing.
            administrators.extend(std::mem::take(&mut shown.administrators));
        }
        shown.administrators = administrators.into_iter().take(ADMINISTRATORS_MOST).collect();
        if is_whole(Scope::Tokens) {
            shown.token_ends =
                own(&self.tokens, self.token_name.as_deref()).and_then(|token| token.ends);
        }
        shown.unnamed_groups = is_whole(Scope::Policies).then(|| {
            let is_named = |group: &GroupName| {
                let name = plain(group.as_str());
                self.named.contains(&name) || imported.is_some_and(|it| it.contains(&name))
            };
            filled.iter().filter(|group| !is_named(group)).cloned().collect()
        });
        self.taken
    }
}

/// The token that usher itself uses: by its name, or because there is no other that it could be.
fn own<'a>(tokens: &'a [OwnToken], name: Option<&str>) -> Option<&'a OwnToken> {
    if let Some(name) = name {
        return tokens.iter().find(|token| token.name == name);
    }
    let mut for_scim = tokens.iter().filter(|token| token.is_for_scim);
    match (tokens, for_scim.next(), for_scim.next()) {
        ([only], _, _) | (_, Some(only), None) => Some(only),
        _ => None,
    }
}

/// A group's name as it is compared with those in policies.
pub fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

fn digest(found: &Found) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{found:?}").hash(&mut hasher);
    hasher.finish()
}
