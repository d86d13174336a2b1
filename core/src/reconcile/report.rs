//! A finding with its names and values, for whoever may see them.

use super::compare::Findings;
use super::finding::{Evidence, Finding, Kind, Proposed};
use super::inventory::{Kept, LastSeen};
use super::money::Amount;
use super::{Exception, Per, seats};
use crate::model::ids::{PersonId, TargetName};
use crate::roster::Space;
use crate::roster::texts::Text;
use jiff::Timestamp;
use serde::Serialize;

/// A line of a report. It holds personal data: it is for pages and files, and never for logs.
#[derive(Clone, Debug, Serialize)]
pub struct Row<'a> {
    pub target: Option<&'a TargetName>,
    pub finding: Kind,
    pub account: Option<&'a str>,
    pub user_name: Option<&'a str>,
    pub email: Option<&'a str>,
    pub display_name: Option<&'a str>,
    pub external_id: Option<&'a str>,
    pub active: Option<bool>,
    pub provisioner: Option<&'a str>,
    pub created: Option<Timestamp>,
    pub changed: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    /// It was never used, as far as the target says.
    pub never_seen: bool,
    pub groups: Option<Vec<&'a str>>,
    pub is_administrator: bool,
    /// Whom usher takes for the owner.
    pub person: Option<&'a PersonId>,
    /// Names of the lists, by the numbers that the evidence has.
    pub lists: Vec<&'a str>,
    pub evidence: &'a [Evidence],
    pub first_seen: Timestamp,
    pub misses: u16,
    pub exception: Option<&'a Exception>,
    /// Of one seat, if the account takes one by the way in which the contract counts.
    pub cost: Option<Amount>,
    pub currency: Option<&'a str>,
    pub per: Option<Per>,
    pub proposed: Proposed,
}

impl Findings<'_> {
    /// All that is to be shown of a finding.
    pub fn row<'f>(&'f self, finding: &'f Finding) -> Row<'f> {
        let question = &self.question;
        let inventory = question.inventories.get(usize::from(finding.inventory));
        let account = inventory.zip(finding.account).and_then(|(it, number)| it.account(number));
        let both = inventory.zip(account);
        let text = |of: fn(&Kept) -> Text| {
            let said = both.map(|(inventory, account)| inventory.texts.get(of(account)));
            said.filter(|said| !said.is_empty())
        };
        let email = both.and_then(|(inventory, account)| {
            let names = inventory.names(account).filter(|(space, _)| *space == Space::Name);
            names.map(|(_, name)| name).find(|name| name.contains('@'))
        });
        let target = inventory.map(|it| &it.target);
        let (id, user_name) = (text(|it| it.id), text(|it| it.user_name));
        let exception = finding.is_excepted.then_some(question.exceptions.ok()).flatten();
        let exception = exception.and_then(|all| {
            all.of(target?, id.unwrap_or_default(), user_name.unwrap_or_default(), question.today)
        });
        let seats = target.and_then(|target| question.settings.seats.get(target));
        let seats = seats.filter(|seats| {
            let counts = |it: &Kept| seats::counts(seats, it.active, it.seen, question.now);
            account.and_then(counts) == Some(true)
        });
        Row {
            target,
            finding: finding.kind,
            account: id,
            user_name,
            email,
            display_name: text(|it| it.display_name),
            external_id: text(|it| it.external_id),
            active: account.and_then(|it| it.active),
            provisioner: text(|it| it.provisioner),
            created: account.and_then(|it| it.created),
            changed: account.and_then(|it| it.changed),
            last_seen: account.and_then(|it| match it.seen {
                LastSeen::At(at) => Some(at),
                LastSeen::Never | LastSeen::Untold => None,
            }),
            never_seen: account.is_some_and(|it| it.seen == LastSeen::Never),
            groups: both.and_then(|(inventory, account)| inventory.groups(account)),
            is_administrator: account.is_some_and(|it| it.is_administrator),
            person: finding.known.and_then(|it| question.known.person(it)).map(|it| &it.id),
            lists: question.lists.iter().map(|list| list.name).collect(),
            evidence: &finding.evidence,
            first_seen: finding.first_seen,
            misses: finding.misses,
            exception,
            cost: seats.map(|seats| seats.cost),
            currency: seats.map(|seats| seats.currency.as_str()),
            per: seats.map(|seats| seats.per),
            proposed: finding.proposed,
        }
    }
}
