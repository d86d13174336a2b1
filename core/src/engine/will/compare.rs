//! Where two states of one person want something else of an account, now or later.

use crate::engine::state::{Baseline, Person};
use crate::engine::will::explain::{self, Decider, Judged};
use crate::model::claim::{By, ClaimName};
use crate::model::ids::{GroupName, RuleName, TargetName};
use crate::model::wish::{Facet, Wanted};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Instants looked at; a person has a handful.
const INSTANTS_MAX: usize = 200;

/// One account at which two states of a person are compared.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub target: &'a TargetName,
    pub restricting: &'a BTreeSet<GroupName>,
    pub baseline: &'a Baseline,
    /// What was before it does not count.
    pub now: Timestamp,
}

/// A facet that is wanted otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub facet: Facet,
    /// The first instant at which it is.
    pub since: Timestamp,
    pub before: Side,
    pub after: Side,
}

/// What one state wants of a facet, and by whose word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// `None`: it is left alone.
    pub wanted: Option<Wanted>,
    pub ruling: Ruling,
}

/// Whose word counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    Claim {
        claim: ClaimName,
        by: By,
        rule: RuleName,
    },
    Profile {
        source: String,
    },
    /// An operator keeps the person out.
    Override {
        operator: String,
    },
    /// What it was before the first claim.
    WayBack,
    Nobody,
}

/// Every facet that `after` wants otherwise than `before`, each once: from when on it differs first.
pub fn compare(before: &Person, after: &Person, ground: Ground<'_>) -> Vec<Difference> {
    let later = |person| explain::turns(person, ground.now).into_iter().map(|(at, ..)| at);
    let instants: BTreeSet<Timestamp> = later(before).chain(later(after)).collect();
    let instants = std::iter::once(ground.now).chain(instants.into_iter().take(INSTANTS_MAX));
    let mut found: BTreeMap<Facet, Difference> = BTreeMap::new();
    for since in instants {
        let [mut old, mut new] = [before, after].map(|person| sides(person, ground, since));
        let facets: BTreeSet<Facet> = old.keys().chain(new.keys()).cloned().collect();
        for facet in facets {
            let side = |sides: &mut BTreeMap<Facet, Side>| {
                let nobody = Side { wanted: None, ruling: Ruling::Nobody };
                sides.remove(&facet).unwrap_or(nobody)
            };
            let (before, after) = (side(&mut old), side(&mut new));
            if before.wanted != after.wanted && !found.contains_key(&facet) {
                let difference = Difference { facet: facet.clone(), since, before, after };
                found.insert(facet, difference);
            }
        }
    }
    found.into_values().collect()
}

/// What `person` wants of each facet at `at`.
pub fn sides(person: &Person, ground: Ground<'_>, at: Timestamp) -> BTreeMap<Facet, Side> {
    let Ground { target, restricting, baseline, .. } = ground;
    let judged = explain::judge(person, target, restricting, baseline, at);
    judged.into_iter().map(|judged| (judged.facet.clone(), side(judged))).collect()
}

fn side(judged: Judged<'_>) -> Side {
    let ruling = match judged.decider {
        Decider::Claim(voice) => Ruling::Claim {
            claim: voice.instance.name.clone(),
            by: voice.instance.by.clone(),
            rule: voice.assertion.rule.clone(),
        },
        Decider::Profile(mark) => Ruling::Profile { source: mark.source.clone() },
        Decider::Override(order) => Ruling::Override { operator: order.order.operator.clone() },
        Decider::WayBack | Decider::NoWayBack => Ruling::WayBack,
        Decider::Nobody => Ruling::Nobody,
    };
    Side { wanted: judged.wanted, ruling }
}
