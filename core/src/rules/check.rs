//! Refuses rules that cannot live together.
//!
//! At run time two equal claims that disagree are settled by "taking access wins"; somebody who
//! writes them by accident should hear of it before a person loses access.

use super::error::{Apart, Error, Errors, refuse};
use super::grammar::ByWord;
use super::{Action, Assert, Rule};
use crate::model::claim::Want;
use crate::model::event::EventClass;
use crate::model::ids::TargetName;
use crate::model::wish::{Facet, Membership, Presence, Wanted};
use std::collections::BTreeMap;

/// Looks at all rules of a tenant together, and says everything that is wrong.
pub(super) fn check(rules: &[Rule]) -> Result<(), Errors> {
    let mut errors = check_names(rules);
    errors.extend(check_precedences(rules));
    errors.extend(check_withdrawals(rules));
    errors.extend(check_instants(rules));
    errors.extend(check_accounts(rules));
    errors.extend(super::asked::check(rules));
    for (rule, assert) in asserting(rules) {
        errors.extend(assert.wants().filter_map(|want| check_want(rule, want).err()));
    }
    errors.extend(check_contradictions(rules));
    refuse(errors)
}

fn asserting(rules: &[Rule]) -> impl Iterator<Item = (&Rule, &Assert)> {
    rules.iter().filter_map(|rule| match &rule.action {
        Action::Assert(assert) => Some((rule, &**assert)),
        Action::Withdraw(_) => None,
    })
}

fn check_names(rules: &[Rule]) -> Vec<Error> {
    let mut seen = BTreeMap::new();
    let mut errors = Vec::new();
    for rule in rules {
        if let Some(first) = seen.insert(&rule.name, &rule.place) {
            errors.push(Error::RuleTwice {
                place: rule.place.clone(),
                first: first.clone(),
                name: rule.name.clone(),
            });
        }
    }
    errors
}

fn check_precedences(rules: &[Rule]) -> Vec<Error> {
    let mut seen = BTreeMap::new();
    let mut errors = Vec::new();
    for (rule, assert) in asserting(rules) {
        let (other, first) = *seen.entry(&assert.claim).or_insert((rule, assert));
        if first.precedence != assert.precedence {
            errors.push(Error::TwoPrecedences {
                place: rule.place.clone(),
                rule: rule.name.clone(),
                claim: assert.claim.clone(),
                precedence: assert.precedence,
                other: other.name.clone(),
                other_place: other.place.clone(),
                other_precedence: first.precedence,
            });
        }
    }
    errors
}

fn check_withdrawals(rules: &[Rule]) -> Vec<Error> {
    let mut errors = Vec::new();
    for rule in rules {
        let Action::Withdraw(withdraw) = &rule.action else {
            continue;
        };
        if asserting(rules).all(|(_, assert)| assert.claim != withdraw.claim) {
            let mut asserted: Vec<_> =
                asserting(rules).map(|(_, assert)| assert.claim.as_str()).collect();
            asserted.sort_unstable();
            asserted.dedup();
            errors.push(Error::NeverAsserted {
                place: rule.place.clone(),
                rule: rule.name.clone(),
                claim: withdraw.claim.clone(),
                asserted: if asserted.is_empty() { "none".to_owned() } else { asserted.join(", ") },
            });
        }
    }
    errors
}

/// Such a rule would park every event of that type, and with it a cut that cannot wait.
fn check_instants(rules: &[Rule]) -> Vec<Error> {
    let untold = |rule: &Rule| {
        let kinds = || rule.triggers.iter().map(|it| it.kind);
        let (instant, kind) = rule.instants().find_map(|instant| {
            kinds().find(|kind| instant.is_never_told_by(*kind)).map(|kind| (instant, kind))
        })?;
        Some(Error::NeverTold {
            place: rule.place.clone(),
            rule: rule.name.clone(),
            instant: instant.to_string(),
            kind,
        })
    };
    rules.iter().filter_map(untold).collect()
}

/// Nothing would come of them, or somebody's record would be forgotten before its claim ends.
fn check_accounts(rules: &[Rule]) -> Vec<Error> {
    let mut errors = Vec::new();
    for rule in rules {
        let (place, name) = (&rule.place, &rule.name);
        for kind in rule.triggers.iter().map(|trigger| trigger.kind) {
            if kind.only_informs() {
                errors.push(Error::OnlyInforms { place: place.clone(), rule: name.clone(), kind });
            }
            if let Action::Assert(assert) = &rule.action
                && let Some(by) = apart(assert.by)
                && kind.class() == EventClass::Account
            {
                let (place, rule) = (place.clone(), name.clone());
                errors.push(Error::AccountBy { place, rule, kind, by });
            }
        }
    }
    errors
}

fn apart(by: Option<ByWord>) -> Option<Apart> {
    match by? {
        ByWord::Person => Some(Apart::Person),
        ByWord::Employment => Some(Apart::Employment),
        ByWord::Detection | ByWord::Source => None,
    }
}

fn check_want(rule: &Rule, want: &Want) -> Result<(), Error> {
    let refuse = |facet: String| {
        Err(Error::SelfContradiction { place: rule.place.clone(), rule: rule.name.clone(), facet })
    };
    let groups = &want.groups;
    if let Some(group) = groups.add.iter().find(|group| groups.remove.contains(group)) {
        return refuse(format!("membership of `{group}`"));
    }
    if want.account == Some(Presence::Absent) {
        if want.active == Some(true) {
            return refuse("`active: true` of an account".to_owned());
        }
        if let Some(group) = groups.add.first() {
            return refuse(format!("an account in `{group}`"));
        }
    }
    Ok(())
}

/// One facet as one rule wants it.
struct Saying<'a> {
    rule: &'a Rule,
    assert: &'a Assert,
    target: Option<&'a TargetName>,
    facet: Facet,
    wanted: Wanted,
}

fn check_contradictions(rules: &[Rule]) -> Vec<Error> {
    let mut errors = Vec::new();
    let sayings: Vec<_> = asserting(rules).flat_map(sayings).collect();
    for (index, here) in sayings.iter().enumerate() {
        let earlier = sayings.iter().take(index);
        if let Some(there) = earlier.into_iter().find(|there| here.contradicts(there)) {
            errors.push(Error::Contradiction {
                place: here.rule.place.clone(),
                rule: here.rule.name.clone(),
                facet: here.describe(),
                precedence: here.assert.precedence,
                other: there.rule.name.clone(),
                other_place: there.rule.place.clone(),
            });
        }
    }
    errors
}

/// What can be wanted one way or the other; of two values of an attribute the later is no contradiction.
fn sayings<'a>((rule, assert): (&'a Rule, &'a Assert)) -> impl Iterator<Item = Saying<'a>> {
    assert.wants().flat_map(move |want| {
        let all = want.sayings().filter(|(facet, _)| !matches!(facet, Facet::Attribute(_)));
        all.map(move |(facet, wanted)| Saying {
            rule,
            assert,
            target: want.target.as_ref(),
            facet,
            wanted,
        })
    })
}

impl Saying<'_> {
    /// Instances of one claim follow each other; only different claims can stand against each other.
    fn contradicts(&self, other: &Self) -> bool {
        let meet = self.target.is_none() || other.target.is_none() || self.target == other.target;
        self.facet == other.facet
            && self.wanted != other.wanted
            && self.assert.precedence == other.assert.precedence
            && self.assert.claim != other.assert.claim
            && meet
    }

    fn describe(&self) -> String {
        match (&self.facet, &self.wanted) {
            (Facet::Group(group), Wanted::Group(Membership::Member)) => {
                format!("to add the group `{group}`")
            }
            (Facet::Group(group), _) => format!("to remove the group `{group}`"),
            (Facet::Active, Wanted::Active(active)) => format!("`active: {active}`"),
            (facet, wanted) => format!("`{facet}: {wanted}`"),
        }
    }
}
