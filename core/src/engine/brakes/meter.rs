//! Whether a target has room for one more call of a kind.

use super::counters::{Charges, Counters, Reached, Window};
use super::kind::{Bearing, LimitKind, kind_of};
use super::limits::{Denominator, Limits};
use super::sensors::Sensors;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::GroupName;
use crate::model::operation::Operation;
use jiff::Timestamp;

/// What must be known to say whether there is room.
#[derive(Clone, Copy)]
pub struct Meter<'a> {
    pub limits: &'a Limits,
    pub counters: &'a Counters,
    pub charges: &'a Charges,
    /// The accounts that percents are of.
    pub accounts: Denominator,
    pub bearing: Bearing<'a>,
    /// What is written ahead, and so is counted.
    pub ahead: &'a [Operation],
    pub sensors: &'a Sensors<'a>,
    /// How many members a group has; `None`: that is not known.
    pub members: &'a dyn Fn(&GroupName) -> Option<usize>,
    pub now: Timestamp,
}

/// What a call is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spend {
    pub kind: LimitKind,
    /// It is beyond the limit, and whoever asks for it has a reserve.
    pub from_reserve: bool,
}

impl Meter<'_> {
    /// What a call is charged to, `None` if it is not counted; or why it waits.
    pub fn judge(&self, operation: &Operation) -> Result<Option<Spend>, Why> {
        let Some(kind) = kind_of(operation, self.bearing) else { return Ok(None) };
        if let Operation::RemoveMember { group, .. } = operation
            && !self.bearing.restricting.contains(&group.name)
            && !self.ahead.contains(operation)
            && let Some(reached) = self.reached_of_group(&group.name)
        {
            return Err(why_of_group(&group.name, reached));
        }
        let is_thing = matches!(operation, Operation::CreateGroup { .. });
        if is_thing && self.ahead.contains(operation) {
            return Ok(Some(Spend { kind, from_reserve: false }));
        }
        let charge = self.charges.get(&kind).filter(|_| !is_thing);
        let around = (self.limits, self.accounts.accounts);
        let sensor = self.sensors.of(kind, operation);
        let of_all = self.counters.reached((kind, charge), around, self.now);
        let of_sensors =
            || sensor.and_then(|_| self.counters.reached_by_sensors(charge, around, self.now));
        let Some(reached) = of_all.or_else(of_sensors) else {
            return Ok(Some(Spend { kind, from_reserve: false }));
        };
        match sensor.filter(|it| self.counters.has_reserve(*it, self.limits, self.now)) {
            Some(_) => Ok(Some(Spend { kind, from_reserve: true })),
            None => Err(why(kind, reached, self.accounts)),
        }
    }

    fn reached_of_group(&self, group: &GroupName) -> Option<Reached> {
        let members = (self.members)(group)?;
        self.counters.reached_of_group((group, members), self.limits, self.now)
    }
}

fn why(kind: LimitKind, reached: Reached, accounts: Denominator) -> Why {
    let Reached { window, done, most, by_sensors } = reached;
    let within = within(window);
    let done_word = kind.done();
    let whose = if by_sensors {
        " for claims of precedence `security`, and these have half of the limit,"
    } else {
        ", and the limit is"
    };
    let text = format!(
        "{done} people {done_word} at this target {within}{whose} {most} ({accounts}); \
         what is beyond it waits for somebody to approve or reject it"
    );
    Why::new(Code::LimitReached, Some(kind.word()), text)
}

fn why_of_group(group: &GroupName, Reached { window, done, most, .. }: Reached) -> Why {
    let within = within(window);
    let text = format!(
        "{done} members were taken out of `{group}` {within}, and the limit is {most}; who is to leave it \
         besides waits for somebody to approve or reject it"
    );
    Why::new(Code::LimitGroup, Some("groups"), text)
}

fn within(window: Window) -> &'static str {
    match window {
        Window::Hour => "within an hour",
        Window::Day => "within a day",
    }
}
