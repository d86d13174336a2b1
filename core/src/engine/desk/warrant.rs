//! Why an account should be as it should, for the audit: what decides each facet of the wish.
//!
//! Judged by `explain`, so the audit and the command of that name say the same.

use super::Desk;
use crate::engine::people::Whom;
use crate::engine::state::Seat;
use crate::engine::will::explain::{self, Decider};
use crate::model::call_record::Action;
use crate::model::decision::{Said, Warrant, WarrantedBy};
use crate::model::event::OrderKey;
use crate::model::wish::Facet;
use jiff::Timestamp;

impl Desk {
    /// What decides the wish of a revision that is still open; fields decided alike stand together.
    pub(super) fn warrants(&self, whom: &Whom<'_>, today: Timestamp) -> Vec<Warrant> {
        let seat = self.seats.get(&whom.person.id).filter(|seat| seat.is_open());
        let Some(seat) = seat else { return Vec::new() };
        let (target, restricting) = (self.target(), &self.settings.restricting_groups);
        let mut warrants: Vec<Warrant> = Vec::new();
        for judged in explain::judge(whom.person, target, restricting, &seat.baseline, today) {
            let Some(by) = warranted_by(judged.decider) else { continue };
            let name = judged.facet.to_string();
            match warrants.iter_mut().find(|warrant| warrant.by == by) {
                Some(warrant) => warrant.fields.push(name),
                None => warrants.push(Warrant { fields: vec![name], by }),
            }
        }
        warrant_reopening(seat, &mut warrants);
        warrants
    }
}

/// A hidden account is made active instead of a second one that would be made: unless something else
/// decides that, what asks for an account does.
fn warrant_reopening(seat: &Seat, warrants: &mut [Warrant]) {
    let (account, active) = (Facet::Account.to_string(), Facet::Active.to_string());
    let is_reopened = seat
        .calls
        .iter()
        .any(|call| call.action == Action::Activate && call.for_revision.is_none());
    if !is_reopened || warrants.iter().any(|warrant| warrant.fields.contains(&active)) {
        return;
    }
    if let Some(warrant) = warrants.iter_mut().find(|it| it.fields.contains(&account)) {
        warrant.fields.push(active);
    }
}

fn warranted_by(decider: Decider<'_>) -> Option<WarrantedBy> {
    match decider {
        Decider::Claim(voice) => Some(WarrantedBy::Claim {
            claim: voice.instance.name.clone(),
            rule: voice.assertion.rule.clone(),
            rule_hash: voice.assertion.rule_hash.clone(),
            since: voice.since,
            said: voice.said.map(|mark| said(&mark.source, &mark.key)),
        }),
        Decider::Profile(mark) => {
            Some(WarrantedBy::Profile { said: said(&mark.source, &mark.key) })
        }
        Decider::Override(order) => Some(WarrantedBy::Override {
            operator: order.order.operator.clone(),
            command: order.order.command.to_string(),
            until: order.until,
        }),
        Decider::WayBack | Decider::NoWayBack => Some(WarrantedBy::WayBack),
        Decider::Nobody => None,
    }
}

fn said(source: &str, key: &OrderKey) -> Said {
    Said { source: source.to_owned(), event_id: key.id.clone(), time: key.time }
}
