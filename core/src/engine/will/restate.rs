//! A person's claims in the words of other rules, as if they had been moved to them.
//!
//! Each assertion is told anew by the rule that has its rule's name; what the event alone knew (its
//! start, the profile's values) stays. An assertion whose rule is gone is withdrawn.

use crate::engine::said::claims::{Instance, Mark, Word};
use crate::engine::state::Person;
use crate::model::claim::{Assertion, By, ClaimName};
use crate::model::ids::RuleName;
use crate::rules::{Restated, RuleSet};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A person as the rules would have them, and what that took.
#[derive(Clone, Debug)]
pub struct Moved {
    pub person: Person,
    /// By the rule that holds them now.
    pub by_rule: BTreeMap<RuleName, Tally>,
}

/// What became of the assertions of one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub assertions: usize,
    /// Another text of the rule says them now.
    pub restated: usize,
    /// The rule is gone, or asserts nothing any more.
    pub withdrawn: usize,
    /// The rule's end hangs on the event, which is not kept: the old end stays.
    pub keeps_end: usize,
}

impl Tally {
    fn note(&mut self, held: &Assertion, told: Option<&Restated>) {
        self.assertions += 1;
        match told {
            Some(told) => {
                self.restated += usize::from(told.assertion.rule_hash != held.rule_hash);
                self.keeps_end += usize::from(told.keeps_end);
            }
            None => self.withdrawn += 1,
        }
    }

    /// Takes in what became of another person's.
    pub fn add(&mut self, other: Self) {
        self.assertions += other.assertions;
        self.restated += other.restated;
        self.withdrawn += other.withdrawn;
        self.keeps_end += other.keeps_end;
    }
}

/// `person` as if `rules` had said everything, from `now` on.
pub fn restate(person: &Person, rules: &RuleSet, now: Timestamp) -> Moved {
    let mut by_rule: BTreeMap<RuleName, Tally> = BTreeMap::new();
    let names = new_names(person, rules);
    let mut claims: Vec<Instance> = Vec::new();
    for instance in &person.claims {
        for mark in &instance.marks {
            match &mark.word {
                Word::Assert(held) => {
                    let tally = by_rule.entry(held.rule.clone()).or_default();
                    let told = rules.restate(held, mark.key.time);
                    tally.note(held, told.as_ref());
                    let withdrawn = (instance.name.clone(), Word::Withdraw { at: now });
                    let (name, word) = told.map_or(withdrawn, |told| {
                        (told.claim, Word::Assert(Box::new(told.assertion)))
                    });
                    put(&mut claims, (&name, &instance.by), Mark { word, ..mark.clone() });
                }
                // It ends whatever its claim is called now.
                Word::Withdraw { .. } => {
                    for name in names.get(&instance.name).into_iter().flatten() {
                        put(&mut claims, (name, &instance.by), mark.clone());
                    }
                }
            }
        }
    }
    let mutes = person.mutes.renamed(|claim| names.get(claim).into_iter().flatten());
    Moved { person: Person { claims, mutes, ..person.clone() }, by_rule }
}

/// By the name of each claim what it is called under `rules`; its own name, if nothing asserts it.
fn new_names(person: &Person, rules: &RuleSet) -> BTreeMap<ClaimName, BTreeSet<ClaimName>> {
    let mut names: BTreeMap<ClaimName, BTreeSet<ClaimName>> = BTreeMap::new();
    for instance in &person.claims {
        let renamed = names.entry(instance.name.clone()).or_default();
        for mark in &instance.marks {
            if let Word::Assert(held) = &mark.word {
                let told = rules.restate(held, mark.key.time).map(|told| told.claim);
                renamed.insert(told.unwrap_or_else(|| instance.name.clone()));
            }
        }
    }
    for (name, renamed) in &mut names {
        if renamed.is_empty() {
            renamed.insert(name.clone());
        }
    }
    names
}

fn put(claims: &mut Vec<Instance>, (name, by): (&ClaimName, &By), mark: Mark) {
    let is_it = |kept: &Instance| kept.name == *name && kept.by == *by;
    let index = claims.iter().position(is_it).unwrap_or_else(|| {
        claims.push(Instance::new(name.clone(), by.clone()));
        claims.len() - 1
    });
    if let Some(instance) = claims.get_mut(index) {
        instance.marks.push(mark);
    }
}
