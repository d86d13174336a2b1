//! Who is counted for what is called, and when that is given back.

use super::{Desk, Turn};
use crate::engine::brakes::Permitted;
use crate::engine::brakes::counters::Counters;
use crate::engine::brakes::kind::kind_of;
use crate::engine::brakes::limits::Limits;
use crate::engine::brakes::meter::{Meter, Sensors, Spend, sensor};
use crate::engine::deeds::step::bearing;
use crate::engine::people::Whom;
use crate::engine::state::Seat;
use crate::engine::will::explain::{self, Decider};
use crate::engine::will::wish;
use crate::model::claim::{Assertion, Precedence};
use crate::model::ids::{GroupName, PersonId};
use crate::model::operation::Operation;
use jiff::Timestamp;

impl Desk {
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What the last owner has counted.
    pub(in crate::engine) fn restore_counters(&mut self, counters: Counters) {
        self.counters = counters;
    }

    pub(super) fn is_metered(&self) -> bool {
        self.settings.limits != Limits::default()
    }

    /// How many accounts are known here.
    pub(in crate::engine) fn accounts(&self) -> usize {
        self.owners.len()
    }

    /// Of each facet that a claim of precedence `security` decides, who said so. Asked for only where it
    /// may let something through.
    pub(super) fn sensors(&self, whom: &Whom<'_>, today: Timestamp) -> Sensors {
        let is_asked = self.is_metered() && self.settings.limits.reserve.an_hour > 0;
        let seat = self.seats.get(&whom.person.id).filter(|_| is_asked);
        let Some(seat) = seat.filter(|_| has_security(whom, today)) else { return Sensors::new() };
        self.claimants((whom, seat), |it| it.precedence == Precedence::Security, today)
    }

    /// Of each facet that a claim decides, who said so, and by which rule.
    pub(super) fn demanders(&self, whom: &Whom<'_>, today: Timestamp) -> Sensors {
        let seat = self.seats.get(&whom.person.id);
        seat.map(|seat| self.claimants((whom, seat), |_| true, today)).unwrap_or_default()
    }

    fn claimants(
        &self,
        (whom, seat): (&Whom<'_>, &Seat),
        is_meant: impl Fn(&Assertion) -> bool,
        today: Timestamp,
    ) -> Sensors {
        let (target, restricting) = (self.target(), &self.settings.restricting_groups);
        let judged = explain::judge(whom.person, target, restricting, &seat.baseline, today);
        let said = |it: explain::Judged<'_>| match it.decider {
            Decider::Claim(voice) if is_meant(voice.assertion) => {
                let source = voice.said.map_or(String::new(), |mark| mark.source.clone());
                Some((it.facet, (source, voice.assertion.rule.clone())))
            }
            Decider::Claim(_)
            | Decider::Profile(_)
            | Decider::WayBack
            | Decider::NoWayBack
            | Decider::Nobody => None,
        };
        judged.into_iter().filter_map(said).collect()
    }

    /// Counts the person for all that goes ahead with a call, in the commit that holds it.
    pub(super) fn charge(&mut self, id: &PersonId, permitted: &Permitted, turn: &mut Turn<'_>) {
        if !self.is_metered() {
            return;
        }
        let (now, today) = (turn.books.now, turn.books.today());
        let Some(whom) = turn.people.whom(id) else { return };
        let sensors = self.sensors(&whom, today);
        let accounts = self.accounts();
        let Some(seat) = self.seats.get_mut(id) else { return };
        let groups = &self.groups;
        let members = |group: &GroupName| groups.get(group)?.members_known();
        for operation in permitted.ahead() {
            let bearing = bearing(seat, &self.settings, now);
            let meter = Meter {
                limits: &self.settings.limits,
                counters: &self.counters,
                charges: &seat.charges,
                accounts,
                bearing,
                ahead: &seat.pending,
                sensors: &sensors,
                members: &members,
                now,
            };
            let Ok(Some(Spend { kind, from_reserve })) = meter.judge(operation) else { continue };
            if from_reserve && let Some(sensor) = sensor(&sensors, operation) {
                self.counters.charge_reserve(sensor, now);
            }
            let is_new = !seat.pending.contains(operation);
            match operation {
                Operation::CreateGroup { .. } if is_new => {
                    self.counters.charge_thing(kind, now);
                }
                Operation::CreateGroup { .. } => {}
                Operation::RemoveMember { group, .. } => {
                    if is_new {
                        self.counters.charge_group(&group.name, now);
                    }
                    self.counters.charge(kind, &mut seat.charges, now);
                }
                Operation::Create { .. }
                | Operation::Change { .. }
                | Operation::AddMember { .. }
                | Operation::Delete { .. } => {
                    self.counters.charge(kind, &mut seat.charges, now);
                }
            }
        }
        turn.books.ledger.touch_counters(&self.tenant, &self.settings.name);
    }

    /// A call leaves: what was charged for its kind is spent.
    pub(super) fn spend(&mut self, id: &PersonId, operation: &Operation, now: Timestamp) {
        let Some(seat) = self.seats.get_mut(id) else { return };
        let kind = kind_of(operation, bearing(seat, &self.settings, now));
        if let Some(charge) = kind.and_then(|kind| seat.charges.get_mut(&kind)) {
            charge.unsent = false;
        }
    }

    /// What was charged and never left is given back.
    pub(super) fn give_back_charges(&mut self, id: &PersonId, turn: &mut Turn<'_>) {
        let Some(seat) = self.seats.get_mut(id) else { return };
        if self.counters.give_back(&mut seat.charges) {
            turn.books.touch(id);
            turn.books.ledger.touch_counters(&self.tenant, &self.settings.name);
        }
    }
}

fn has_security(whom: &Whom<'_>, today: Timestamp) -> bool {
    let standing = wish::standing(whom.person, today);
    standing.iter().any(|it| it.span.assertion.precedence == Precedence::Security)
}
