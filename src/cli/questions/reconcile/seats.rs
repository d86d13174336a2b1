//! What accounts take of what was bought, as a table, as CSV and as JSON.
//!
//! Columns of CSV and members of JSON are a promise (docs/reconcile.md); new ones may come, at the end.

use super::super::difference::align;
use super::super::text;
use super::page::{reasons, reasons_document, shown, word};
use crate::model::ids::TenantName;
use crate::reconcile::{SeatsUsed, Unconcluded};
use serde_json::{Value as Json, json};
use std::io;

const COLUMNS: [&str; 20] = [
    "tenant",
    "target",
    "bought",
    "cost",
    "currency",
    "per",
    "counts",
    "renews",
    "provisioned",
    "active",
    "seen",
    "used",
    "left",
    "orphans",
    "orphans_counted",
    "orphans_cost",
    "inactive",
    "inactive_counted",
    "inactive_cost",
    "caution",
];

const HEADS: [&str; 9] =
    ["TARGET", "BOUGHT", "COUNTS", "PROVISIONED", "ACTIVE", "SEEN", "LEFT", "ORPHANS", "INACTIVE"];

pub(super) fn table(
    tenant: &TenantName,
    seats: &[SeatsUsed],
    unconcluded: &[Unconcluded],
) -> String {
    let mut out = String::new();
    if seats.is_empty() {
        out.push_str("nothing is counted; `seats` of a target says what was bought\n");
        out.push_str(&reasons(unconcluded));
        return out;
    }
    let unknown = || "not known".to_owned();
    let mut lines = vec![HEADS.map(str::to_owned).to_vec()];
    lines.extend(seats.iter().map(|used| {
        let paid = |accounts: u64, amount: String| {
            let (currency, per) = (&used.seats.currency, word(&used.seats.per));
            format!("{accounts} = {amount} {currency} a {per}")
        };
        let orphans = used.orphans.map(|it| paid(it.accounts, it.amount.to_string()));
        vec![
            format!("{tenant}/{}", used.target),
            used.seats.bought.to_string(),
            word(&used.seats.counts),
            used.provisioned.to_string(),
            used.active.to_string(),
            used.seen.map_or_else(unknown, |it| it.to_string()),
            used.left.map_or_else(unknown, |it| it.to_string()),
            orphans.unwrap_or_else(unknown),
            paid(used.inactive.accounts, used.inactive.amount.to_string()),
        ]
    }));
    out.extend(align(&lines).lines().map(text::line));
    let cautions = seats.first().map(|used| text::line(&format!("costs: {}", used.caution)));
    out.extend(cautions);
    out.push_str(&reasons(unconcluded));
    out
}

pub(super) fn document(
    tenant: &TenantName,
    seats: &[SeatsUsed],
    unconcluded: &[Unconcluded],
) -> Json {
    json!({
        "tenant": tenant,
        "concluded": unconcluded.is_empty(),
        "unconcluded": reasons_document(unconcluded),
        "seats": seats,
    })
}

pub(super) fn csv(tenant: &TenantName, seats: &[SeatsUsed]) -> io::Result<String> {
    text::csv(&COLUMNS, seats.iter().map(|used| cells(tenant, used)))
}

fn cells(tenant: &TenantName, used: &SeatsUsed) -> Vec<String> {
    let SeatsUsed { seats, orphans, inactive, .. } = used;
    vec![
        tenant.to_string(),
        used.target.to_string(),
        seats.bought.to_string(),
        seats.cost.to_string(),
        seats.currency.clone(),
        word(&seats.per),
        word(&seats.counts),
        shown(seats.renews),
        used.provisioned.to_string(),
        used.active.to_string(),
        shown(used.seen),
        shown(used.used),
        shown(used.left),
        shown(orphans.map(|it| it.accounts)),
        shown(orphans.map(|it| it.counted)),
        shown(orphans.map(|it| it.amount)),
        inactive.accounts.to_string(),
        inactive.counted.to_string(),
        inactive.amount.to_string(),
        used.caution.to_owned(),
    ]
}
