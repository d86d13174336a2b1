//! Rule files become rules that can be evaluated.

use super::error::{Error, Errors, Place, refuse};
use super::expression::{Expression, on_one_line};
use super::grammar::RuleMode;
use super::profile::{self, Profile};
use super::{Action, Assert, End, Rule, RuleFile, Trigger, Withdraw, grammar, yaml};
use crate::model::Urgency;
use crate::model::claim::{Precedence, Stage, Want, observed_name};
use crate::model::event_kind::EventKind;
use crate::model::ids::RuleName;
use jiff::SignedDuration;
use serde_json::json;
use serde_saphyr::Spanned;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// All files of a tenant, compiled one by one; whether they agree is `check`'s matter.
pub(super) struct Compiled {
    pub(super) rules: Vec<Rule>,
    pub(super) profile: Option<Profile>,
    /// Files that hold neither.
    pub(super) blank: Vec<Place>,
}

/// A rule that is wrong does not hide what is wrong with the next; of a file that is no YAML only the
/// first mistake can be seen.
pub(super) fn compile(files: &[RuleFile]) -> Result<Compiled, Errors> {
    let mut compiled = Compiled { rules: Vec::new(), profile: None, blank: Vec::new() };
    let mut errors = Vec::new();
    for file in files {
        let name: Arc<str> = file.name.as_str().into();
        match parse(file, &name) {
            Ok(parsed) => compile_file(parsed, &name, &mut compiled, &mut errors),
            Err(error) => errors.push(error),
        }
    }
    refuse(errors)?;
    Ok(compiled)
}

fn compile_file(
    parsed: grammar::File,
    name: &Arc<str>,
    compiled: &mut Compiled,
    errors: &mut Vec<Error>,
) {
    if parsed.rules.is_empty() && parsed.profile.is_none() {
        compiled.blank.push(Place { file: Arc::clone(name), line: 1 });
    }
    for rule in parsed.rules {
        match compile_rule(rule, name) {
            Ok(rule) => compiled.rules.push(rule),
            Err(error) => errors.push(error),
        }
    }
    let Some(section) = parsed.profile else { return };
    let place = place(name, &section);
    if let Some(first) = &compiled.profile {
        return errors.push(Error::ProfileTwice { place, first: first.place.clone() });
    }
    match profile::compile(section.value, place) {
        Ok(profile) => compiled.profile = Some(profile),
        Err(error) => errors.push(error),
    }
}

fn parse(file: &RuleFile, name: &Arc<str>) -> Result<grammar::File, Error> {
    yaml::read(&file.text).map_err(|slip| Error::Unreadable {
        place: Place { file: Arc::clone(name), line: slip.line },
        text: slip.text,
    })
}

/// Where a value stands.
pub(super) fn place<T>(file: &Arc<str>, value: &Spanned<T>) -> Place {
    Place { file: Arc::clone(file), line: value.referenced.line() }
}

fn compile_rule(rule: grammar::Rule, file: &Arc<str>) -> Result<Rule, Error> {
    let rule_place = place(file, &rule.name);
    let name = RuleName::new(rule.name.value.trim());
    if name.as_str().is_empty() {
        return Err(Error::NoName { place: rule_place });
    }
    if name.as_str() == profile::NAME {
        return Err(Error::ReservedName { place: rule_place, name });
    }
    let what = format!("rule `{name}`");
    let mut triggers = Vec::new();
    for trigger in rule.on {
        let place = place(file, &trigger);
        let grammar::Trigger { kind, when } = trigger.value.0;
        let kinds = triggers.iter().map(|known: &Trigger| known.kind);
        let kind = check_kind(&kind, kinds, &place, &what)?;
        let when = compile_condition(when, file, &what)?;
        triggers.push(Trigger { kind, place, when });
    }
    if triggers.is_empty() {
        let place = rule_place;
        return Err(Error::NoType { place, what });
    }
    let when = compile_condition(rule.when, file, &what)?;
    let action = match (rule.assert, rule.withdraw) {
        (Some(assert), None) => {
            compile_assert(assert, (rule.mode, rule.urgency), &name, &rule_place)?
        }
        (None, Some(withdraw)) => {
            compile_withdraw(withdraw.0, (rule.mode, rule.urgency), &name, &rule_place)?
        }
        (both, _) => {
            return Err(Error::OneAction {
                place: rule_place,
                rule: name,
                has: if both.is_some() { "both" } else { "neither of" },
            });
        }
    };
    Ok(Rule {
        hash: hash(&name, &triggers, when.as_ref(), &action),
        name,
        place: rule_place,
        triggers,
        when,
        action,
    })
}

/// Refuses a type that does not exist, or that is in `before` already.
pub(super) fn check_kind(
    word: &str,
    mut before: impl Iterator<Item = EventKind>,
    place: &Place,
    what: &str,
) -> Result<EventKind, Error> {
    let (place, what) = (place.clone(), what.to_owned());
    let Some(kind) = EventKind::parse(word) else {
        return Err(Error::UnknownType { place, what, kind: word.to_owned() });
    };
    if before.any(|known| known == kind) {
        return Err(Error::TypeTwice { place, what, kind });
    }
    Ok(kind)
}

fn compile_condition(
    condition: Option<Spanned<String>>,
    file: &Arc<str>,
    what: &str,
) -> Result<Option<Expression>, Error> {
    condition
        .map(|condition| compile_expression(&condition, &place(file, &condition), what))
        .transpose()
}

pub(super) fn compile_expression(
    text: &Spanned<String>,
    place: &Place,
    what: &str,
) -> Result<Expression, Error> {
    Expression::compile(&text.value, place).map_err(|cause| Error::Expression {
        place: place.clone(),
        what: what.to_owned(),
        expression: on_one_line(&text.value),
        cause,
    })
}

fn compile_assert(
    assert: grammar::Assert,
    (mode, urgency): (Option<RuleMode>, Option<Urgency>),
    rule: &RuleName,
    place: &Place,
) -> Result<Action, Error> {
    check_not_empty(&assert.claim, "claim", rule, place)?;
    let end = match (assert.lasts, assert.until) {
        (None, None) => End::Never,
        (Some(length), None) => End::After(length.0),
        (None, Some(instant)) => End::At(instant),
        (Some(_), Some(_)) => {
            return Err(Error::TwoEnds { place: place.clone(), rule: rule.clone() });
        }
    };
    let observed = match mode {
        Some(RuleMode::Observe) => true,
        Some(RuleMode::Enforce) | None => false,
    };
    let kept_as = if observed { observed_name(&assert.claim) } else { assert.claim.clone() };
    let mut compiled = Assert {
        claim: assert.claim,
        kept_as,
        observed,
        precedence: assert.precedence,
        by: assert.by,
        from: assert.from,
        end,
        want: assert.want.into(),
        then: assert.then.into_iter().map(Stage::from).collect(),
        urgency: Urgency::Normal,
    };
    let cuts = compiled.wants().any(|want| want.active == Some(false));
    compiled.urgency = match urgency {
        Some(urgency) => urgency,
        None if cuts || compiled.precedence == Precedence::Security => Urgency::Urgent,
        None => Urgency::Normal,
    };
    for want in compiled.wants() {
        check_want_names(want, rule, place)?;
    }
    check_length(&compiled, rule, place)?;
    Ok(Action::Assert(Box::new(compiled)))
}

/// A claim that ends as it begins, or before a later stage of it, would do nothing, and say nothing.
fn check_length(assert: &Assert, rule: &RuleName, place: &Place) -> Result<(), Error> {
    let length = match assert.end {
        End::Never => None,
        End::After(length) => Some(length),
        End::At(until) => assert.from.and_then(|from| until.since(from)),
    };
    let Some(length) = length else { return Ok(()) };
    if length <= SignedDuration::ZERO {
        return Err(Error::NeverInForce { place: place.clone(), rule: rule.clone() });
    }
    if assert.then.iter().any(|stage| stage.after >= length) {
        return Err(Error::StageTooLate { place: place.clone(), rule: rule.clone() });
    }
    Ok(())
}

impl From<grammar::Stage> for Stage {
    fn from(stage: grammar::Stage) -> Self {
        Self { after: stage.after.0, want: stage.want.into() }
    }
}

/// A want that asks for nothing, or for a group without a name, is a slip of the pen.
fn check_want_names(want: &Want, rule: &RuleName, place: &Place) -> Result<(), Error> {
    if (Want { target: None, ..want.clone() }) == Want::default() {
        return Err(empty("want", rule, place));
    }
    for group in want.groups.add.iter().chain(&want.groups.remove) {
        check_not_empty(group.as_str(), "groups", rule, place)?;
    }
    Ok(())
}

fn check_not_empty(
    text: &str,
    field: &'static str,
    rule: &RuleName,
    place: &Place,
) -> Result<(), Error> {
    if text.trim().is_empty() { Err(empty(field, rule, place)) } else { Ok(()) }
}

fn empty(field: &'static str, rule: &RuleName, place: &Place) -> Error {
    Error::Empty { place: place.clone(), rule: rule.clone(), field }
}

fn compile_withdraw(
    withdraw: grammar::Withdraw,
    (mode, urgency): (Option<RuleMode>, Option<Urgency>),
    rule: &RuleName,
    place: &Place,
) -> Result<Action, Error> {
    check_not_empty(&withdraw.claim, "withdraw", rule, place)?;
    if urgency.is_some() {
        return Err(Error::UrgentWithdrawal { place: place.clone(), rule: rule.clone() });
    }
    if mode == Some(RuleMode::Observe) {
        return Err(Error::ObservedWithdrawal { place: place.clone(), rule: rule.clone() });
    }
    Ok(Action::Withdraw(Withdraw { claim: withdraw.claim, at: withdraw.at, by: withdraw.by }))
}

/// The digest of what the rule says; spaces and comments, order of keys and defaults do not count.
fn hash(name: &RuleName, on: &[Trigger], when: Option<&Expression>, action: &Action) -> String {
    let text = |expression: Option<&Expression>| expression.map(|it| it.text().to_owned());
    let on: Vec<_> = on.iter().map(|it| (&it.kind, text(it.when.as_ref()))).collect();
    let action = match action {
        // Rules of before say no mode, and have the digest that they had.
        Action::Assert(assert) if assert.observed => json!({
            "mode": "observe",
            "assert": asserted(assert),
        }),
        Action::Assert(assert) => asserted(assert),
        Action::Withdraw(withdraw) => json!({
            "claim": withdraw.claim,
            "at": withdraw.at,
            "by": withdraw.by,
        }),
    };
    let canonical = json!({ "name": name, "on": on, "when": text(when), "action": action });
    let digest = Sha256::digest(canonical.to_string().as_bytes());
    let bytes = digest.iter().take(8);
    bytes.map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn asserted(assert: &Assert) -> serde_json::Value {
    json!({
        "claim": assert.claim,
        "precedence": assert.precedence,
        "by": assert.by,
        "from": assert.from,
        "for": if let End::After(length) = assert.end { Some(length) } else { None },
        "until": if let End::At(instant) = assert.end { Some(instant) } else { None },
        "want": assert.want,
        "then": assert.then,
        "urgency": assert.urgency,
    })
}
