//! Findings as a table, as CSV and as JSON.
//!
//! Columns of CSV and members of JSON are a promise (docs/reconcile.md); new ones may come, at the end.

use super::super::difference::align;
use super::super::text;
use super::super::time::Zone;
use super::gather::Gathered;
use crate::model::ids::TenantName;
use crate::reconcile::{Row, Unconcluded};
use crate::view::because::because;
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::io;

const COLUMNS: [&str; 26] = [
    "tenant",
    "target",
    "finding",
    "account",
    "user_name",
    "email",
    "display_name",
    "external_id",
    "active",
    "provisioner",
    "created",
    "changed",
    "last_seen",
    "groups",
    "is_administrator",
    "person",
    "because",
    "first_seen",
    "misses",
    "exception_by",
    "exception_reason",
    "exception_until",
    "cost",
    "currency",
    "per",
    "proposed",
];

const HEADS: [&str; 8] =
    ["TARGET", "FINDING", "ACCOUNT", "USER NAME", "ACTIVE", "PERSON", "PROPOSED", "BECAUSE"];

/// As it is written in JSON.
pub(super) fn word(said: &impl Serialize) -> String {
    json!(said).as_str().map(str::to_owned).unwrap_or_default()
}

pub(super) fn shown<T: ToString>(said: Option<T>) -> String {
    said.map(|said| said.to_string()).unwrap_or_default()
}

fn active(row: &Row<'_>) -> String {
    match (row.account, row.active) {
        (None, _) => "no account".to_owned(),
        (Some(_), None) => "not said".to_owned(),
        (Some(_), Some(active)) => active.to_string(),
    }
}

/// A line for each finding, of what is compared, and why of something nothing is concluded.
pub(super) fn table(
    gathered: &Gathered,
    rows: &[Row<'_>],
    unconcluded: &[Unconcluded],
    zone: &Zone,
) -> String {
    let mut out = String::new();
    if rows.is_empty() {
        out.push_str("nothing is found\n");
    } else {
        let mut lines = vec![HEADS.map(str::to_owned).to_vec()];
        lines.extend(rows.iter().map(|row| {
            let cells = [
                shown(row.target),
                row.finding.word().to_owned(),
                shown(row.account),
                shown(row.user_name),
                active(row),
                shown(row.person),
                proposed(row),
                because(row.evidence, &row.lists),
            ];
            cells.iter().map(|cell| text::plain(cell).into_owned()).collect()
        }));
        out.extend(align(&lines).lines().map(text::line));
    }
    for inventory in &gathered.inventories {
        let (tenant, target) = (&gathered.tenant, &inventory.target);
        if inventory.is_empty() {
            continue;
        }
        let (many, at) = (inventory.len(), zone.show(inventory.read_at));
        out.push_str(&text::line(&format!("{tenant}/{target}: {many} accounts as of {at}")));
    }
    out.push_str(&reasons(unconcluded));
    out
}

fn proposed(row: &Row<'_>) -> String {
    match row.exception {
        Some(exception) => format!("nothing: excepted until {}", exception.until),
        None => word(&row.proposed).replace('_', " "),
    }
}

/// Why of something nothing is concluded, a line each.
pub(super) fn reasons(unconcluded: &[Unconcluded]) -> String {
    let line = |reason: &Unconcluded| text::line(&format!("[{}] {reason}", reason.code()));
    unconcluded.iter().map(line).collect()
}

pub(super) fn reasons_document(unconcluded: &[Unconcluded]) -> Vec<Json> {
    let one = |reason: &Unconcluded| json!({ "code": reason.code().as_str(), "text": reason });
    unconcluded.iter().map(one).collect()
}

pub(super) fn document(gathered: &Gathered, rows: &[Row<'_>], unconcluded: &[Unconcluded]) -> Json {
    let compared = gathered.inventories.iter().map(|inventory| {
        json!({
            "target": inventory.target,
            "read_at": (!inventory.is_empty()).then_some(inventory.read_at),
            "accounts": inventory.len(),
        })
    });
    json!({
        "tenant": gathered.tenant,
        "compared": compared.collect::<Vec<Json>>(),
        "concluded": unconcluded.is_empty(),
        "unconcluded": reasons_document(unconcluded),
        "rows": rows,
    })
}

pub(super) fn csv(tenant: &TenantName, rows: &[Row<'_>]) -> io::Result<String> {
    text::csv(&COLUMNS, rows.iter().map(|row| cells(tenant, row)))
}

fn cells(tenant: &TenantName, row: &Row<'_>) -> Vec<String> {
    let groups = row.groups.as_ref().map(|groups| groups.join(" | "));
    let last_seen = if row.never_seen { "never".to_owned() } else { shown(row.last_seen) };
    let exception = row.exception;
    vec![
        tenant.to_string(),
        shown(row.target),
        row.finding.word().to_owned(),
        shown(row.account),
        shown(row.user_name),
        shown(row.email),
        shown(row.display_name),
        shown(row.external_id),
        active(row),
        shown(row.provisioner),
        shown(row.created),
        shown(row.changed),
        last_seen,
        groups.unwrap_or_default(),
        row.is_administrator.to_string(),
        shown(row.person),
        because(row.evidence, &row.lists),
        row.first_seen.to_string(),
        row.misses.to_string(),
        shown(exception.map(|it| &it.by)),
        shown(exception.map(|it| &it.reason)),
        shown(exception.map(|it| it.until)),
        shown(row.cost),
        shown(row.currency),
        row.per.map(|per| word(&per)).unwrap_or_default(),
        word(&row.proposed),
    ]
}
