//! What conditions and attribute expressions read, and what they say when they cannot.

use super::*;
use crate::model::code::Code;
use insta::assert_snapshot;
use proptest::prelude::*;
use std::sync::LazyLock;

#[test]
fn condition_on_a_missing_field_fails_and_is_not_false() {
    for data in [json!({}), json!({"risk": {}}), json!({"risk": {"level": null}})] {
        let error = failure(DESIGN, "risk.raised", data);
        assert_eq!(error.rule.as_str(), "quarantine");
        assert_eq!(error.why.code, Code::ConditionFailed);
        assert_eq!(error.why.field.as_deref(), Some("data.risk.level"));
        insta::allow_duplicates! {
            assert_snapshot!(error.why.text, @"the condition of rule `quarantine` reads `data.risk.level`, which the event does not have; let the source send it, or ask with has() first");
        }
    }
}

#[test]
fn missing_fields_are_named_wherever_they_are_read() {
    for (condition, field) in [
        ("voluntary", "data.voluntary"),
        ("data.odd.thing == 1", "data.odd"),
        ("event.subject == 'a'", "event.subject"),
        ("device.os.name == 'a'", "data.device.os"),
        ("profile['title'] == 'a'", "data.profile.title"),
        ("has(worker.manager.id)", "data.worker.manager"),
        ("has(risk.level) && risk.score > 3", "data.risk.score"),
        ("['a'].exists(name, worker[name] == 'b') ", "data.worker"),
        ("worker[risk.level] == 'b'", "data.worker"),
    ] {
        let data = json!({"risk": {"level": "high"}, "worker": {"x": 1}});
        let error = failure(&conditional(condition), "risk.raised", data);
        assert_eq!(error.why.field.as_deref(), Some(field), "{condition}");
        assert!(!error.why.text.contains("high"), "{}", error.why.text);
    }
}

#[test]
fn optional_fields_are_asked_for_with_has() {
    for condition in [
        "has(risk.level)",
        "has(device.id)",
        "has(data.custom)",
        "has(data.reason) && reason == 'a'",
        "has(worker.manager) && has(worker.manager.id)",
    ] {
        for data in [json!({}), json!({"risk": null}), json!({"risk": {"level": null}})] {
            assert_eq!(statements(&conditional(condition), "risk.raised", data), "");
        }
    }
}

#[test]
fn conditions_read_numbers_lists_and_the_envelope() {
    let data = json!({
        "risk": {"score": 220, "share": 0.5, "tags": ["a", "b"]},
        "reason": "x-1",
        "custom": {"big": u64::MAX},
    });
    for condition in [
        "risk.score > 200 && risk.score - 20 == 200",
        "risk.share < 1.0",
        "risk.tags.exists(tag, tag == 'b') && 'a' in risk.tags && size(risk.tags) == 2",
        "reason.matches('^x-[0-9]$') && reason.startsWith('x')",
        "event.source == 'xdr' && event.type == 'risk.raised' && event.id == 'e-1'",
        "timestamp(event.time) < timestamp('2027-01-01T00:00:00Z')",
        "data.custom.big > 5u",
        "type(risk.score) == int",
        "true",
    ] {
        let told = statements(&conditional(condition), "risk.raised", data.clone());
        assert!(told.starts_with("watch: assert watched"), "{condition}");
    }
}

#[test]
fn condition_that_is_neither_true_nor_false_fails() {
    let data = json!({"risk": {"level": "high"}});
    let error = failure(&conditional("risk.level"), "risk.raised", data.clone());
    assert_eq!(error.why.field.as_deref(), Some("data.risk.level"));
    assert_snapshot!(error.why.text, @"the condition of rule `watch` gives neither true nor false; compare the field");
    let error = failure(&conditional("risk.level > 3"), "risk.raised", data);
    assert_eq!(error.why.code, Code::ConditionFailed);
    assert_eq!(error.why.field.as_deref(), Some("data.risk.level"));
    assert_snapshot!(error.why.text, @"the condition of rule `watch` cannot be evaluated, for a field has another type than it expects; check the field and the expression");
}

#[test]
fn condition_of_the_rule_and_of_the_type_must_both_hold() {
    let rules = "
rules:
  - name: both
    on: [{type: risk.raised, when: risk.level == 'high'}, device.compromised]
    when: risk.score > 10
    assert: {claim: c, precedence: security, want: {active: false}}
";
    let raised = |level: &str, score: i64| {
        let data = json!({"risk": {"level": level, "score": score}});
        !statements(rules, "risk.raised", data).is_empty()
    };
    assert!(raised("high", 11));
    assert!(!raised("high", 10));
    assert!(!raised("low", 11));
    let data = json!({"risk": {"score": 11}});
    assert!(!statements(rules, "device.compromised", data).is_empty());
}

#[test]
fn profile_takes_what_is_there() {
    let data = json!({
        "worker": {"user_name": "kim", "employee_id": "88213", "work_email": " "},
        "profile": {"title": null, "department": "Legal"},
    });
    assert_snapshot!(statements(STARTER, "worker.updated", data), @r#"profile: {"emails.work":null,"enterprise.department":"Legal","enterprise.employeeNumber":"88213","externalId":"88213","title":null,"userName":"kim"}"#);
    assert_eq!(statements(STARTER, "worker.updated", json!({})), "");
}

#[test]
fn profile_expressions_may_compute() {
    let data = || json!({"profile": {"given_name": "Kim", "family_name": "Lee"}, "grade": 7});
    let told =
        |attribute, expression| statements(&mapping(attribute, expression), "worker.hired", data());
    assert_snapshot!(
        told("displayName", "profile.given_name + ' ' + profile.family_name"),
        @r#"profile: {"displayName":"Kim Lee"}"#
    );
    assert_snapshot!(told("title", "data.grade"), @r#"profile: {"title":7}"#);
    assert_snapshot!(told("userType", "has(profile.title) ? profile.title : 'Staff'"), @r#"profile: {"userType":"Staff"}"#);
}

#[test]
fn profile_expression_that_fails_otherwise_parks_the_event() {
    let data =
        || json!({"profile": {"tags": ["secret"], "title": "secret", "long": "x".repeat(1025)}});
    for (expression, field) in [
        ("profile.title + 1", "data.profile.title"),
        ("profile.tags", "data.profile.tags"),
        ("profile.long", "data.profile.long"),
        ("profile", "data.profile"),
        ("profile.title.size() / 0", "data.profile.title"),
        ("1.5", "data"),
    ] {
        let error = failure(&mapping("title", expression), "worker.hired", data());
        assert_eq!(error.rule.as_str(), "profile");
        assert_eq!(error.why.code, Code::MappingFailed);
        assert_eq!(error.why.field.as_deref(), Some(field), "{expression}");
        assert!(!error.why.text.contains("secret"), "{}", error.why.text);
    }
}

/// Data of an event in which any member may be anything.
fn any_data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!("high")),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        let name = prop::sample::select(vec!["level", "score", "id", "type", "title", "user_name"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(name.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    });
    let name = prop::sample::select(vec!["worker", "employment", "profile", "risk", "reason"]);
    prop::collection::btree_map(name.prop_map(str::to_owned), value, 0..5)
        .prop_map(|members| members.into_iter().collect())
}

static RULES: LazyLock<[RuleSet; 4]> = LazyLock::new(|| {
    [
        load(STARTER),
        load(&conditional("risk.score * 9223372036854775807 > 0 || risk.level + reason == 'a'")),
        load(&conditional("profile.exists(name, worker[name] == risk.level) || size(reason) > 2")),
        load(&conditional("reason.matches(risk.level) || int(risk.level) % risk.score == 0")),
    ]
});

proptest! {
    #[test]
    fn whatever_the_data_are_there_is_a_statement_or_a_named_failure(data in any_data()) {
        for rules in RULES.iter() {
            for kind in ["worker.hired", "risk.raised"] {
                if let Err(error) = rules.evaluate(&event(kind, data.clone())) {
                    let field = error.why.field.unwrap();
                    prop_assert!(field.starts_with("data"), "{}", field);
                }
            }
        }
    }
}

/// A member's name alone is read without the interpreter; in a list of one it is not.
#[test]
fn member_is_read_as_the_interpreter_reads_it() {
    let values =
        [json!(null), json!("a"), json!(" "), json!(7), json!(0.5), json!(u64::MAX), json!(true)];
    let values = values.into_iter().chain([json!([1]), json!({}), json!({ "title": "b" })]);
    let mut all = vec![json!({}), json!({ "profile": { "title": { "long": "x" } } })];
    for value in values {
        all.push(json!({ "profile": value, "reason": value, "voluntary": value }));
        all.push(json!({ "profile": { "title": value } }));
        all.push(json!({ "profile": { "title": { "long": value } } }));
    }
    let outcome = |rules: &str, kind: &str, data: &Value| match load(rules)
        .evaluate(&event(kind, data.clone()))
    {
        Ok(statements) => told(&statements),
        Err(error) => format!("{} {:?}", error.why.code, error.why.field),
    };
    for path in ["profile.title", "profile.title.long", "profile['title']", "reason", "voluntary"] {
        let listed = format!("[{path}][0]");
        for data in &all {
            let mapped = |path: &str| outcome(&mapping("title", path), "worker.hired", data);
            assert_eq!(mapped(path), mapped(&listed), "{path} of {data}");
            let held = |path: &str| outcome(&conditional(path), "risk.raised", data);
            assert_eq!(held(path), held(&listed), "{path} of {data}");
        }
    }
}
