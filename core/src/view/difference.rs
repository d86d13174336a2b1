//! Where two states of people want something else: a row for each facet of each account.

use super::Target;
use super::words;
use crate::engine::state::{Baseline, Person};
use crate::engine::will::compare::{Difference, Ground, Ruling, Side, compare, sides};
use crate::model::AliasKind;
use crate::model::ids::{PersonId, RuleName, TargetName};
use crate::model::wish::Facet;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

/// What stands for a rule where the profile decides.
const PROFILE: &str = "profile";

/// One facet of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub person: PersonId,
    pub known_as: String,
    pub target: TargetName,
    pub field: Facet,
    /// The first instant at which it is so.
    pub since: Timestamp,
    #[serde(serialize_with = "as_told")]
    pub today: Side,
    /// Absent where nothing is compared.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_told_if_any")]
    pub new: Option<Side>,
}

/// What one set of rules wants of a facet, as JSON and CSV tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told<'a> {
    /// `null`: the facet is left alone.
    pub wanted: Option<String>,
    /// `claim`, `profile`, `way_back`, `nobody`
    pub decided_by: &'static str,
    pub claim: Option<&'a str>,
    pub instance: Option<String>,
    pub rule: Option<&'a str>,
}

/// An account at which something is looked at, and when.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub person: &'a Person,
    pub target: &'a Target,
    pub now: Timestamp,
}

impl Place<'_> {
    /// What `after` wants otherwise than `before` there, now or later; `baseline` is what was before
    /// all claims.
    pub fn compare(&self, before: &Person, after: &Person, baseline: &Baseline) -> Vec<Row> {
        let found = compare(before, after, self.ground(baseline));
        found.into_iter().map(|difference| self.row(difference)).collect()
    }

    /// All that is wanted there.
    pub fn ends(&self) -> Vec<Row> {
        let wanted = sides(self.person, self.ground(&Baseline::default()), self.now).into_iter();
        let wanted = wanted.filter(|(_, side)| side.wanted.is_some());
        let row = |(facet, today)| Row {
            person: self.person.id.clone(),
            known_as: known_as(self.person),
            target: self.target.name.clone(),
            field: facet,
            since: self.now,
            today,
            new: None,
        };
        wanted.map(row).collect()
    }

    fn ground<'b>(&'b self, baseline: &'b Baseline) -> Ground<'b> {
        let Target { name, restricting } = self.target;
        Ground { target: name, restricting, baseline, now: self.now }
    }

    fn row(&self, difference: Difference) -> Row {
        let Difference { facet, since, before, after } = difference;
        Row {
            person: self.person.id.clone(),
            known_as: known_as(self.person),
            target: self.target.name.clone(),
            field: facet,
            since,
            today: before,
            new: Some(after),
        }
    }
}

impl Row {
    /// The rules that have the last word on either side.
    pub fn rules(&self) -> impl Iterator<Item = RuleName> {
        let sides = std::iter::once(&self.today).chain(&self.new);
        sides.filter_map(|side| Told::of(side).rule.map(RuleName::new))
    }
}

impl<'a> Told<'a> {
    /// The side in words.
    pub fn of(side: &'a Side) -> Self {
        let wanted = side.wanted.as_ref().map(ToString::to_string);
        let of = |decided_by| Told { wanted, decided_by, claim: None, instance: None, rule: None };
        match &side.ruling {
            Ruling::Claim { claim, by, rule } => Told {
                claim: Some(claim),
                instance: Some(words::instance(by)),
                rule: Some(rule.as_str()),
                ..of("claim")
            },
            Ruling::Profile { source } => {
                Told { instance: Some(source.clone()), rule: Some(PROFILE), ..of("profile") }
            }
            Ruling::Override { operator } => {
                Told { instance: Some(operator.clone()), ..of("override") }
            }
            Ruling::WayBack => of("way_back"),
            Ruling::Nobody => of("nobody"),
        }
    }
}

/// By whom they are known, and then where.
pub fn sort(rows: &mut [Row]) {
    rows.sort_by(|a, b| {
        (&a.known_as, &a.person, &a.target).cmp(&(&b.known_as, &b.person, &b.target))
    });
}

/// How many people the rows are about.
pub fn people(rows: &[Row]) -> usize {
    rows.iter().map(|row| &row.person).collect::<BTreeSet<_>>().len()
}

/// By what people will know her: user name, else employee number, else whatever there is.
pub fn known_as(person: &Person) -> String {
    let of = |kind| person.aliases.iter().find(|alias| alias.kind() == kind);
    let best = of(AliasKind::UserName).or_else(|| of(AliasKind::EmployeeNumber));
    best.or_else(|| person.aliases.first())
        .map(|alias| alias.value().to_owned())
        .unwrap_or_default()
}

fn as_told<S: Serializer>(side: &Side, out: S) -> Result<S::Ok, S::Error> {
    Told::of(side).serialize(out)
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the member")]
fn as_told_if_any<S: Serializer>(side: &Option<Side>, out: S) -> Result<S::Ok, S::Error> {
    side.as_ref().map(Told::of).serialize(out)
}
