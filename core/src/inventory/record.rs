//! Records of `usher.inventory`, one by one, for whoever keeps their rows in a form of their own.

use super::Unfit;
use super::days::Day;
use super::head::{Head, Slot};
use super::kept::read;
use super::row::{Headed, Part, Row, part_key};
use crate::model::ids::{TargetName, TenantName};

/// What a record holds.
#[derive(Clone, Debug)]
pub enum Record {
    /// What is known of a target's inventory. Its parts are there before it.
    Head { tenant: TenantName, target: TargetName, head: Box<Head> },
    /// Rows of one reading.
    Part {
        tenant: TenantName,
        target: TargetName,
        slot: Slot,
        /// The reading's: only together with a head of the same number it says anything.
        number: u64,
        /// From 0.
        place: u32,
        rows: Vec<Row>,
    },
    /// What there was on a day.
    Day(Day),
}

impl Record {
    /// Reads a record; `None`: its key is of no such kind.
    pub fn read(key: &str, value: &[u8]) -> Result<Option<Self>, Unfit> {
        if key.starts_with("head:") {
            let Headed { tenant, target, head } = read(value)?;
            return Ok(Some(Self::Head { tenant, target, head: Box::new(head) }));
        }
        if key.starts_with("day:") {
            return Ok(Some(Self::Day(read(value)?)));
        }
        if !key.starts_with("part:") {
            return Ok(None);
        }
        let Part { tenant, target, number, place, rows } = read(value)?;
        let of = |slot: &Slot| part_key(&tenant, &target, *slot, place) == key;
        let slot = [Slot::A, Slot::B].into_iter().find(of);
        let slot = slot.ok_or_else(|| Unfit::Torn(target.clone()))?;
        Ok(Some(Self::Part { tenant, target, slot, number, place, rows }))
    }
}
