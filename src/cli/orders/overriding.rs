//! `usher override` and `usher reassert`: for people, against rules or for them.

use super::error::Error;
use super::plans::{Place, Plan};
use super::saying::Saying;
use crate::cli::Error as CliError;
use crate::cli::questions::rows_of_holds::line;
use crate::cli::questions::{self, time::Zone};
use crate::command::instruction::{
    Command, CommandKind, Keep, Length, Many, PersonRef, Reasserted,
};
use crate::engine::record::Kept;
use crate::model::ids::{PersonId, RuleName, TargetName, TenantName};
use crate::view::overridden::{Meant, Overridden, meant, name_of, overridden};
use crate::view::people::goes_by;
use crate::view::words::instance;
use clap::{Args, ValueEnum};
use jiff::{Timestamp, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// How many accounts are listed by name.
const LISTED: usize = 50;

/// Whether somebody has access.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeepWord {
    /// What takes access from the person now, or is about to, does not count
    In,
    /// The account is kept inactive
    Out,
}

#[derive(Debug, Args)]
pub(in super::super) struct Override {
    /// Whether the person has access until then
    #[arg(value_name = "in|out", hide_possible_values = true, required_unless_present = "send")]
    keep: Option<KeepWord>,
    /// A person's id, or any of the names by which HR or a target knows them, whole
    #[arg(value_name = "PERSON", required_unless_present = "send")]
    person: Option<String>,
    /// When the rules count again: an instant, or how long from now, 7d
    #[arg(long, value_name = "WHEN", required_unless_present = "send")]
    until: Option<String>,
    /// Only at this target
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    #[command(flatten)]
    saying: Saying,
}

#[derive(Debug, Args)]
pub(in super::super) struct Reassert {
    /// Everybody of whom this rule says something, now or later
    #[arg(long, value_name = "NAME", required_unless_present_any = ["person", "send"])]
    rule: Option<String>,
    /// A person's id, or any of their names, whole; once for each. With --rule: those among them
    #[arg(long, value_name = "PERSON")]
    person: Vec<String>,
    #[command(flatten)]
    saying: Saying,
}

impl Override {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Override, |place| self.plan(place))
    }

    fn plan(&self, place: &Place<'_>) -> Result<Plan, CliError> {
        let (Some(keep), Some(name), Some(until)) = (self.keep, &self.person, &self.until) else {
            return Err(Error::Incomplete("say in or out, PERSON and --until".to_owned()).into());
        };
        let keep = match keep {
            KeepWord::In => Keep::In,
            KeepWord::Out => Keep::Out,
        };
        let until = read_until(until, place)?;
        let tenant = place.waiting.tenant(place.tenant)?;
        let target = self.target.as_ref().map(TargetName::new);
        place.waiting.knows_target(std::slice::from_ref(&tenant), target.as_ref())?;
        let kept = the_one(place, &tenant, name)?;
        let (person, known_as) = name_of(&kept);
        let mut targets = place.waiting.targets(&tenant);
        targets.retain(|it| target.as_ref().is_none_or(|only| *only == it.name));
        let places = overridden(&kept, &targets, keep, place.now);
        let shown = shown((keep, &known_as, &person), until, &places, place.zone);
        let command = Command::Override { person: person_ref(&person)?, target, keep, until };
        let known_as = BTreeMap::from([(person, known_as)]);
        Ok(Plan { tenant: Some(tenant), command, shown, known_as, brought: Vec::new() })
    }
}

impl Reassert {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Reassert, |place| self.plan(place))
    }

    fn plan(&self, place: &Place<'_>) -> Result<Plan, CliError> {
        let tenant = place.waiting.tenant(place.tenant)?;
        let mut persons = Vec::new();
        for name in &self.person {
            let (person, _) = name_of(&the_one(place, &tenant, name)?);
            persons.push(person_ref(&person)?);
        }
        let count = persons.len();
        let wants = |wants| Error::Incomplete(format!("{count} people are too many: {wants}"));
        let persons = (count > 0).then(|| Many::try_from(persons).map_err(wants)).transpose()?;
        let rule = self.rule.as_ref().map(RuleName::new);
        let reasserted = Reasserted::new(rule, persons)
            .map_err(|wants| Error::Incomplete(format!("it takes {wants}")))?;
        let of = |kept: &Kept| meant(kept, &reasserted, place.now);
        let accounts = place.waiting.each_person(&tenant, of)?;
        let known_as = accounts.iter().map(|it| (it.person.clone(), it.known_as.clone())).collect();
        let shown = list(&accounts);
        Ok(Plan {
            tenant: Some(tenant),
            command: Command::Reassert(reasserted),
            shown,
            known_as,
            brought: Vec::new(),
        })
    }
}

/// An instant, or a length from now, which ends at a whole minute: another operator can say the same.
fn read_until(text: &str, place: &Place<'_>) -> Result<Timestamp, CliError> {
    if let Ok(length) = Length::try_from(text.to_owned()) {
        let until = place.now.saturating_add(length.get()).unwrap_or(Timestamp::MAX);
        let whole = jiff::TimestampRound::new().smallest(Unit::Minute).mode(jiff::RoundMode::Floor);
        return Ok(until.round(whole).unwrap_or(until));
    }
    let read = place.zone.read("--until", text, ", or how long from now: 7d");
    Ok(read.map_err(questions::Error::from)?)
}

/// The one who goes by a name.
fn the_one(place: &Place<'_>, tenant: &TenantName, name: &str) -> Result<Kept, CliError> {
    let is_it = |kept: &Kept| goes_by(&kept.person, name).then(|| kept.clone());
    let mut found = place.waiting.each_person(tenant, |kept| is_it(kept).into_iter().collect())?;
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (None, _) => {
            let text = format!("nobody of tenant {tenant} has the id or the name that you gave");
            Err(Error::Incomplete(text).into())
        }
        (Some(_), more) => Err(questions::Error::SeveralPeople { found: more + 1 }.into()),
    }
}

fn person_ref(person: &PersonId) -> Result<PersonRef, Error> {
    let wants = |wants| Error::Incomplete(format!("a person is named by {wants}"));
    person.as_str().to_owned().try_into().map_err(wants)
}

fn shown(
    (keep, known_as, person): (Keep, &str, &PersonId),
    until: Timestamp,
    places: &[Overridden],
    zone: &Zone,
) -> String {
    let (word, what) = match keep {
        Keep::In => ("in", "what takes access now, or is about to, does not count"),
        Keep::Out => ("out", "the account is kept inactive"),
    };
    let until = zone.show(until);
    let mut out = line(&format!("override {word}: {known_as}  {person}; until {until} {what}"));
    for at in places {
        out.push_str(&line(&format!("  {}: {}", at.target, shown_at(keep, at))));
        if let Some(last) = &at.last {
            let (by, until) = (&last.order.operator, zone.show(last.until));
            out.push_str(&line(&format!("    it replaces the override by {by} until {until}")));
        }
        if at.operators_needed > 1 && !at.is_idle {
            out.push_str(&line(&format!(
                "    it takes {} operators, and lasts {} days at the most",
                at.operators_needed,
                at.longest.as_hours() / 24
            )));
        }
    }
    out
}

fn shown_at(keep: Keep, at: &Overridden) -> String {
    let claims = at.against.iter().map(|(claim, by)| format!("`{claim}` ({})", instance(by)));
    let claims: BTreeSet<String> = claims.collect();
    let claims: Vec<String> = claims.into_iter().collect();
    match keep {
        _ if at.is_idle => "no claim keeps the person out there, and none is about to".to_owned(),
        Keep::In if claims.is_empty() => "no claim keeps the person out any more".to_owned(),
        Keep::In => format!("these claims do not count: {}", claims.join(", ")),
        Keep::Out if claims.is_empty() => "no claim says that there should be access".to_owned(),
        Keep::Out => format!("against {}", claims.join(", ")),
    }
}

fn list(accounts: &[Meant]) -> String {
    let mut out = format!(
        "reassert: {} account(s) are read again, and what is not as it is wanted is corrected, within \
         the limits\n",
        accounts.iter().filter(|it| it.is_at_rest).count()
    );
    for one in accounts.iter().take(LISTED) {
        let more = if one.is_at_rest { "" } else { ": worked on, or waits for somebody" };
        out.push_str(&line(&format!("  {}  {}  {}{more}", one.known_as, one.person, one.target)));
    }
    if let Some(more) = accounts.len().checked_sub(LISTED).filter(|more| *more > 0) {
        out.push_str(&line(&format!("  and {more} more")));
    }
    out
}

/// What `--help` teaches of each.
pub(super) mod examples {
    pub(in super::super::super) const OVERRIDE: &str = "\
`in`: the claims that take access from the person, now or on a day to come, do not count until then; what
is said later does. `out`: the account is kept inactive, whatever rules say. When it ends, the rules count
again by themselves. A new override takes the place of the last one. Against claims of leavers and of
security it takes two operators and lasts 7 days at the most, else 90. Exit codes are those of
`usher approve`.

Example:
  usher override in kim@example.com --until 7d --reason hands-over --config usher.yaml
  usher override out kim@example.com --until 2026-12-04T18:00:00Z --target main --reason looked-at --config usher.yaml

Next:
  usher explain kim@example.com --config usher.yaml
                                           what is wanted now, and why";

    pub(in super::super::super) const REASSERT: &str = "\
Reads accounts again and corrects what is not as it is wanted, though nothing has changed; within the
limits. As many people as one commit takes are begun with, those first that were looked at longest ago.
Exit codes are those of `usher approve`.

Example:
  usher reassert --rule terminated --reason changed-by-hand --config usher.yaml
  usher reassert --person kim@example.com --reason changed-by-hand --config usher.yaml

Next:
  usher held --config usher.yaml           what waits";
}

#[cfg(test)]
mod tests {
    use super::{Overridden, shown, shown_at};
    use crate::cli::questions::time::Zone;
    use crate::command::instruction::Keep;
    use crate::model::claim::By;
    use crate::model::ids::{PersonId, TargetName};
    use jiff::SignedDuration;

    fn at(claims: &[&str], operators_needed: usize) -> Overridden {
        Overridden {
            target: TargetName::new("main"),
            against: claims.iter().map(|name| ((*name).to_owned(), By::Person)).collect(),
            operators_needed,
            longest: SignedDuration::from_hours(7 * 24),
            last: None,
            is_idle: claims.is_empty(),
        }
    }

    #[test]
    fn what_would_be_done_and_who_must_agree_is_shown() {
        let until = "2026-12-04T18:00:00Z".parse().unwrap();
        let person = PersonId::new("p-1");
        let whom = (Keep::In, "kim@example.com", &person);
        let zone = Zone::named(None).unwrap();
        let told = shown(whom, until, &[at(&["terminated"], 2)], &zone);
        let parts = [
            "override in: kim@example.com  p-1; until Fri 2026-12-04 18:00:00 UTC",
            "main: these claims do not count: `terminated` (the person)\n",
            "it takes 2 operators, and lasts 7 days at the most\n",
        ];
        assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    }

    #[test]
    fn where_nothing_comes_of_it_that_is_said() {
        assert!(shown_at(Keep::In, &at(&[], 1)).starts_with("no claim keeps the person out"));
    }
}
