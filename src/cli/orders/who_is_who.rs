//! Who is who: what would be one, what another, and whose an account would be, shown before it is said.

use super::error::Error;
use super::plans::{Place, Plan};
use super::saying::Saying;
use crate::cli::Error as CliError;
use crate::cli::questions::rows_of_holds::line;
use crate::command::instruction::{Command, CommandKind, Many, PersonRef};
use crate::engine::record::Kept;
use crate::model::ids::{PersonId, ScimId, TargetName, TenantName};
use crate::view::who::{self, Who};
use clap::Args;
use std::fmt::Write as _;

#[derive(Debug, Args)]
pub(in super::super) struct People {
    /// The ids of two people or more, as `usher explain` and `usher held` show them
    #[arg(value_name = "ID", num_args = 2.., required_unless_present = "send")]
    ids: Vec<String>,
    #[command(flatten)]
    saying: Saying,
}

#[derive(Debug, Args)]
pub(in super::super) struct Bind {
    /// The id of a person, as `usher explain` and `usher held` show it
    #[arg(value_name = "ID", required_unless_present = "send")]
    person: Option<String>,
    /// The target at which the account is
    #[arg(long, value_name = "NAME", required_unless_present = "send")]
    target: Option<String>,
    /// The SCIM id of the account there
    #[arg(long, value_name = "SCIMID", required_unless_present = "send")]
    account: Option<String>,
    #[command(flatten)]
    saying: Saying,
}

#[derive(Debug, Args)]
pub(in super::super) struct Unbind {
    /// The id of a person, as `usher explain` and `usher held` show it
    #[arg(value_name = "ID", required_unless_present = "send")]
    person: Option<String>,
    /// The target at which the account is
    #[arg(long, value_name = "NAME", required_unless_present = "send")]
    target: Option<String>,
    #[command(flatten)]
    saying: Saying,
}

impl People {
    pub(in super::super) fn link(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Link, |place| link(place, &self.ids))
    }

    pub(in super::super) fn part(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Part, |place| part(place, &self.ids))
    }
}

impl Bind {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Bind, |place| {
            let (person, target) = (said(self.person.as_ref()), said(self.target.as_ref()));
            bind(place, person, target, said(self.account.as_ref()))
        })
    }
}

impl Unbind {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Unbind, |place| {
            unbind(place, said(self.person.as_ref()), said(self.target.as_ref()))
        })
    }
}

/// What the command line requires is there.
fn said(text: Option<&String>) -> &str {
    text.map(String::as_str).unwrap_or_default()
}

fn link(place: &Place<'_>, ids: &[String]) -> Result<Plan, CliError> {
    let (tenant, persons, people) = found(place, ids)?;
    let head = format!(
        "link: these {} are one person from now on; all that was said of one counts for the other, and \
         they cannot be told apart again",
        people.len()
    );
    let mut shown = shown(&head, &people);
    for gives_way in who::gives_way(&people, place.now) {
        shown.push_str(&line(&format!("  {gives_way}")));
    }
    Ok(plan(tenant, Command::Link { persons: many(persons)? }, shown, &people))
}

fn part(place: &Place<'_>, ids: &[String]) -> Result<Plan, CliError> {
    let (tenant, persons, people) = found(place, ids)?;
    let head = format!(
        "part: these {} are somebody else each from now on, whatever events say",
        people.len()
    );
    let mut shown = shown(&head, &people);
    for led in who::names_led(&people) {
        let to =
            led.to.map_or("nobody, for nobody knows to whom HR gave it last".to_owned(), |id| {
                id.to_string()
            });
        let (kind, name) = (led.name.kind(), led.name.value());
        shown.push_str(&line(&format!("  {kind} {name} leads to {to}")));
    }
    Ok(plan(tenant, Command::Part { persons: many(persons)? }, shown, &people))
}

fn bind(place: &Place<'_>, person: &str, target: &str, account: &str) -> Result<Plan, CliError> {
    let (tenant, person, people) = one(place, person, target)?;
    let head = format!(
        "bind: the account {account} at {target} is this person's; it is read first, and then driven to \
         what is wanted"
    );
    let mut shown = shown(&head, &people);
    let others = place.waiting.each_person(&tenant, |kept| {
        let who = who::introduce(kept);
        let is_it =
            |(at, it): &(TargetName, ScimId)| at.as_str() == target && it.as_str() == account;
        let is_bound = who.person != *person.id() && who.accounts.iter().any(is_it);
        if is_bound { vec![who] } else { Vec::new() }
    })?;
    for other in others {
        let text =
            format!("  it is bound to {} {} now: unbind that first", other.known_as, other.person);
        shown.push_str(&line(&text));
    }
    let (target, account) = (TargetName::new(target), ScimId::new(account));
    Ok(plan(tenant, Command::Bind { person, target, account }, shown, &people))
}

fn unbind(place: &Place<'_>, person: &str, target: &str) -> Result<Plan, CliError> {
    let (tenant, person, people) = one(place, person, target)?;
    let head = format!(
        "unbind: the account at {target} is not this person's; it stays as it is, and is never taken for \
         theirs again unless it is bound"
    );
    let shown = shown(&head, &people);
    let target = TargetName::new(target);
    Ok(plan(tenant, Command::Unbind { person, target }, shown, &people))
}

fn plan(tenant: TenantName, command: Command, shown: String, people: &[Kept]) -> Plan {
    let known_as =
        people.iter().map(who::introduce).map(|who| (who.person, who.known_as)).collect();
    Plan { tenant: Some(tenant), command, shown, known_as, brought: Vec::new() }
}

fn one(
    place: &Place<'_>,
    person: &str,
    target: &str,
) -> Result<(TenantName, PersonRef, Vec<Kept>), CliError> {
    let (tenant, mut persons, people) = found(place, &[person.to_owned()])?;
    place.waiting.knows_target(std::slice::from_ref(&tenant), Some(&TargetName::new(target)))?;
    let person = persons.pop().ok_or_else(|| Error::Incomplete("name a person".to_owned()))?;
    Ok((tenant, person, people))
}

/// Those whom the ids mean; each must mean somebody.
fn found(
    place: &Place<'_>,
    ids: &[String],
) -> Result<(TenantName, Vec<PersonRef>, Vec<Kept>), CliError> {
    let tenant = place.waiting.tenant(place.tenant)?;
    let wants = |wants| Error::Incomplete(format!("an ID must be {wants}"));
    let persons = ids.iter().map(|id| PersonRef::try_from(id.clone()).map_err(wants));
    let persons: Vec<PersonRef> = persons.collect::<Result<_, _>>()?;
    let named: Vec<&PersonId> = persons.iter().map(PersonRef::id).collect();
    let people = place.waiting.each_person(&tenant, |kept| {
        let is_meant = named.iter().any(|id| who::is_meant(kept, id));
        if is_meant { vec![kept.clone()] } else { Vec::new() }
    })?;
    if let Some(nobody) = named.iter().find(|id| !people.iter().any(|it| who::is_meant(it, id))) {
        let text = format!("nobody of tenant {tenant} has the id {nobody}");
        return Err(Error::Incomplete(text).into());
    }
    Ok((tenant, persons, people))
}

fn many(persons: Vec<PersonRef>) -> Result<Many<PersonRef, 2>, Error> {
    Many::try_from(persons).map_err(|wants| Error::Incomplete(format!("the IDs must be {wants}")))
}

fn shown(head: &str, people: &[Kept]) -> String {
    let mut out = line(head);
    for kept in people {
        out.push_str(&introduced(&who::introduce(kept)));
    }
    out
}

fn introduced(who: &Who) -> String {
    let mut out = line(&format!("  {}  {}", who.known_as, who.person));
    let names = who.names.iter().map(|name| format!("{} {}", name.kind(), name.value()));
    out.push_str(&line(&format!("    {}", names.collect::<Vec<_>>().join(", "))));
    for (target, account) in &who.accounts {
        out.push_str(&line(&format!("    account at {target}: {account}")));
    }
    let mut rest = String::new();
    if let Some(heard) = who.last_heard {
        // Writing to a string cannot fail.
        let _infallible = write!(rest, "last heard of at {heard}");
    }
    if who.on_legal_hold {
        rest.push_str("; on legal hold");
    }
    if !rest.is_empty() {
        out.push_str(&line(&format!("    {}", rest.trim_start_matches("; "))));
    }
    out
}

/// What `--help` teaches of each.
pub(super) mod examples {
    pub(in super::super::super) const LINK: &str = "\
Shows who they are, asks, signs with ssh-keygen, and waits for usher's decision. They become one record;
the ids of the others lead to it. Refused if two of them have accounts of their own at one target: say
first by `usher unbind` which one is not theirs. Exit codes are those of `usher approve`.

Example:
  usher link p-16c32a6ee1b66700ee382f88 p-9d01f3b7c2aa4e5588e0a1b2 --reason one-employee --config usher.yaml

Next:
  usher held --config usher.yaml           what is still held";

    pub(in super::super::super) const PART: &str = "\
Nobody makes these one any more, whatever events say. A name that they share leads to the one to whom
HR gave it last; that is shown first. Exit codes are those of `usher approve`.

Example:
  usher part p-16c32a6ee1b66700ee382f88 p-9d01f3b7c2aa4e5588e0a1b2 --reason two-employees --config usher.yaml

Next:
  usher held --config usher.yaml           what is still held";

    pub(in super::super::super) const BIND: &str = "\
The account is read before anything is done to it, and then driven to what is wanted, whatever it is
called. Refused if it is bound to somebody else. Exit codes are those of `usher approve`.

Example:
  usher bind p-16c32a6ee1b66700ee382f88 --target main --account 2819c223 --reason looked-up --config usher.yaml

Next:
  usher explain p-16c32a6ee1b66700ee382f88 --config usher.yaml
                                           what came of it";

    pub(in super::super::super) const UNBIND: &str = "\
Nothing is done to the account, and what was done stays. The person is looked up anew, and never gets
this account again unless it is bound. Exit codes are those of `usher approve`.

Example:
  usher unbind p-16c32a6ee1b66700ee382f88 --target main --reason anothers --config usher.yaml

Next:
  usher explain p-16c32a6ee1b66700ee382f88 --config usher.yaml
                                           what is known of them now";
}
