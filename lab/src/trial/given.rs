//! The people whose claims stand already, as they would stand in `usher.people`.

use crate::engine::record::encode_person;
use crate::engine::said::claims::{Instance, Mark, Word};
use crate::engine::state::{Person, Seats};
use crate::model::claim::Assertion;
use crate::model::event::OrderKey;
use crate::model::{PersonId, Precedence, RuleName, StateWrite, TenantName, Urgency, Want};
use crate::rules::RuleSet;
use crate::story::{End, Fixture, Standing};
use std::collections::BTreeMap;

/// The source of claims that are given.
const GIVEN: &str = "given";

/// Their records, of that tenant.
pub(super) fn given(
    (fixture, tenant): (&Fixture, &TenantName),
    rules: &RuleSet,
) -> Vec<StateWrite> {
    let mut people: BTreeMap<&str, Person> = BTreeMap::new();
    for standing in &fixture.claims {
        let Some(identity) = fixture.people.get(&standing.person) else { continue };
        let Some(assertion) = assertion(standing, rules) else { continue };
        let person = people.entry(&standing.person).or_insert_with(|| {
            let id = PersonId::first_seen(tenant, GIVEN, &standing.person);
            let mut person = Person::new(id, tenant.clone());
            person.aliases.extend(identity.aliases.iter().cloned());
            person
        });
        let mut instance = Instance::new(standing.claim.clone(), standing.by.clone());
        let id = standing.claim.clone();
        let key = OrderKey { sequence: None, time: standing.since, came: 0, tie: 0, id };
        let word = Word::Assert(Box::new(assertion));
        instance.note(Mark { source: GIVEN.to_owned(), key, word, at: None });
        person.claims.push(instance);
    }
    people.values().map(|person| encode_person(person, &Seats::new())).collect()
}

fn assertion(standing: &Standing, rules: &RuleSet) -> Option<Assertion> {
    let own = rules.assertion(&standing.claim, standing.since);
    let mut assertion = match (own, &standing.want, standing.precedence) {
        (Some(own), _, _) => own,
        (None, Some(want), Some(precedence)) => by_hand(standing, want, precedence),
        (None, _, _) => return None,
    };
    assertion.precedence = standing.precedence.unwrap_or(assertion.precedence);
    assertion.until = match standing.until {
        None => assertion.until,
        Some(End::Never) => None,
        Some(End::At(until)) => Some(until),
    };
    if standing.want.is_some() || standing.then.is_some() {
        // It is held by value, as another text of the rule said it.
        assertion.rule_hash.clear();
    }
    if let Some(want) = &standing.want {
        assertion.want = want.clone();
        assertion.then = standing.then.clone().unwrap_or_default();
    } else if let Some(then) = &standing.then {
        assertion.then.clone_from(then);
    }
    Some(assertion)
}

fn by_hand(standing: &Standing, want: &Want, precedence: Precedence) -> Assertion {
    Assertion {
        precedence,
        from: standing.since,
        until: None,
        want: want.clone(),
        then: Vec::new(),
        urgency: Urgency::Normal,
        at_once: false,
        observed: false,
        of_account: None,
        rule: RuleName::new(GIVEN),
        rule_hash: String::new(),
    }
}
