//! Who is counted for what is called, and when that is given back.

use super::{Desk, Turn};
use crate::engine::brakes::Permitted;
use crate::engine::brakes::counters::Counters;
use crate::engine::brakes::halt::Demands;
use crate::engine::brakes::kind::kind_of;
use crate::engine::brakes::limits::Limits;
use crate::engine::brakes::meter::{Meter, Spend};
use crate::engine::brakes::sensors::Sensors;
use crate::engine::deeds::step::bearing;
use crate::engine::people::Whom;
use crate::engine::settings::TargetSettings;
use crate::engine::state::{Person, Seat};
use crate::engine::will::explain::{self, Decider};
use crate::model::decision::Why;
use crate::model::ids::{GroupName, PersonId, RuleName};
use crate::model::operation::Operation;
use jiff::Timestamp;

/// What stands for a rule where attributes come from a source's profile.
const PROFILE: &str = "profile";

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

    /// Of each facet that a claim decides, who said so, and by which rule; and who has said anything.
    pub(super) fn demands_of(&self, whom: &Whom<'_>, today: Timestamp) -> Demands {
        let Some(seat) = self.seats.get(&whom.person.id) else { return Demands::default() };
        let (target, restricting) = (self.target(), &self.settings.restricting_groups);
        let judged = explain::judge(whom.person, target, restricting, &seat.baseline, today);
        let said = |it: explain::Judged<'_>| match it.decider {
            Decider::Claim(voice) => {
                let source = voice.said.map_or(String::new(), |mark| mark.source.clone());
                Some((it.facet, (source, voice.assertion.rule.clone())))
            }
            Decider::Profile(mark) => {
                Some((it.facet, (mark.source.clone(), RuleName::new(PROFILE))))
            }
            Decider::Override(_) | Decider::WayBack | Decider::NoWayBack | Decider::Nobody => None,
        };
        Demands::new(judged.into_iter().filter_map(said).collect(), &whom.person.claims)
    }

    /// Whether all that goes ahead with a call may be counted yet: somebody else may have taken what was
    /// left since it was looked at.
    pub(super) fn has_room(&self, id: &PersonId, permitted: &Permitted, turn: &Turn<'_>) -> bool {
        let Some(whom) = turn.people.whom(id).filter(|_| self.is_metered()) else { return true };
        let Some(seat) = self.seats.get(id) else { return true };
        let sensors = sensors_of(whom.person, &self.settings, turn.books.today());
        let is_free = |operation: &&Operation| !seat.is_approved(operation);
        let mut counted = permitted.ahead().iter().filter(is_free);
        counted.all(|it| self.judge_spend((seat, it), &sensors, turn.books.now).is_ok())
    }

    /// What a call for a seat is charged to.
    fn judge_spend(
        &self,
        (seat, operation): (&Seat, &Operation),
        sensors: &Sensors<'_>,
        now: Timestamp,
    ) -> Result<Option<Spend>, Why> {
        let members = |group: &GroupName| self.groups.get(group)?.members_known();
        let meter = Meter {
            limits: &self.settings.limits,
            counters: &self.counters,
            charges: &seat.charges,
            accounts: self.denominator(),
            bearing: bearing(seat, &self.settings, now),
            ahead: &seat.pending,
            sensors,
            members: &members,
            now,
        };
        meter.judge(operation)
    }

    /// Counts the person for all that goes ahead with a call, in the commit that holds it. What somebody
    /// has approved is not counted again.
    pub(super) fn charge(&mut self, id: &PersonId, permitted: &Permitted, turn: &mut Turn<'_>) {
        if !self.is_metered() {
            return;
        }
        let now = turn.books.now;
        let Some(whom) = turn.people.whom(id) else { return };
        let sensors = sensors_of(whom.person, &self.settings, turn.books.today());
        for operation in permitted.ahead() {
            let Some(seat) = self.seats.get(id).filter(|seat| !seat.is_approved(operation)) else {
                continue;
            };
            let is_new = !seat.pending.contains(operation);
            let spend = self.judge_spend((seat, operation), &sensors, now);
            let Ok(Some(Spend { kind, from_reserve })) = spend else { continue };
            let Some(seat) = self.seats.get_mut(id) else { continue };
            let sensor = sensors.of(kind, operation);
            if let Some(sensor) = sensor.filter(|_| from_reserve) {
                self.counters.charge_reserve(sensor, &mut seat.charges, now);
            }
            let within = sensor.filter(|_| !from_reserve);
            match operation {
                Operation::CreateGroup { .. } if is_new => {
                    self.counters.charge_thing(kind, now);
                }
                Operation::CreateGroup { .. } => {}
                Operation::RemoveMember { .. }
                | Operation::Create { .. }
                | Operation::Change { .. }
                | Operation::AddMember { .. }
                | Operation::Delete { .. } => {
                    if let Operation::RemoveMember { group, .. } = operation
                        && is_new
                    {
                        self.counters.charge_group(&group.name, now);
                    }
                    if let Some(sensor) = within {
                        self.counters.charge_sensors(sensor, &mut seat.charges, now);
                    } else {
                        self.counters.charge(kind, &mut seat.charges, now);
                    }
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

/// Whose claims may let a cut of a person's out of the reserve.
pub(super) fn sensors_of<'a>(
    person: &'a Person,
    settings: &'a TargetSettings,
    today: Timestamp,
) -> Sensors<'a> {
    let is_metered = settings.limits != Limits::default();
    if !is_metered || settings.limits.reserve.an_hour == 0 {
        return Sensors::unasked();
    }
    Sensors::of_person(person, (&settings.name, &settings.restricting_groups), today)
}
