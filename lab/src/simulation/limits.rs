//! How many people may be changed at a target of a world, and whom and what nobody touches.

use super::company::Company;
use super::fact::Name;
use super::manners::{Manner, Manners};
use super::rules::QUARANTINE;
use crate::command::Operators;
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits, Reserve};
use crate::engine::brakes::protect::Protected;
use crate::model::{Alias, AliasKind, GroupName};
use std::collections::BTreeSet;

/// What a share of a small company comes to, in people, and in percent of those there: the greater
/// counts.
const SHARE: (usize, usize) = (3, 20);
/// There are always so many people, and some of these may be protected.
const FIRST: usize = 4;

/// What usher may do in a world, and to whom.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    limits: Limits,
    people: BTreeSet<usize>,
    groups: BTreeSet<GroupName>,
    /// Who sends commands, if anybody does.
    pub operators: Option<Operators>,
    /// What is given back is not counted: a path that does not spend.
    pub gives_freely: bool,
}

impl Guards {
    pub fn draw(manners: &mut Manners) -> Self {
        let mut guards = Self::default();
        if manners.has(Manner::Limits) {
            guards.draw_limits(manners);
        }
        if manners.has(Manner::Protects) {
            let chance = &mut manners.braking;
            for _ in 0..=chance.below(2) {
                guards.people.insert(chance.index(FIRST));
            }
            if chance.happens(300) {
                guards.groups.insert(GroupName::new(QUARANTINE));
            }
        }
        guards
    }

    fn draw_limits(&mut self, manners: &mut Manners) {
        let chance = &mut manners.braking;
        for kind in LimitKind::ALL {
            if kind != LimitKind::Cut && !chance.happens(500) {
                continue;
            }
            let count = chance.between(1, 5);
            let hour = Ceiling {
                count: u32::try_from(count).ok().filter(|_| !chance.happens(150)),
                percent: chance.happens(300).then_some(20),
            };
            let more = chance.between(0, 4);
            let day = u32::try_from(count + more).ok();
            let day = Ceiling { count: day.filter(|_| !chance.happens(300)), percent: None };
            self.limits.kinds.insert(kind, Limit { hour, day });
        }
        if chance.happens(300) {
            (self.limits.group_percent, self.limits.group_least) = (Some(40), 3);
        }
        if chance.happens(400) {
            self.limits.reserve = Reserve { an_hour: 3, per_source: 2, per_rule: 2 };
        }
    }

    /// The limits, as the shard is told of them.
    pub fn limits_told(&self) -> Limits {
        let mut limits = self.limits.clone();
        if self.gives_freely {
            limits.kinds.remove(&LimitKind::Grant);
        }
        limits
    }

    /// Whether anything may have to wait for them.
    pub fn hold(&self) -> bool {
        self.limit()
            || self.operators.is_some()
            || !self.people.is_empty()
            || !self.groups.is_empty()
    }

    /// Whether anything is limited.
    pub fn limit(&self) -> bool {
        self.limits != Limits::default()
    }

    /// How many of so many people may be changed in that way within an hour, and within a day; `None`:
    /// all.
    pub fn most(&self, kind: LimitKind, people: usize) -> (Option<usize>, Option<usize>) {
        let Some(limit) = self.limits.kinds.get(&kind) else { return (None, None) };
        (most(limit.hour, kind, people), most(limit.day, kind, people))
    }

    /// How many of so many members may be taken out of a group within an hour; `None`: all. Of the last
    /// ones of a small group as many as there are.
    pub fn most_of_group(&self, members: usize) -> Option<usize> {
        let share = members * usize::from(self.limits.group_percent?) / 100;
        Some(share.max(self.limits.group_least.saturating_sub(1)))
    }

    /// How many cuts a security claim may make besides, within an hour.
    pub fn reserve(&self) -> usize {
        usize::try_from(self.limits.reserve.an_hour).unwrap_or(usize::MAX)
    }

    pub fn is_protected(&self, person: usize) -> bool {
        self.people.contains(&person)
    }

    pub fn protects_group(&self, group: &GroupName) -> bool {
        self.groups.contains(group)
    }

    /// What the configuration of a tenant says of that: people by every name that they go by.
    pub fn protected(&self, tenant: usize, company: &Company) -> Protected {
        let people = self.people.iter().filter_map(|person| company.people.get(*person));
        let people = people.filter(|person| person.tenant == tenant);
        let names = people.flat_map(super::fact::Person::names);
        Protected {
            people: names.filter_map(|name| alias(&name)).collect(),
            groups: self.groups.clone(),
            ..Protected::default()
        }
    }
}

fn most(ceiling: Ceiling, kind: LimitKind, people: usize) -> Option<usize> {
    // Before there are accounts there is nothing to take a share of.
    let has_share = ceiling.percent.is_some() && kind != LimitKind::Create;
    let share = has_share.then(|| SHARE.0.max(people * SHARE.1 / 100));
    let count = ceiling.count.and_then(|count| usize::try_from(count).ok());
    count.into_iter().chain(share).min()
}

fn alias(name: &Name) -> Option<Alias> {
    let (kind, text) = match name {
        Name::Number(text) => (AliasKind::EmployeeNumber, text),
        Name::Worker(text) => (AliasKind::WorkerId, text),
        Name::User(text) => (AliasKind::UserName, text),
        Name::Email(text) => (AliasKind::Email, text),
    };
    Alias::parse(kind, text)
}
