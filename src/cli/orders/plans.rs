//! What each command would do, and to whom, as it is shown before anything is sent.

use super::Chosen;
use super::error::Error;
use super::scope;
use crate::cli::Error as CliError;
use crate::cli::questions::rows_of_holds::{self, table};
use crate::cli::questions::time::Zone;
use crate::cli::questions::waiting::Waiting;
use crate::command::instruction::{Command, Length, Many, Retried, Scope};
use crate::engine::record::Kept;
use crate::model::code::Code;
use crate::model::hold::HoldDigest;
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::view::held::{Filter, Release, Row, Said};
use crate::view::tries::{Unsettled, unsettled};
use crate::view::words;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How many people are listed by name who are not settled.
const LISTED: usize = 50;

/// Where a command is to count.
pub(super) struct Place<'a> {
    pub waiting: &'a Waiting,
    /// The tenant that was named.
    pub tenant: Option<&'a str>,
    pub zone: &'a Zone,
    pub now: Timestamp,
}

/// A command, and what it would do.
pub(super) struct Plan {
    /// None: all.
    pub tenant: Option<TenantName>,
    pub command: Command,
    pub shown: String,
    /// By what people are known, for the rows of the decision.
    pub known_as: BTreeMap<PersonId, String>,
    /// What goes beside the signed bytes, for it is too large for them.
    pub brought: Vec<Vec<u8>>,
}

pub(super) fn approve(place: &Place<'_>, chosen: &Chosen) -> Result<Plan, CliError> {
    let may_go = |row: &Row| {
        row.released_by == Release::Verdict
            && match row.verdict {
                Said::Open | Said::Seconded { .. } => true,
                Said::Approved { .. } | Said::Rejected { .. } => false,
            }
    };
    let (tenant, rows, left) = choose(place, chosen, may_go)?;
    let shown = shown("approve: this will be done", &rows, left, place.zone);
    let command = Command::Approve { holds: digests(&rows)? };
    Ok(Plan {
        tenant: Some(tenant),
        command,
        shown,
        known_as: known_as(&rows),
        brought: Vec::new(),
    })
}

pub(super) fn reject(place: &Place<'_>, chosen: &Chosen, length: &str) -> Result<Plan, CliError> {
    let wants = |wants| Error::Incomplete(format!("--for `{length}` must be {wants}"));
    let length_of_time = Length::try_from(length.to_owned()).map_err(wants)?;
    let may_be = |row: &Row| {
        let is_asked = match row.released_by {
            Release::Verdict | Release::Rejection => true,
            Release::Resumption
            | Release::PauseFile
            | Release::Identity
            | Release::Removals
            | Release::LegalHold
            | Release::Protection
            | Release::Nothing => false,
        };
        is_asked && !matches!(row.verdict, Said::Rejected { .. })
    };
    let (tenant, rows, left) = choose(place, chosen, may_be)?;
    let head = format!("reject: this will not be done for {length}");
    let shown = shown(&head, &rows, left, place.zone);
    let command = Command::Reject { holds: digests(&rows)?, length: length_of_time };
    Ok(Plan {
        tenant: Some(tenant),
        command,
        shown,
        known_as: known_as(&rows),
        brought: Vec::new(),
    })
}

pub(super) fn pause(place: &Place<'_>, words: &[String]) -> Result<Plan, CliError> {
    let scope = scope::read(words)?;
    let tenant = tenant_of(place, &scope)?;
    let tenants = place.waiting.tenants(tenant.as_ref().map(TenantName::as_str))?;
    place.waiting.knows_target(&tenants, scope::target(&scope))?;
    let doubt = doubt(place, tenant.as_ref(), &scope)?;
    let mut people = Vec::new();
    for tenant in &tenants {
        people.extend(place.waiting.each_person(tenant, unsettled)?);
    }
    let target = scope::target(&scope);
    people.retain(|it| target.is_none_or(|target| *target == it.target));
    let name = words::scope(&scope, tenant.as_ref());
    let shown = format!(
        "pause: {name}; nothing more is written there until it is resumed\n{} account(s) there are \
         being worked on\n{}{doubt}",
        people.len(),
        list(&people, place.zone)
    );
    let known_as = named(&people);
    Ok(Plan { tenant, command: Command::Pause { scope }, shown, known_as, brought: Vec::new() })
}

pub(super) fn resume(place: &Place<'_>, words: &[String]) -> Result<Plan, CliError> {
    let scope = scope::read(words)?;
    let tenant = tenant_of(place, &scope)?;
    let tenants = place.waiting.tenants(tenant.as_ref().map(TenantName::as_str))?;
    let filter = Filter {
        target: scope::target(&scope).cloned(),
        code: Some(Code::PauseOrdered),
        ..Filter::default()
    };
    let held = place.waiting.held(&tenants, &filter, place.now)?;
    let name = words::scope(&scope, tenant.as_ref());
    let head =
        format!("resume: {name}; of this goes on, within the limits, what no other pause keeps");
    let pauses = rows_of_holds::pauses(held.pauses(), place.zone);
    let shown = shown(&head, held.rows(), 0, place.zone) + &pauses;
    let known_as = known_as(held.rows());
    Ok(Plan { tenant, command: Command::Resume { scope }, shown, known_as, brought: Vec::new() })
}

pub(super) fn retry(
    place: &Place<'_>,
    person: Option<&str>,
    target: Option<&str>,
) -> Result<Plan, CliError> {
    let tenant = place.waiting.tenant(place.tenant)?;
    let target = target.map(TargetName::new);
    place.waiting.knows_target(std::slice::from_ref(&tenant), target.as_ref())?;
    let retried = match (person, &target) {
        (Some(person), _) => {
            let wants = |wants| Error::Incomplete(format!("--person must be {wants}"));
            Retried::Person(person.to_owned().try_into().map_err(wants)?)
        }
        (None, Some(target)) => Retried::Target(target.clone()),
        (None, None) => return Err(Error::Incomplete("say --person or --target".into()).into()),
    };
    let named = person.map(PersonId::new);
    let is_meant = |kept: &Kept| named.as_ref().is_none_or(|id| kept.person.has_been(id));
    let of = |kept: &Kept| if is_meant(kept) { unsettled(kept) } else { Vec::new() };
    let mut people = place.waiting.each_person(&tenant, of)?;
    people.retain(|it| target.as_ref().is_none_or(|target| *target == it.target));
    let head = format!("retry: {} account(s) are tried at once", people.len());
    let shown =
        format!("{head}\n{}{}", part_of(named.as_ref(), &people), list(&people, place.zone));
    let known_as = self::named(&people);
    Ok(Plan {
        tenant: Some(tenant),
        command: Command::Retry(retried),
        shown,
        known_as,
        brought: Vec::new(),
    })
}

/// Said of whom a former record is named.
fn part_of(named: Option<&PersonId>, people: &[Unsettled]) -> String {
    match (named, people.first()) {
        (Some(named), Some(one)) if *named != one.person => {
            rows_of_holds::line(&format!("  {named} is part of {} now", one.person))
        }
        (Some(_) | None, _) => String::new(),
    }
}

pub(super) fn release(place: &Place<'_>, target: Option<&str>) -> Result<Plan, CliError> {
    let tenant = place.waiting.tenant(place.tenant)?;
    let tenants = std::slice::from_ref(&tenant);
    let missing = || Error::Incomplete("say at which target".to_owned());
    let target = TargetName::new(target.ok_or_else(missing)?);
    place.waiting.knows_target(tenants, Some(&target))?;
    let filter = Filter {
        target: Some(target.clone()),
        code: Some(Code::RemovalStopped),
        ..Filter::default()
    };
    let held = place.waiting.held(tenants, &filter, place.now)?;
    let head = format!("release: removals from groups go on at {target}, within the limits");
    let here: Vec<_> = held.stops().iter().filter(|it| it.target == target).cloned().collect();
    let shown = shown(&head, held.rows(), 0, place.zone) + &rows_of_holds::stops(&here, place.zone);
    let known_as = known_as(held.rows());
    Ok(Plan {
        tenant: Some(tenant),
        command: Command::Release { target },
        shown,
        known_as,
        brought: Vec::new(),
    })
}

pub(super) fn refresh(place: &Place<'_>, target: Option<&str>) -> Result<Plan, CliError> {
    let tenant = place.waiting.tenant(place.tenant)?;
    let missing = || Error::Incomplete("say which target".to_owned());
    let target = TargetName::new(target.ok_or_else(missing)?);
    place.waiting.knows_target(std::slice::from_ref(&tenant), Some(&target))?;
    let shown = format!(
        "refresh: all accounts and groups of {target} are read, when nothing more urgent waits there\n"
    );
    let known_as = BTreeMap::new();
    Ok(Plan {
        tenant: Some(tenant),
        command: Command::Refresh { target },
        shown,
        known_as,
        brought: Vec::new(),
    })
}

/// A name that says nothing today pauses nothing, and nobody would notice.
fn doubt(
    place: &Place<'_>,
    tenant: Option<&TenantName>,
    scope: &Scope,
) -> Result<&'static str, CliError> {
    Ok(match (scope, tenant) {
        (Scope::Rule(rule), Some(tenant)) if !place.waiting.has_rule(tenant, rule)? => {
            "warning: no rule has this name today; is it mistyped?\n"
        }
        (Scope::Source(_), _) => {
            "the `source` of events is meant, as `usher explain` shows it; it is not checked\n"
        }
        _ => "",
    })
}

fn tenant_of(place: &Place<'_>, scope: &Scope) -> Result<Option<TenantName>, CliError> {
    match (scope, place.tenant) {
        (Scope::Everything, None) => Ok(None),
        (Scope::Everything, Some(_)) => {
            let text = "everything is of all tenants; leave --tenant out, or say `tenant`";
            Err(Error::Incomplete(text.to_owned()).into())
        }
        (_, named) => Ok(Some(place.waiting.tenant(named)?)),
    }
}

/// The rows that are meant, and how many fit the filters and cannot be said this of.
fn choose(
    place: &Place<'_>,
    chosen: &Chosen,
    fits: impl Fn(&Row) -> bool,
) -> Result<(TenantName, Vec<Row>, usize), CliError> {
    if !chosen.all_of && !chosen.filters.is_empty() {
        let text = "filters choose with --all-of; digests need none";
        return Err(Error::Incomplete(text.to_owned()).into());
    }
    let tenant = place.waiting.tenant(place.tenant)?;
    let tenants = std::slice::from_ref(&tenant);
    let filter = chosen.filters.read(place.zone)?;
    place.waiting.knows_target(tenants, filter.target.as_ref())?;
    let held = place.waiting.held(tenants, &filter, place.now)?;
    if chosen.all_of {
        let rows: Vec<Row> = held.rows().iter().filter(|row| fits(row)).cloned().collect();
        let left = held.rows().len() - rows.len();
        return if rows.is_empty() { Err(Error::NoRows.into()) } else { Ok((tenant, rows, left)) };
    }
    let mut rows: Vec<Row> = Vec::new();
    for digest in &chosen.digests {
        let row = held.named(digest).map_err(Error::from)?;
        if !rows.contains(row) {
            rows.push(row.clone());
        }
    }
    Ok((tenant, rows, 0))
}

fn digests(rows: &[Row]) -> Result<Many<HoldDigest>, Error> {
    let digests: Vec<HoldDigest> = rows.iter().map(|row| row.digest.clone()).collect();
    let count = digests.len();
    let wants = |wants| Error::Incomplete(format!("{count} rows are too many: it takes {wants}"));
    Many::try_from(digests).map_err(wants)
}

fn shown(head: &str, rows: &[Row], left: usize, zone: &Zone) -> String {
    let people: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.person).collect();
    let mut out = format!("{head}: {} row(s) of {} people\n", rows.len(), people.len());
    if left > 0 {
        let more = format!("{left} more fit the filters, and wait for something else");
        out.push_str(&rows_of_holds::line(&more));
    }
    if !rows.is_empty() {
        out.push_str(&table(rows, zone));
    }
    out
}

fn list(people: &[Unsettled], zone: &Zone) -> String {
    let mut out = String::new();
    for one in people.iter().take(LISTED) {
        let failed = one.failed.as_ref().map(|code| format!(", {code}")).unwrap_or_default();
        let again = one.again_at.map(|at| format!(", again {}", zone.show(at)));
        let again = again.unwrap_or_default();
        out.push_str(&rows_of_holds::line(&format!(
            "  {}  {}  {}{failed}{again}",
            one.known_as, one.person, one.target
        )));
    }
    if let Some(more) = people.len().checked_sub(LISTED).filter(|more| *more > 0) {
        out.push_str(&rows_of_holds::line(&format!("  and {more} more")));
    }
    out
}

fn known_as(rows: &[Row]) -> BTreeMap<PersonId, String> {
    rows.iter().map(|row| (row.person.clone(), row.known_as.clone())).collect()
}

fn named(people: &[Unsettled]) -> BTreeMap<PersonId, String> {
    people.iter().map(|one| (one.person.clone(), one.known_as.clone())).collect()
}
