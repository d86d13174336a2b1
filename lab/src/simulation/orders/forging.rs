//! Commands that are none, or that come too late or twice, or too many at once: nothing may come of them.

use super::errands::control;
use super::{CONTROL, Said, Sent};
use crate::model::TenantName;
use crate::simulation::world::World;
use jiff::SignedDuration;

/// More than are told one by one within a minute.
const FLOOD: usize = 70;
/// So far from a flood nothing is sent that has a line of another kind.
const APART: SignedDuration = SignedDuration::from_mins(10);

/// What is wrong with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Nothing,
    Unsigned,
    /// Somebody signed it whom nobody knows.
    Stranger,
    /// Another operator signed it.
    OtherKey,
    AlteredByte,
    OtherDeployment,
    OtherNamespace,
    UnknownMember,
    Expired,
}

const FLAWS: [Flaw; 8] = [
    Flaw::Unsigned,
    Flaw::Stranger,
    Flaw::OtherKey,
    Flaw::AlteredByte,
    Flaw::OtherDeployment,
    Flaw::OtherNamespace,
    Flaw::UnknownMember,
    Flaw::Expired,
];

impl World {
    /// What is not as it should be: nothing may come of it.
    pub(super) fn forge(&mut self, who: usize) {
        let flaw = *self.manners.braking.pick(&FLAWS).unwrap_or(&Flaw::Stranger);
        let is_near_flood =
            self.orders.flooded_at.is_some_and(|at| self.now.duration_since(at) < APART);
        if flaw == Flaw::Unsigned && is_near_flood {
            return;
        }
        let (tenant, said) = self.something_to_say();
        self.utter(who, tenant, said, flaw);
    }

    /// What would do something, if it were good: a command of any kind.
    fn something_to_say(&mut self) -> (Option<TenantName>, Said) {
        let rows = self.some_rows().filter(|_| self.manners.braking.happens(500));
        if let Some((tenant, rows)) = rows {
            let is_yes = self.manners.braking.happens(700);
            let said = if is_yes { Said::Approve(rows) } else { Said::Reject(rows) };
            return (Some(tenant), said);
        }
        let of_whom = match self.manners.braking.below(12) {
            0 | 1 => self.some_override().map(|(tenant, said)| (Some(tenant), said)),
            2 | 3 => self.some_undo().map(|(tenant, said)| (Some(tenant), said)),
            4 => self.some_reassertion().map(|(tenant, said)| (Some(tenant), said)),
            5 => self.some_binding().map(|(tenant, said)| (Some(tenant), said)),
            6 => Some((Some(self.some_tenant()), Said::Refresh)),
            7 | 8 => self.some_who_is_who(),
            9 | 10 => Some(self.some_replay()),
            _ => None,
        };
        of_whom.unwrap_or_else(|| {
            let (tenant, scope) = self.some_scope();
            (tenant, Said::Pause(scope))
        })
    }

    /// More that is refused than anybody wants to read.
    pub(super) fn flood(&mut self) {
        let unsigned = self.audit.written.keys().filter(|at| at.record.topic == CONTROL);
        let unsigned: Vec<i64> = unsigned.map(|at| at.record.offset).collect();
        let name = control();
        let is_near = unsigned.iter().any(|offset| {
            let record = self.log.read(&name, *offset);
            record.is_some_and(|it| self.now.duration_since(it.raw.timestamp) < APART)
        });
        if is_near {
            return;
        }
        self.orders.flooded_at = Some(self.now);
        for _ in 0..FLOOD {
            let (tenant, scope) = self.some_scope();
            self.utter(0, tenant, Said::Pause(scope), Flaw::Stranger);
        }
    }

    /// The same bytes once more.
    pub(super) fn send_again(&mut self) {
        let sent: Vec<Sent> = self.orders.sent.values().cloned().collect();
        let Some(sent) = self.manners.braking.pick(&sent).cloned() else { return };
        self.append_command(Sent { is_good: false, ..sent });
    }
}
