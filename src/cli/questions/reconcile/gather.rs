//! Everything that is compared, read from files and from Kafka.

use super::super::super::Error as CliError;
use super::super::waiting::Waiting;
use super::super::{Error, inventory, people};
use crate::clock::Clock;
use crate::comparison::lists::{Reading, Taken, lists_of};
use crate::comparison::{inventories_of, targets_of, zone_of};
use crate::config::Tenant;
use crate::model::ids::{TargetName, TenantName};
use crate::reconcile::{
    Authority, Exceptions, ExceptionsRefused, History, Inventory, KnownPeople, List, Memory,
    Question, Settings, compare,
};
use crate::roster::{Expect, Roster};
use crate::tenants;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::Path;

/// All that is compared.
pub(super) struct Gathered {
    pub(super) tenant: TenantName,
    pub(super) inventories: Vec<Inventory>,
    now: Timestamp,
    zone: TimeZone,
    lists: Vec<Taken>,
    /// Earlier ones, of the same names.
    before: Vec<Taken>,
    /// What the worker remembers of its comparisons.
    remembered: History,
    known: KnownPeople,
    exceptions: Result<Exceptions, ExceptionsRefused>,
    settings: Settings,
}

impl Gathered {
    /// `earlier`: a roster and a list of the identity provider of before.
    pub(super) fn of(
        waiting: &Waiting,
        name: &TenantName,
        target: Option<&TargetName>,
        earlier: (Option<&Path>, Option<&Path>),
    ) -> Result<Self, CliError> {
        let now = Clock::of_this_process().now();
        let loaded = waiting.loaded();
        let tenant = waiting.settings_of(name)?;
        let before = earlier_lists(tenant, earlier, now)?;
        let keeper = inventory::read(waiting)?;
        let memory = Memory::of(&keeper, name).map_err(Error::from)?;
        let of_before = |name: &str| before.iter().find(|list: &&Taken| list.name == name);
        let census = |name: &str| {
            let earlier = of_before(name).and_then(|list| list.roster.as_ref().ok());
            earlier.map(Roster::census).or_else(|| memory.census.get(name))
        };
        let lists = lists_of(loaded, tenant, now, census)?;
        let mut targets = targets_of(tenant);
        targets.retain(|(at, _)| target.is_none_or(|only| only == at));
        let zone = zone_of(tenant);
        let today = zone.to_datetime(now).date();
        let mut known = KnownPeople::default();
        let (kept, aside) = waiting.everybody(name)?;
        for kept in &kept {
            known.add_kept(kept, now);
        }
        people::warn(&aside);
        for _ in &aside {
            known.add_unread();
        }
        Ok(Self {
            tenant: name.clone(),
            inventories: inventories_of(&keeper, name, &targets, now).map_err(Error::from)?,
            now,
            zone,
            lists,
            before,
            remembered: memory.history,
            known,
            exceptions: tenants::exceptions_of(loaded, tenant, today)?,
            settings: tenant.comparison(),
        })
    }

    pub(super) fn lists(&self) -> Vec<List<'_>> {
        self.lists.iter().map(Taken::lent).collect()
    }

    pub(super) fn question<'a>(
        &'a self,
        lists: &'a [List<'a>],
        history: &'a History,
    ) -> Question<'a> {
        self.question_at(lists, history, self.now)
    }

    fn question_at<'a>(
        &'a self,
        lists: &'a [List<'a>],
        history: &'a History,
        now: Timestamp,
    ) -> Question<'a> {
        Question {
            now,
            today: self.zone.to_datetime(now).date(),
            lists,
            known: &self.known,
            inventories: &self.inventories,
            exceptions: self.exceptions.as_ref(),
            history,
            settings: &self.settings,
        }
    }

    /// What the earlier lists would have found; if none are named, what the worker remembers.
    pub(super) fn history(&self) -> History {
        if self.before.is_empty() {
            return self.remembered.clone();
        }
        let lists: Vec<List<'_>> = self.before.iter().map(Taken::lent).collect();
        let made = self.before.iter().filter_map(|list| list.roster.as_ref().ok());
        let made = made.filter_map(|roster| roster.census().stamp.generated_at).max();
        compare(&self.question_at(&lists, &History::default(), made.unwrap_or(self.now))).history
    }
}

/// Earlier lists stand for those of today, so there must be as many.
fn earlier_lists(
    tenant: &Tenant,
    (roster, idp): (Option<&Path>, Option<&Path>),
    now: Timestamp,
) -> Result<Vec<Taken>, CliError> {
    if roster.is_none() {
        return Ok(Vec::new());
    }
    let mut taken = Vec::new();
    for (name, of, list, file) in [
        ("roster", Authority::Hr, &tenant.roster, roster),
        ("idp", Authority::IdentityProvider, &tenant.idp, idp),
    ] {
        let (list, file) = match (list, file) {
            (Some(list), Some(file)) => (list, file),
            (None, None) => continue,
            (Some(_), None) => return Err(Error::NoEarlier { name }.into()),
            (None, Some(_)) => return Err(Error::NoSuchList { name }.into()),
        };
        // It was young enough in its time.
        let expect = Expect { age_most: None, ..list.expect.clone() };
        let roster =
            Reading { list, file, expect: &expect, now }.read(None)?.map_err(Error::Earlier)?;
        taken.push(Taken { name, of, roster: Ok(roster) });
    }
    Ok(taken)
}
