//! What each target has, as it was last read whole: for pages and for programs.
//!
//! Names are kept here, and nowhere else in this process: lists are sorted and searched by them. It is the
//! last whole reading of each target, in few bytes, and gone with the process.

mod build;
mod column;
mod directory;
mod members;
mod piece;
#[cfg(test)]
mod tests;
mod texts;

use super::people::Digests;
use crate::inventory::{DAYS_KEPT, Day, Head, Record, Taken, Unfit, head_key, part_key};
use crate::model::ids::{TargetName, TenantName};
pub use column::Column;
pub use directory::{Account, AccountNumber, Directory, Group, GroupNumber};
use jiff::civil::Date;
use piece::Piece;
use std::collections::BTreeMap;
use std::sync::Arc;
pub use texts::{Sorted, folded};

/// A record of the topic, read as far as it is kept.
#[derive(Debug)]
pub struct Heard {
    key: String,
    said: Said,
}

#[derive(Debug)]
enum Said {
    Head(TenantName, TargetName, Box<Head>),
    Piece(TenantName, TargetName, Piece),
    Day(Day),
    Unfit(Unfit),
    Gone,
}

/// Of all targets.
#[derive(Debug, Default)]
pub struct Inventories {
    heads: BTreeMap<String, AtTarget>,
    /// What no head has named yet, by the keys of the records.
    pieces: BTreeMap<String, Piece>,
    /// Records that cannot be read, by their keys.
    unfit: BTreeMap<String, Unfit>,
    /// Readings of which all pieces are there.
    ready: Vec<Ready>,
}

/// Of one target.
#[derive(Debug)]
pub struct AtTarget {
    tenant: TenantName,
    target: TargetName,
    /// How the readings went.
    pub head: Head,
    /// What there was on each of the last days.
    pub days: BTreeMap<Date, Day>,
    whole: Option<Arc<Directory>>,
    /// Of each account of that, whether usher has bound it to somebody.
    held: Vec<bool>,
    /// Why the reading that the head names is not shown.
    unfit: Option<Unfit>,
}

/// What is known of a target.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub head: Head,
    pub directory: Arc<Directory>,
}

/// A reading that can be put together; that takes a while.
#[derive(Debug)]
pub(super) struct Ready {
    key: String,
    taken: Taken,
    pieces: Vec<Piece>,
}

/// One that was.
#[derive(Debug)]
pub(super) struct Made {
    key: String,
    number: u64,
    /// `None`: its pieces do not fit together.
    directory: Option<Arc<Directory>>,
}

/// Reads a record; `None`: it is nothing that is kept.
pub(super) fn read(key: String, value: Option<&[u8]>) -> Option<Heard> {
    let said = match value.map(|value| Record::read(&key, value)) {
        None => Said::Gone,
        Some(Ok(None)) => return None,
        Some(Ok(Some(Record::Day(day)))) => Said::Day(day),
        Some(Ok(Some(Record::Head { tenant, target, head }))) => Said::Head(tenant, target, head),
        Some(Ok(Some(Record::Part { tenant, target, number, rows, .. }))) => {
            Said::Piece(tenant, target, Piece::of(number, rows))
        }
        Some(Err(error)) => {
            tracing::warn!(%error, "a record of an inventory is left out");
            Said::Unfit(error)
        }
    };
    Some(Heard { key, said })
}

impl Ready {
    pub(super) fn put_together(self, digests: &Digests) -> Made {
        let Self { key, taken, pieces } = self;
        let number = taken.number;
        let directory = Directory::of(taken, &pieces, digests).map(Arc::new);
        Made { key, number, directory }
    }
}

impl Inventories {
    /// What [`Self::ready`] gives afterwards has to be put together, and to be settled.
    pub(super) fn take(&mut self, heard: Heard) {
        let Heard { key, said } = heard;
        self.unfit.remove(&key);
        match said {
            Said::Head(tenant, target, head) => self.take_head(&key, (tenant, target), *head),
            Said::Piece(tenant, target, piece) => self.take_piece(key, &tenant, &target, piece),
            Said::Day(day) => self.take_day(day),
            Said::Unfit(unfit) => {
                self.unfit.insert(key, unfit);
            }
            Said::Gone => {
                self.heads.remove(&key);
                self.pieces.remove(&key);
            }
        }
    }

    fn take_head(&mut self, key: &str, (tenant, target): (TenantName, TargetName), head: Head) {
        let at = self.heads.entry(key.to_owned());
        at.or_insert_with(|| AtTarget::new(tenant, target)).head = head;
        self.gather(key);
    }

    fn take_day(&mut self, day: Day) {
        let at = self.heads.entry(head_key(&day.tenant, &day.target));
        let fresh = || AtTarget::new(day.tenant.clone(), day.target.clone());
        let days = &mut at.or_insert_with(fresh).days;
        days.insert(day.on, day);
        while days.len() as u64 > DAYS_KEPT.unsigned_abs() {
            days.pop_first();
        }
    }

    fn take_piece(&mut self, key: String, tenant: &TenantName, target: &TargetName, piece: Piece) {
        let head = head_key(tenant, target);
        let at = self.heads.get(&head);
        let named = at.and_then(|at| at.head.complete.as_ref()).map_or(0, |taken| taken.number);
        let is_whole = at.is_some_and(AtTarget::is_whole);
        // What an older reading has left is of no use.
        if piece.number < named || (is_whole && piece.number == named) {
            return;
        }
        self.pieces.insert(key, piece);
        // Its head may have been heard first, if what lay between was written anew.
        if named > 0 && !is_whole {
            self.gather(&head);
        }
    }

    /// Takes the pieces that a head names, if all are there, and lets go of those of older readings.
    fn gather(&mut self, key: &str) {
        let Some(at) = self.heads.get(key) else { return };
        let number = at.head.complete.as_ref().map_or(0, |taken| taken.number);
        let unfit = if at.is_whole() {
            None
        } else {
            match self.gathered(key, at) {
                Ok((taken, keys)) => {
                    let pieces = keys.iter().filter_map(|key| self.pieces.remove(key)).collect();
                    self.ready.push(Ready { key: key.to_owned(), taken, pieces });
                    None
                }
                Err(unfit) => Some(unfit),
            }
        };
        let Some(at) = self.heads.get_mut(key) else { return };
        let beginning = format!("part:{}:{}:", at.tenant, at.target);
        let is_whole = unfit.is_none();
        at.unfit = unfit;
        self.pieces.retain(|key, piece| {
            let is_later = piece.number > number || (piece.number == number && !is_whole);
            !key.starts_with(&beginning) || is_later
        });
    }

    /// The keys of the pieces, if all are there.
    fn gathered(&self, key: &str, at: &AtTarget) -> Result<(Taken, Vec<String>), Unfit> {
        let AtTarget { tenant, target, head, .. } = at;
        let taken = head.complete.clone().ok_or_else(|| Unfit::Never(target.clone()))?;
        let torn = || Unfit::Torn(target.clone());
        let mut keys = Vec::new();
        for place in 0..taken.parts {
            let key = part_key(tenant, target, taken.slot, place);
            if let Some(unfit) = self.unfit.get(&key) {
                return Err(unfit.clone());
            }
            let piece = self.pieces.get(&key).filter(|piece| piece.number == taken.number);
            piece.ok_or_else(torn)?;
            keys.push(key);
        }
        tracing::debug!(key, parts = taken.parts, "a reading is there as a whole");
        Ok((taken, keys))
    }

    /// Readings to put together, each told once.
    pub(super) fn ready(&mut self) -> Vec<Ready> {
        std::mem::take(&mut self.ready)
    }

    /// Takes in what was put together, if the head still names it. `is_held`: whether usher has bound an
    /// account.
    pub(super) fn settle(
        &mut self,
        made: Made,
        is_held: impl Fn(&TenantName, &TargetName, &str) -> bool,
    ) {
        let Made { key, number, directory } = made;
        let Some(at) = self.heads.get_mut(&key) else { return };
        if at.head.complete.as_ref().is_none_or(|taken| taken.number != number) {
            return;
        }
        let Some(directory) = directory else {
            at.unfit = Some(Unfit::Torn(at.target.clone()));
            return;
        };
        let (tenant, target) = (&at.tenant, &at.target);
        let accounts = directory.accounts();
        at.held = accounts.map(|(_, account)| is_held(tenant, target, account.id())).collect();
        at.whole = Some(directory);
    }

    /// Takes in a record, and whatever is whole by it.
    #[cfg(test)]
    pub(in crate::serve) fn hear(&mut self, record: crate::model::StateWrite) {
        self.take(read(record.key, record.value.as_deref()).expect("it is of an inventory"));
        for ready in self.ready() {
            self.settle(ready.put_together(&Digests::default()), |_, _, _| false);
        }
    }

    /// Somebody's account was bound, or let go.
    pub(super) fn bind(
        &mut self,
        (tenant, target): (&TenantName, &TargetName),
        account: &str,
        is_held: bool,
    ) {
        let Some(at) = self.heads.get_mut(&head_key(tenant, target)) else { return };
        let number = at.whole.as_ref().and_then(|whole| whole.find(account));
        if let Some(held) = number.and_then(|number| at.held.get_mut(number.index())) {
            *held = is_held;
        }
    }

    /// Nobody is known any more who could have an account.
    pub(super) fn let_go(&mut self) {
        self.heads.values_mut().for_each(|at| at.held.fill(false));
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

    /// How the readings of a target went, and what the last of them has shown.
    pub fn at(&self, tenant: &TenantName, target: &TargetName) -> Option<&AtTarget> {
        self.heads.get(&head_key(tenant, target))
    }
}

impl AtTarget {
    fn new(tenant: TenantName, target: TargetName) -> Self {
        Self {
            tenant,
            target,
            head: Head::default(),
            days: BTreeMap::new(),
            whole: None,
            held: Vec::new(),
            unfit: None,
        }
    }

    fn is_whole(&self) -> bool {
        let number = self.head.complete.as_ref().map(|taken| taken.number);
        self.whole.as_ref().is_some_and(|whole| Some(whole.taken.number) == number)
    }

    /// The reading that the head names; `None`: there is none, or not all of it was heard.
    pub fn whole(&self) -> Option<&Directory> {
        self.whole.as_deref().filter(|_| self.is_whole())
    }

    /// Whether usher has bound an account of it to somebody.
    pub fn is_held(&self, number: AccountNumber) -> bool {
        self.held.get(number.index()).copied().unwrap_or_default()
    }
}
