//! What an undo would do, row by row, by the plan that will run.

use super::Target;
use super::difference::known_as;
use crate::command::instruction::{Many, Row, Undone};
use crate::engine::brakes::protect::{Protected, Ward};
use crate::engine::deeds::shielding::ward;
use crate::engine::record::Kept;
use crate::engine::said::mutes::OrderedBy;
use crate::engine::undo::{Place, PlannedRow, Undo};
use jiff::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub what: &'a Undone,
    pub rows: Option<&'a Many<Row>>,
    pub leave_out: Option<&'a Many<Row>>,
    pub now: Timestamp,
}

/// One row, and by what its person is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undoing {
    pub known_as: String,
    pub row: PlannedRow,
}

/// What it would do for one person. Who is in which group is not in what is kept of people: there it is
/// taken to be as usher left it.
pub fn undoing(
    kept: &Kept,
    targets: &[Target],
    protected: &Protected,
    asked: &Asked<'_>,
) -> Vec<Undoing> {
    let order = OrderedBy {
        command: Uuid::nil().into(),
        operator: String::new(),
        reason: String::new(),
        at: asked.now,
    };
    let Asked { what, rows, leave_out, now } = *asked;
    let undo = Undo { what, rows, leave_out, order: &order, now };
    let groups = BTreeMap::new();
    let mut places = Vec::new();
    for Target { name, restricting } in targets {
        let seat = kept.seats.get(name);
        let aliases = &kept.person.aliases;
        let is_protected = match seat {
            Some(seat) => ward(protected, aliases, seat, &groups) != Ward::No,
            None => aliases.iter().any(|alias| protected.people.contains(alias)),
        };
        let groups = &groups;
        places.push(Place { target: name, restricting, seat, groups, is_protected, is_own: false });
    }
    let planned = undo.plan(&kept.person, &places).into_iter().flat_map(|plan| plan.rows);
    planned.map(|row| Undoing { known_as: known_as(&kept.person), row }).collect()
}
