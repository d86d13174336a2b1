//! What targets have, as it was last read whole.
//!
//! Names are kept here, and nowhere else in this process: lists are sorted and searched by them. It is the
//! last whole reading of each target, in few bytes, and gone with the process.

mod directory;
mod packed;
#[cfg(test)]
mod tests;

use crate::inventory::{Head, Record, Unfit, head_key, part_key};
use crate::model::ids::{TargetName, TenantName};
pub use directory::{AccountNumber, Directory, Group, GroupNumber};
pub use packed::Account;
use packed::Packed;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A record of the topic, read as far as it is kept.
#[derive(Debug)]
pub struct Heard {
    key: String,
    said: Said,
}

#[derive(Debug)]
enum Said {
    Head(TenantName, TargetName, Box<Head>),
    Part(Packed),
    Unfit(Unfit),
    Gone,
    /// Of what there was on a day no list is made.
    Nothing,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Directories {
    heads: BTreeMap<String, OfTarget>,
    /// Parts that no head has named yet, by their keys.
    parts: BTreeMap<String, Packed>,
    /// Records that cannot be read, by their keys.
    unfit: BTreeMap<String, Unfit>,
}

#[derive(Debug)]
struct OfTarget {
    head: Head,
    whole: Option<Arc<Directory>>,
    /// Why the reading that the head names is not shown.
    unfit: Option<Unfit>,
}

/// What is known of a target.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub head: Head,
    pub directory: Arc<Directory>,
}

/// Reads a record.
pub(super) fn read(key: String, value: Option<&[u8]>) -> Option<Heard> {
    let said = match value.map(|value| Record::read(&key, value)) {
        None => Said::Gone,
        Some(Ok(None)) => return None,
        Some(Ok(Some(Record::Day(_)))) => Said::Nothing,
        Some(Ok(Some(Record::Head { tenant, target, head }))) => Said::Head(tenant, target, head),
        Some(Ok(Some(Record::Part { number, rows, .. }))) => Said::Part(Packed::of(number, rows)),
        Some(Err(unfit)) => Said::Unfit(unfit),
    };
    Some(Heard { key, said })
}

impl Directories {
    pub(super) fn take(&mut self, heard: Heard) {
        let Heard { key, said } = heard;
        self.unfit.remove(&key);
        match said {
            Said::Head(tenant, target, head) => self.take_head(key, (tenant, target), *head),
            Said::Part(part) => {
                self.parts.insert(key, part);
            }
            Said::Nothing => {}
            Said::Unfit(unfit) => {
                self.unfit.insert(key, unfit);
            }
            Said::Gone => {
                self.heads.remove(&key);
                self.parts.remove(&key);
            }
        }
    }

    fn take_head(&mut self, key: String, (tenant, target): (TenantName, TargetName), head: Head) {
        let before = self.heads.remove(&key).and_then(|before| before.whole);
        let number = head.complete.as_ref().map(|taken| taken.number);
        if before.as_ref().is_some_and(|before| Some(before.taken.number) == number) {
            let known = OfTarget { head, whole: before, unfit: None };
            self.heads.insert(key, known);
            return;
        }
        let assembled = self.assemble(&tenant, &target, &head);
        // What an older reading has left lies here no longer than needed.
        let beginning = format!("part:{tenant}:{target}:");
        let number = number.unwrap_or(0);
        self.parts.retain(|key, part| !key.starts_with(&beginning) || part.number > number);
        let (whole, unfit) = match assembled {
            Ok(directory) => (Some(Arc::new(directory)), None),
            Err(unfit) => (before, Some(unfit)),
        };
        self.heads.insert(key, OfTarget { head, whole, unfit });
    }

    fn assemble(
        &mut self,
        tenant: &TenantName,
        target: &TargetName,
        head: &Head,
    ) -> Result<Directory, Unfit> {
        let taken = head.complete.clone().ok_or_else(|| Unfit::Never(target.clone()))?;
        let torn = || Unfit::Torn(target.clone());
        let keys = (0..taken.parts).map(|place| part_key(tenant, target, taken.slot, place));
        let keys: Vec<String> = keys.collect();
        if let Some(unfit) = keys.iter().find_map(|key| self.unfit.get(key)) {
            return Err(unfit.clone());
        }
        let of_it = |part: &Packed| part.number == taken.number;
        if !keys.iter().all(|key| self.parts.get(key).is_some_and(of_it)) {
            return Err(torn());
        }
        let parts = keys.iter().filter_map(|key| self.parts.remove(key)).collect();
        Directory::of(taken, parts).ok_or_else(torn)
    }

    /// The last whole reading of a target, or why there is none.
    pub fn of(&self, tenant: &TenantName, target: &TargetName) -> Result<Inventory, Unfit> {
        let key = head_key(tenant, target);
        if let Some(unfit) = self.unfit.get(&key) {
            return Err(unfit.clone());
        }
        let never = || Unfit::Never(target.clone());
        let known = self.heads.get(&key).ok_or_else(never)?;
        match (&known.whole, &known.unfit) {
            (Some(whole), _) => {
                Ok(Inventory { head: known.head.clone(), directory: Arc::clone(whole) })
            }
            (None, Some(unfit)) => Err(unfit.clone()),
            (None, None) => Err(never()),
        }
    }
}
