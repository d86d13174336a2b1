//! What cannot be meant in a description.

use super::grammar::{Becomes, Field, Mapping};
use crate::model::event::{DATA_MEMBERS, EventClass};
use crate::model::fields;
use crate::model::spelling::nearest;
use std::collections::BTreeMap;

/// Problems, each with its place and its cure.
pub(super) fn problems(mapping: &Mapping) -> Vec<String> {
    let mut problems = Vec::new();
    if mapping.source.trim().is_empty() {
        problems.push("`source` is empty; say who speaks: `source: hr.example.com`".to_owned());
    }
    if mapping.events.is_empty() {
        let text = "`events` is empty, so no record would be an event; say which a record is: \
                    `events: [{ event: worker.updated }]`";
        problems.push(text.to_owned());
    }
    check_members("members", &mapping.members, &mut problems);
    for (index, rule) in mapping.events.iter().enumerate() {
        let place = format!("events[{index}]");
        check_members(&format!("{place}.members"), &rule.members, &mut problems);
        let Becomes::Event(kind) = rule.event else { continue };
        let names = |members: &BTreeMap<String, Field>| {
            members.keys().any(|member| member.starts_with("worker."))
        };
        if !names(&mapping.members) && !names(&rule.members) {
            problems.push(format!(
                "{place}: nothing says whom a `{kind}` is about; map one of worker.employee_id, \
                 worker.user_name and worker.work_email in `members`"
            ));
        }
        let is_hr = kind.class() == EventClass::Hr;
        let dates = rule.members.keys().filter(|it| DATES.contains(&it.as_str()) && !is_hr);
        for date in dates {
            let text = format!("{place}.members.{date}: a `{kind}` counts at once; leave it out");
            problems.push(text);
        }
        // What follows one that fits everything is never reached.
        if rule.when.is_empty() && index + 1 < mapping.events.len() {
            problems.push(format!(
                "{place}: it has no `when`, so it fits every record and the events after it never \
                 count; put it last"
            ));
        }
    }
    problems
}

pub(super) const DATES: [&str; 3] = ["effective_at", "effective_date", "last_day_of_work"];

fn check_members(place: &str, members: &BTreeMap<String, Field>, problems: &mut Vec<String>) {
    for (path, field) in members {
        if let Some(problem) = unknown(path) {
            problems.push(format!("{place}.{path}: {problem}"));
        }
        if field.places().all().is_empty() {
            problems.push(format!("{place}.{path}: it has no place; write one: /employee/id"));
        }
    }
}

/// Why there is no such member.
fn unknown(path: &str) -> Option<String> {
    let mut names = path.split('.');
    let (member, inner, more) = (names.next()?, names.next(), names.next());
    let known = || DATA_MEMBERS.iter().map(|(name, _)| *name);
    if !known().any(|it| it == member) {
        let meant = nearest(member, known().chain(["worker"])).unwrap_or("worker.employee_id");
        return Some(format!("events have no such member; is `{meant}` meant?"));
    }
    let inside = fields::inside(if member == "previous" { "worker" } else { member });
    match (inside, inner, more) {
        (None, None, _) => None,
        (None, Some(_), _) => Some(format!("`{member}` has no members; map `{member}` itself")),
        (Some(known), None, _) => Some(format!("map what is in it: {}", known.join(", "))),
        (Some(_), Some("external_ids"), Some(_)) if names.next().is_none() => None,
        (Some(_), Some("external_ids"), _) => {
            Some("name the system that gives the id: worker.external_ids.hris".to_owned())
        }
        (Some(known), Some(name), None) if known.contains(&name) => None,
        (Some(known), Some(name), _) => {
            let meant = nearest(name, known.iter().copied()).map_or_else(
                || format!("it has {}", known.join(", ")),
                |meant| format!("is `{member}.{meant}` meant?"),
            );
            Some(format!("events have no such member; {meant}"))
        }
    }
}
