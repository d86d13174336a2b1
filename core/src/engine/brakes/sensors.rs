//! Who asks for a cut out of the reserve: the claims of precedence `security`.

use super::counters::Sensor;
use super::kind::LimitKind;
use crate::engine::said::claims::Word;
use crate::engine::state::Person;
use crate::engine::will::explain;
use crate::model::claim::Precedence;
use crate::model::ids::{GroupName, RuleName, TargetName};
use crate::model::operation::Operation;
use crate::model::wish::Facet;
use jiff::Timestamp;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// Of facets that claims decide, the claim's source and rule.
pub type Claimants = BTreeMap<Facet, (String, RuleName)>;

/// Whose claims of precedence `security` decide something at a target. They are looked for when a cut asks for
/// them, for most looks at a person plan none.
pub struct Sensors<'a> {
    about: Option<About<'a>>,
    found: OnceCell<Claimants>,
}

struct About<'a> {
    person: &'a Person,
    target: &'a TargetName,
    restricting: &'a BTreeSet<GroupName>,
    today: Timestamp,
}

impl<'a> Sensors<'a> {
    pub fn of_person(
        person: &'a Person,
        (target, restricting): (&'a TargetName, &'a BTreeSet<GroupName>),
        today: Timestamp,
    ) -> Self {
        let about = About { person, target, restricting, today };
        Self { about: Some(about), found: OnceCell::new() }
    }

    /// Where nothing is kept in reserve.
    pub fn unasked() -> Self {
        Self { about: None, found: OnceCell::new() }
    }

    /// Who asks for a call; only cuts are let out of the reserve.
    pub fn of(&self, kind: LimitKind, operation: &Operation) -> Option<Sensor<'_>> {
        let about = self.about.as_ref().filter(|_| kind == LimitKind::Cut)?;
        let (source, rule) = self.found.get_or_init(|| about.found()).get(&operation.access()?)?;
        Some(Sensor { source, rule })
    }
}

impl About<'_> {
    fn found(&self) -> Claimants {
        let Self { person, target, restricting, today } = self;
        if !has_security(person) {
            return Claimants::new();
        }
        let decided = explain::decided(person, target, restricting, *today);
        let by_security = decided.filter(|(_, it)| it.assertion.precedence == Precedence::Security);
        let who = |(facet, voice): (Facet, explain::Voice<'_>)| {
            let source = voice.said.map_or(String::new(), |mark| mark.source.clone());
            (facet, (source, voice.assertion.rule.clone()))
        };
        by_security.map(who).collect()
    }
}

/// Whether any word could stand: for most people none does.
fn has_security(person: &Person) -> bool {
    let mut words = person.claims.iter().flat_map(|claim| &claim.marks).map(|mark| &mark.word);
    words.any(|word| match word {
        Word::Assert(assertion) => assertion.precedence == Precedence::Security,
        Word::Withdraw { .. } => false,
    })
}
