mod asked;
mod evaluation;
mod clearing;
mod coverage;
mod instants;
mod expressions;
mod lint;
mod refused;

use super::*;
use crate::model::event::Calendar;
use crate::model::event_kind::EventKind;
use crate::model::{Alias, AliasKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const STARTER: &str = include_str!("../../../../config/rules/starter.yaml");

/// The example of the design.
const DESIGN: &str = r#"
rules:
  - name: zero-day-offboarding
    on: [worker.terminated]
    assert:
      claim: terminated
      precedence: leaver
      from: effective_at                      # of the event; a past instant is simply in force; offsets: effective_at - 14d
      want: { active: false, groups: { remove: [VPN_Allowed] } }
      then: [{ after: 30d, want: { account: absent } }]      # frees the licence
  - name: termination-rescinded
    on: [worker.termination.cancelled]
    withdraw: terminated
  - name: rehired
    on: [worker.rehired]
    withdraw: { claim: terminated, at: effective_at }
  - name: quarantine
    on:                                       # an event type may carry its own condition
      - { type: risk.raised, when: 'risk.level in ["high", "critical"]' }
      - credential.compromised
      - device.compromised
    urgency: urgent
    assert:
      claim: quarantine
      precedence: security
      for: 24h
      want: { groups: { add: [Quarantine_HighRisk], remove: [VPN_Allowed] } }
  - name: risk-cleared
    on: [risk.cleared]
    withdraw: quarantine
"#;

fn file(text: &str) -> RuleFile {
    RuleFile { name: "rules.yaml".to_owned(), text: text.to_owned() }
}

fn load(text: &str) -> RuleSet {
    RuleSet::load(&[file(text)]).unwrap_or_else(|error| panic!("{}", chain(&error)))
}

/// The message with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}\n  because: {cause}");
        source = cause.source();
    }
    text
}

fn refusal(text: &str) -> String {
    chain(&RuleSet::load(&[file(text)]).unwrap_err())
}

/// An event as `decode` makes it.
fn event(kind: &str, data: Value) -> Event {
    let id = |pointer| Some(data.pointer(pointer)?.as_str()?.to_owned());
    let effective_at = id("/effective_at")
        .filter(|_| kind != EventKind::AccessRevoked.word())
        .map(|text| text.parse().unwrap());
    Event {
        source: "xdr".to_owned(),
        id: "e-1".to_owned(),
        kind: EventKind::parse(kind).unwrap(),
        time: "2026-09-30T12:00:00Z".parse().unwrap(),
        is_timed: true,
        sequence: None,
        aliases: vec![Alias::parse(AliasKind::EmployeeNumber, "88213").unwrap()],
        employment_id: id("/employment/id"),
        detection_id: id("/risk/detection_id"),
        effective_at,
        calendar: Calendar::default(),
        correlation_id: None,
        trace: None,
        data,
        remarks: Vec::new(),
    }
}

/// Statements as text, one a line.
fn told(statements: &[Statement]) -> String {
    let lines: Vec<_> = statements.iter().map(tell).collect();
    lines.join("\n")
}

fn tell(statement: &Statement) -> String {
    match statement {
        Statement::Assert { claim, by, assertion } => {
            let until = assertion.until.map_or("ever".to_owned(), |it| it.to_string());
            let want = |want: &Want| serde_json::to_string(want).unwrap();
            let stages = assertion.then.iter();
            let stages =
                stages.map(|stage| format!(", after {:#} {}", stage.after, want(&stage.want)));
            format!(
                "{}: assert {claim} by {by:?} {:?} {:?} {} to {until} {}{}",
                assertion.rule,
                assertion.precedence,
                assertion.urgency,
                assertion.from,
                want(&assertion.want),
                stages.collect::<String>(),
            )
        }
        Statement::Withdraw { claim, by, at, rule } => {
            format!("{rule}: withdraw {claim} by {by:?} at {at}")
        }
        Statement::Profile { attributes, rule } => {
            let values: BTreeMap<_, _> =
                attributes.iter().map(|(name, field)| (name, field.value())).collect();
            format!("{rule}: {}", serde_json::to_string(&values).unwrap())
        }
    }
}

fn statements(rules: &str, kind: &str, data: Value) -> String {
    told(&load(rules).evaluate(&event(kind, data)).unwrap())
}

fn failure(rules: &str, kind: &str, data: Value) -> ConditionError {
    load(rules).evaluate(&event(kind, data)).unwrap_err()
}

/// A rule that puts people into a group when `condition` holds.
fn conditional(condition: &str) -> String {
    let condition = json!(condition);
    format!(
        "rules: [{{name: watch, on: [risk.raised], when: {condition}, \
         assert: {{claim: watched, precedence: security, want: {{groups: {{add: [W]}}}}}}}}]"
    )
}

fn mapping(attribute: &str, expression: &str) -> String {
    let expression = json!(expression);
    format!("profile: {{on: [worker.hired], attributes: {{{attribute}: {expression}}}}}")
}
