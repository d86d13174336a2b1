//! Policies: which a target shows, which were exported from its console, and which group they name.

use super::sheet::{Cell, Sheet, Tone};
use crate::inventory::ScopeTaken;
use crate::inventory::scope::{Policies, Policy, Scope};
use crate::model::ids::{GroupName, TargetName};
use crate::serve::comparing::Exported;
use crate::serve::deployment::Tenant;
use crate::serve::memory::Known;
use crate::serve::web::Visit;
use crate::tenants::Imported;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use std::borrow::Cow;

const COLUMNS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("policy", "Policy"),
    ("enabled", "Enabled"),
    ("action", "Action"),
    ("groups", "Groups"),
    ("apps", "For"),
    ("source", "Read from"),
    ("as_of", "As of"),
];

/// Nobody reads more at once.
const ROWS_MOST: usize = 1_000;

/// The policies of one target, from wherever they are known.
pub(super) struct AtTarget {
    target: TargetName,
    read: Vec<Policy>,
    read_at: Option<Timestamp>,
    exported: Option<Exported>,
    by_group: Policies,
}

impl AtTarget {
    pub(super) fn of(visit: &Visit, known: &Known, tenant: &Tenant, target: &TargetName) -> Self {
        let whole = known.inventories.at(&tenant.name, target).and_then(|at| at.whole());
        let scope = whole.and_then(|whole| whole.taken.scopes.get(&Scope::Policies));
        let read = whole.map(|whole| whole.policies.to_vec()).unwrap_or_default();
        let exported = visit.site.comparing.imported(&tenant.name, target);
        let imported = exported.iter().flatten().flat_map(|it| &it.policies);
        Self {
            by_group: Policies::of(read.iter().chain(imported)),
            target: target.clone(),
            read,
            read_at: scope.filter(|taken| taken.is_whole()).map(|taken: &ScopeTaken| taken.ended),
            exported,
        }
    }

    pub(super) fn is_of(&self, target: &TargetName) -> bool {
        self.target == *target
    }

    fn imported(&self) -> Option<&Imported> {
        self.exported.as_ref()?.as_ref().ok()
    }

    /// Whether anybody has told policies, so that none is a finding.
    fn is_known(&self) -> bool {
        self.read_at.is_some() || self.imported().is_some()
    }

    /// Of a group: how many policies name it, and what is wrong with that. `is_filled`: usher puts people in.
    pub(super) fn of_group(
        &self,
        group: &GroupName,
        (takes_access, is_filled): (bool, bool),
    ) -> [Cell; 2] {
        let naming = self.by_group.that_name(group).len();
        let warning = match (self.is_known(), naming) {
            (false, _) => return [Cell::text("not read"), Cell::Nothing],
            (true, 0) if takes_access => Cell::Mark(Tone::Bad, "a quarantine that isolates nobody"),
            (true, 0) if is_filled => Cell::Mark(Tone::Bad, "no policy names it"),
            (true, _) => Cell::Nothing,
        };
        [Cell::count(naming), warning]
    }

    /// A row for each policy; `group`: of those alone that name it.
    fn rows(&self, group: Option<&str>) -> Vec<Vec<Cell>> {
        let is_meant = |policy: &&Policy| group.is_none_or(|group| policy.names(group));
        let read = self.read.iter().filter(is_meant);
        let mut rows: Vec<_> =
            read.map(|policy| self.row(policy, "private access", self.read_at)).collect();
        if let Some(imported) = self.imported() {
            let imported = imported.policies.iter().filter(is_meant);
            let as_of = self.imported().and_then(|it| it.as_of);
            rows.extend(imported.map(|policy| self.row(policy, "export", as_of)));
        }
        rows
    }

    fn row(&self, policy: &Policy, source: &str, as_of: Option<Timestamp>) -> Vec<Cell> {
        vec![
            Cell::text(self.target.as_str()),
            Cell::text(&policy.name),
            match policy.enabled {
                Some(true) => Cell::Mark(Tone::Good, "yes"),
                Some(false) => Cell::Mark(Tone::Waits, "no"),
                None => Cell::text("not said"),
            },
            Cell::text(policy.action.clone().unwrap_or_default()),
            Cell::text(policy.groups.join(", ")),
            Cell::text(policy.apps.join(", ")),
            Cell::text(source),
            Cell::at(as_of),
        ]
    }

    /// Where policies come from, how old an export is, and what is not known.
    fn note(&self, now: Timestamp) -> Markup {
        let target = self.target.as_str();
        html! {
            @match &self.exported {
                None => { p.soft {
                    "Policies of real-time protection at " (target) " are not known: no interface shows them. "
                    "Export them at the console, and name the file: " code { "policies: { file: … }" } "."
                } }
                Some(Err(error)) => { p {
                    (super::sheet::mark(Tone::Bad, "the exported policies cannot be read"))
                    " " (target) ": " (error.to_string())
                } }
                Some(Ok(imported)) => { p.soft {
                    "The export of policies of " (target) " is "
                    @match imported.as_of { Some(at) => (age(now, at)), None => "of unknown age" }
                    "; what was changed at the console since is not in it."
                } }
            }
            @if self.read_at.is_none() {
                p.soft {
                    "Rules of private access at " (target) " were not read: "
                    code { "inventory: { reads: [policies] }" } " asks for them."
                }
            }
        }
    }
}

/// `3 days old`
fn age(now: Timestamp, at: Timestamp) -> String {
    let old = now.duration_since(at).max(SignedDuration::ZERO);
    match (old.as_hours() / 24, old.as_hours()) {
        (0, 0) => "less than an hour old".to_owned(),
        (0, 1) => "1 hour old".to_owned(),
        (0, hours) => format!("{hours} hours old"),
        (1, _) => "1 day old".to_owned(),
        (days, _) => format!("{days} days old"),
    }
}

/// All policies of a tenant's targets.
pub(super) fn sheet(all: &[AtTarget]) -> Sheet {
    table(all.iter().flat_map(|at| at.rows(None)).collect(), "Policies that are known".to_owned())
}

/// Those that name a group.
pub(super) fn of_group(at: &AtTarget, group: &str) -> Sheet {
    table(at.rows(Some(group)), format!("Policies that name `{group}`"))
}

pub(super) fn notes(all: &[AtTarget], now: Timestamp) -> Markup {
    html! { @for at in all { (at.note(now)) } }
}

fn table(mut rows: Vec<Vec<Cell>>, caption: String) -> Sheet {
    let more = rows.len().saturating_sub(ROWS_MOST);
    rows.truncate(ROWS_MOST);
    let caption =
        if more == 0 { caption } else { format!("{caption}, and {more} that are not shown") };
    Sheet {
        name: Cow::Borrowed("policies"),
        caption,
        columns: COLUMNS,
        rows,
        empty: "none is known".to_owned(),
        next: None,
    }
}
