//! The screen of `usher status`.

use super::super::difference::align;
use super::super::time::Zone;
use super::super::{rows_of_holds, text};
use crate::view::status::{HeldRows, LimitSpent, ShardLine, Status, Stuck, TokenEnd, Told};
use std::collections::BTreeMap;

/// What waits comes first, what is only to be known after it.
pub(in super::super) fn page(status: &Status, zone: &Zone) -> String {
    let head = if status.is_untouched() {
        "nothing was ever written here: no worker has done anything for these tenants yet"
    } else if status.waits {
        "something waits for somebody"
    } else {
        "nothing waits for anybody"
    };
    let mut out = text::line(&format!("{head}; {}", zone.show(status.at)));
    let parts = [
        ("held", held(&status.held, zone)),
        ("paused", rows_of_holds::pauses(&status.pauses, zone)),
        ("stuck", stuck(&status.stuck, zone)),
        ("of late", lately(&status.lately, zone)),
        ("tokens", tokens(&status.tokens, zone)),
        ("limits", limits(&status.limits)),
        ("shards", shards(&status.shards, zone) + &silent(&status.never_written)),
    ];
    for (name, part) in parts {
        if !part.is_empty() {
            out.push_str(&text::line(&format!("\n{name}")));
            out.extend(part.lines().map(|line| text::line(&format!("  {line}"))));
        }
    }
    out
}

fn held(rows: &[HeldRows], zone: &Zone) -> String {
    let line = |one: &HeldRows| {
        let until = one.until.map(|until| format!(" until {}", zone.show(until)));
        vec![
            format!("{} row(s) of {} people", one.rows, one.people),
            format!("{}/{}", one.tenant, one.target),
            one.code.to_string(),
            format!("{}{}", one.verdict.word(), until.unwrap_or_default()),
            format!("since {}", zone.show(one.since)),
        ]
    };
    align(&rows.iter().map(line).collect::<Vec<_>>())
}

fn stuck(stuck: &[Stuck], zone: &Zone) -> String {
    let line = |one: &Stuck| {
        let again = one.again_at.map(|at| format!("tried again {}", zone.show(at)));
        vec![
            format!("{} people", one.people),
            format!("{}/{}", one.tenant, one.target),
            one.code.to_string(),
            again.unwrap_or_default(),
        ]
    };
    align(&stuck.iter().map(line).collect::<Vec<_>>())
}

fn lately(told: &Told, zone: &Zone) -> String {
    let parked = told.parked.iter().map(|one| ("record(s) set aside", one));
    let refused = told.commands_refused.iter().map(|one| ("command(s) refused", one));
    let line = |(what, one): (&str, &crate::view::status::Recurring)| {
        vec![
            format!("{} {what}", one.times),
            one.code.to_string(),
            format!("last {}", zone.show(one.last)),
        ]
    };
    let mut lines: Vec<_> = parked.chain(refused).map(line).collect();
    if told.protected > 0 {
        lines.push(vec![
            format!("{} attempt(s) on whom or what is protected", told.protected),
            "protected".to_owned(),
            "see `usher audit --kind note`".to_owned(),
        ]);
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("since {}\n{}", zone.show(told.since), align(&lines))
}

fn tokens(ends: &[TokenEnd], zone: &Zone) -> String {
    let line = |one: &TokenEnd| {
        let advice = if one.is_near { "put a new one into its file" } else { "" };
        vec![
            format!("{}/{}", one.tenant, one.target),
            format!("the token ends {}", zone.show(one.ends)),
            advice.to_owned(),
        ]
    };
    align(&ends.iter().map(line).collect::<Vec<_>>())
}

/// A line for each kind of which anything is spent, and one for each target where nothing is.
fn limits(limits: &[LimitSpent]) -> String {
    let mut by_target: BTreeMap<_, Vec<&LimitSpent>> = BTreeMap::new();
    for one in limits {
        by_target.entry((&one.tenant, &one.target)).or_default().push(one);
    }
    let mut lines = Vec::new();
    for ((tenant, target), all) in by_target {
        let name = format!("{tenant}/{target}");
        let accounts = all.first().map_or(0, |one| one.accounts);
        let before = lines.len();
        for windows in all.chunk_by(|a, b| a.kind == b.kind) {
            let Some(first) = windows.first() else { continue };
            if windows.iter().any(|one| one.spent > 0) {
                let spent = windows.iter().map(|one| spent(one)).collect::<Vec<_>>().join(", ");
                lines.push(vec![name.clone(), first.kind.to_string(), spent]);
            }
        }
        if lines.len() == before {
            let is_limited = all.iter().any(|one| one.limit.is_some());
            let told = if is_limited { "nothing is spent" } else { "there is no limit" };
            lines.push(vec![name, told.to_owned()]);
        }
        if let Some(line) = lines.last_mut().filter(|_| accounts > 0) {
            line.resize(3, String::new());
            line.push(format!("{accounts} accounts are known there"));
        }
    }
    align(&lines)
}

fn spent(one: &LimitSpent) -> String {
    let window = one.window.word();
    match one.limit {
        Some(limit) => format!("{} of {limit} this {window}", one.spent),
        None => format!("{} this {window}, without a limit", one.spent),
    }
}

/// Of an empty shard nobody knows whether its events are read.
fn silent(never_written: &[i32]) -> String {
    let line = |shard: &i32| {
        format!(
            "shard {shard}  nothing was ever written; see that a worker runs and reads its topics\n"
        )
    };
    never_written.iter().map(line).collect()
}

fn shards(shards: &[ShardLine], zone: &Zone) -> String {
    let line = |one: &ShardLine| {
        let behind: Vec<_> =
            one.behind.iter().map(|(topic, records)| format!("{topic} {records}")).collect();
        let behind = if behind.is_empty() {
            String::new()
        } else {
            format!("at most so many records wait: {}", behind.join(", "))
        };
        let written = one.written_at.map(|at| format!("wrote last {}", zone.show(at)));
        vec![
            format!("shard {}", one.shard),
            format!("{} people", one.people.unwrap_or_default()),
            written.unwrap_or_else(|| "has never written".to_owned()),
            behind,
        ]
    };
    align(&shards.iter().map(line).collect::<Vec<_>>())
}
