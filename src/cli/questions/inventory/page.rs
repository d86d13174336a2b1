//! What targets have, as a table, as CSV and as JSON.
//!
//! Columns of CSV and members of JSON are a promise (docs/inventory.md); new ones may come, at the end.

use super::super::difference::align;
use super::super::text;
use super::super::time::Zone;
use super::Place;
use super::beside::{self, Imports};
use crate::inventory::{Head, Inventory};
use crate::model::AttributeName;
use crate::model::ids::{ScimId, TargetName, TenantName};
use crate::model::listing::ListedAccount;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

type Heads = [(TenantName, TargetName, Head)];

const TARGETS: [&str; 8] =
    ["tenant", "target", "as_of", "accounts", "active", "groups", "last_reading", "flaws"];
const ACCOUNTS: [&str; 16] = [
    "tenant",
    "target",
    "id",
    "user_name",
    "display_name",
    "email",
    "active",
    "external_id",
    "user_type",
    "created",
    "changed",
    "groups",
    "seen",
    "provisioner",
    "console",
    "policies",
];
const GROUPS: [&str; 8] =
    ["tenant", "target", "id", "name", "members", "as_of", "policies", "warning"];

/// A line for each target, and below it why its last reading is not believed.
pub(super) fn targets(heads: &Heads, zone: &Zone) -> String {
    if heads.is_empty() {
        return "nothing was read yet; the worker reads every target that has no `inventory: none`\n"
            .to_owned();
    }
    let mut lines =
        vec![["TARGET", "AS OF", "ACCOUNTS", "ACTIVE", "GROUPS"].map(str::to_owned).to_vec()];
    lines.extend(heads.iter().map(|(tenant, target, head)| {
        let taken = head.complete.as_ref();
        let number = |count: Option<u64>| count.map_or("-".to_owned(), |count| count.to_string());
        vec![
            format!("{tenant}/{target}"),
            taken.map_or("never".to_owned(), |taken| zone.show(taken.ended)),
            number(taken.map(|taken| taken.accounts.rows)),
            number(taken.map(|taken| taken.active)),
            number(taken.map(|taken| taken.groups.rows)),
        ]
    }));
    let aligned = align(&lines);
    let mut aligned = aligned.lines();
    let mut out: String = aligned.next().map(text::line).into_iter().collect();
    for (line, (_, _, head)) in aligned.zip(heads) {
        out.push_str(&text::line(line));
        let last = head.last.as_ref().filter(|last| !last.flaws.is_empty());
        for flaw in last.iter().flat_map(|last| &last.flaws) {
            let when = last.map(|last| zone.show(last.ended)).unwrap_or_default();
            out.push_str(&text::line(&format!("    not believed at {when}: {}", flaw.text())));
        }
        let groups = head.complete.iter().flat_map(|taken| &taken.groups_flaws);
        for flaw in groups {
            out.push_str(&text::line(&format!("    groups are not whole: {}", flaw.text())));
        }
        for line in beside::scopes(head, zone) {
            out.push_str(&text::line(&format!("    {line}")));
        }
    }
    out
}

pub(super) fn targets_document(heads: &Heads) -> Json {
    let one = |(tenant, target, head): &(TenantName, TargetName, Head)| json!({ "tenant": tenant, "target": target, "complete": head.complete, "last": head.last });
    json!({ "targets": heads.iter().map(one).collect::<Vec<Json>>() })
}

pub(super) fn targets_csv(heads: &Heads) -> io::Result<String> {
    let rows = heads.iter().map(|(tenant, target, head)| {
        let taken = head.complete.as_ref();
        let number = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        let last = head.last.as_ref();
        let flaws = last.map(|last| last.flaws.iter().map(|flaw| json!(flaw)));
        let flaws = flaws.into_iter().flatten().filter_map(|flaw| Some(flaw.as_str()?.to_owned()));
        vec![
            tenant.to_string(),
            target.to_string(),
            taken.map(|taken| taken.ended.to_string()).unwrap_or_default(),
            number(taken.map(|taken| taken.accounts.rows)),
            number(taken.map(|taken| taken.active)),
            number(taken.map(|taken| taken.groups.rows)),
            last.map(|last| last.ended.to_string()).unwrap_or_default(),
            flaws.collect::<Vec<String>>().join(" "),
        ]
    });
    text::csv(&TARGETS, rows)
}

/// Rows of several targets.
pub(super) struct Rows {
    columns: &'static [&'static str],
    /// What is shown on a terminal.
    shown: &'static [usize],
    cells: Vec<Vec<String>>,
    as_of: Vec<(String, Timestamp)>,
}

impl Rows {
    pub(super) fn page(&self, zone: &Zone) -> String {
        let pick = |row: &[String]| -> Vec<String> {
            let cells = self.shown.iter().filter_map(|index| row.get(*index));
            cells.map(|cell| text::plain(cell).into_owned()).collect()
        };
        let heads = self.columns.iter().map(|name| name.to_uppercase().replace('_', " "));
        let heads: Vec<String> = heads.collect();
        let mut lines = vec![pick(&heads)];
        lines.extend(self.cells.iter().map(|row| pick(row)));
        let mut out: String = align(&lines).lines().map(text::line).collect();
        for (place, as_of) in &self.as_of {
            // Writing to a string cannot fail.
            let _infallible = writeln!(out, "{place} as of {}", zone.show(*as_of));
        }
        out
    }

    pub(super) fn csv(&self) -> io::Result<String> {
        text::csv(self.columns, self.cells.iter().cloned())
    }

    pub(super) fn document(&self) -> Json {
        let row = |row: &Vec<String>| -> Json {
            let members = self.columns.iter().zip(row);
            Json::Object(members.map(|(name, cell)| ((*name).to_owned(), json!(cell))).collect())
        };
        json!({ "rows": self.cells.iter().map(row).collect::<Vec<Json>>() })
    }
}

pub(super) fn accounts(inventories: &[Inventory], imports: &Imports) -> Rows {
    let mut cells = Vec::new();
    for inventory in inventories {
        let groups = groups_of(inventory);
        let place = (&inventory.tenant, &inventory.target);
        let beside = beside::Shown::of(inventory, imports);
        cells.extend(inventory.accounts.iter().map(|listed| {
            let theirs = groups.get(&listed.account.id).map(Vec::as_slice).unwrap_or_default();
            let mut row = account(place, listed, theirs);
            row.extend(beside.of_account(listed, theirs));
            row
        }));
    }
    Rows { columns: &ACCOUNTS, shown: &[0, 1, 2, 3, 6, 11], cells, as_of: as_of(inventories) }
}

fn account((tenant, target): Place<'_>, listed: &ListedAccount, groups: &[&str]) -> Vec<String> {
    let ListedAccount { account, created } = listed;
    let changed = account.changed.as_ref().and_then(|changed| changed.at);
    let value = |name: &AttributeName| {
        account.attributes.get(name).map(crate::model::Value::to_text).unwrap_or_default()
    };
    let named =
        |name: &str| AttributeName::parse(name).map(|name| value(&name)).unwrap_or_default();
    let date = |at: &Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    vec![
        tenant.to_string(),
        target.to_string(),
        account.id.to_string(),
        value(&AttributeName::USER_NAME),
        named("displayName"),
        value(&AttributeName::WORK_EMAIL),
        account.active.map_or("not said".to_owned(), |active| active.to_string()),
        value(&AttributeName::EXTERNAL_ID),
        value(&AttributeName::USER_TYPE),
        date(created),
        date(&changed),
        groups.join(" | "),
    ]
}

/// The names of the groups that each account is in.
fn groups_of(inventory: &Inventory) -> BTreeMap<&ScimId, Vec<&str>> {
    let mut all: BTreeMap<&ScimId, Vec<&str>> = BTreeMap::new();
    for group in &inventory.groups {
        for member in inventory.members.get(&group.id).into_iter().flatten() {
            all.entry(member).or_default().push(group.name.as_str());
        }
    }
    all
}

pub(super) fn groups(inventories: &[Inventory], heads: &Heads, imports: &Imports) -> Rows {
    let mut cells = Vec::new();
    for inventory in inventories {
        let beside = beside::Shown::of(inventory, imports);
        let place = (&inventory.tenant, &inventory.target);
        let head = heads.iter().find(|(tenant, target, _)| (tenant, target) == place);
        cells.extend(inventory.groups.iter().map(|group| {
            let [policies, warning] = beside.of_group(&group.name, head.map(|(_, _, head)| head));
            let members = inventory.members.get(&group.id);
            vec![
                inventory.tenant.to_string(),
                inventory.target.to_string(),
                group.id.to_string(),
                group.name.to_string(),
                members.map_or("not shown".to_owned(), |members| members.len().to_string()),
                inventory.taken.ended.to_string(),
                policies,
                warning,
            ]
        }));
    }
    Rows { columns: &GROUPS, shown: &[0, 1, 2, 3, 4, 6, 7], cells, as_of: as_of(inventories) }
}

pub(super) fn policies(inventories: &[Inventory], imports: &Imports) -> Rows {
    let cells = inventories.iter().flat_map(|it| beside::policies(it, imports)).collect();
    let shown = &[0, 1, 2, 3, 4, 6, 9];
    Rows { columns: &beside::POLICIES, shown, cells, as_of: as_of(inventories) }
}

fn as_of(inventories: &[Inventory]) -> Vec<(String, Timestamp)> {
    let place = |it: &Inventory| (format!("{}/{}", it.tenant, it.target), it.taken.ended);
    inventories.iter().map(place).collect()
}
