//! What may come of a request: it gives below what HR and security say, it takes below what makes a leaver, and
//! it ends nothing but what requests have brought.

use super::error::{AskedSlip, Error};
use super::grammar::ByWord;
use super::{Action, Assert, Rule};
use crate::model::claim::{Precedence, Want};
use crate::model::event::EventClass;
use crate::model::event_kind::EventKind;
use crate::model::wish::Presence;

/// Everything that a rule would let those who ask do, and that is not theirs.
pub(super) fn check(rules: &[Rule]) -> Vec<Error> {
    rules.iter().filter_map(|rule| slip(rules, rule)).collect()
}

fn slip(rules: &[Rule], rule: &Rule) -> Option<Error> {
    let kind = asked(rule).next()?;
    let slip = match &rule.action {
        Action::Assert(assert) => too_much(assert).or_else(|| by_others(assert.by)),
        Action::Withdraw(withdraw) => {
            let is_of_others = claimed_by_others(rules, &withdraw.claim);
            is_of_others.then_some(AskedSlip::OthersClaim).or_else(|| by_others(withdraw.by))
        }
    }?;
    Some(Error::Asked { place: rule.place.clone(), rule: rule.name.clone(), kind, slip })
}

fn asked(rule: &Rule) -> impl Iterator<Item = EventKind> {
    let kinds = rule.triggers.iter().map(|trigger| trigger.kind);
    kinds.filter(|kind| kind.class() == EventClass::Request)
}

fn too_much(assert: &Assert) -> Option<AskedSlip> {
    if assert.wants().any(gives) {
        return (assert.precedence != Precedence::Profile).then_some(AskedSlip::GivesTooMuch);
    }
    (assert.precedence > Precedence::Leave).then_some(AskedSlip::TakesTooMuch)
}

fn gives(want: &Want) -> bool {
    want.active == Some(true)
        || want.account == Some(Presence::Present)
        || !want.groups.add.is_empty()
        || !want.attributes.is_empty()
}

fn by_others(by: Option<ByWord>) -> Option<AskedSlip> {
    match by? {
        ByWord::Source => None,
        ByWord::Person | ByWord::Employment | ByWord::Detection => Some(AskedSlip::By),
    }
}

/// Whether anything but a request asserts the claim.
fn claimed_by_others(rules: &[Rule], claim: &str) -> bool {
    let asserting = rules.iter().filter(|rule| match &rule.action {
        Action::Assert(assert) => assert.claim == claim,
        Action::Withdraw(_) => false,
    });
    let mut kinds = asserting.flat_map(|rule| &rule.triggers).map(|trigger| trigger.kind.class());
    kinds.any(|class| class != EventClass::Request)
}
