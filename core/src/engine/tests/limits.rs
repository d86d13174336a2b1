use super::bench::Bench;
use crate::engine::deeds::limits::trim;
use crate::engine::deeds::plan::Plan;
use crate::engine::settings::Mode;
use crate::model::account::{AttributeName, CustomLimits, Value};
use crate::model::call::{Reply, Request};
use crate::model::code::Code;
use crate::model::decision::ResultWord;
use crate::model::ids::ScimId;
use crate::model::operation::{Field, Operation};
use serde_json::json;
use std::collections::BTreeMap;

const LIMITS: CustomLimits =
    CustomLimits { key_chars_max: Some(8), value_chars_max: Some(4), count_max: Some(2) };

fn name(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn change(
    active: Option<bool>,
    fields: impl IntoIterator<Item = (AttributeName, Value)>,
) -> Operation {
    let fields = fields.into_iter().map(|(name, value)| (name, Field::Set(value)));
    Operation::Change { account: ScimId::new("a-kim"), active, attributes: fields.collect() }
}

/// What is left of a plan, and the code, field and text of the reason.
fn trimmed(
    grants: Vec<Operation>,
    known: &[(&str, &str)],
    limits: Option<CustomLimits>,
) -> (Vec<Operation>, Option<(String, String, String)>) {
    let known: BTreeMap<_, _> = known.iter().map(|(key, value)| (name(key), text(value))).collect();
    let mut plan = Plan { grants, cuts: vec![change(Some(false), [])], ..Plan::default() };
    trim(&mut plan, Some(&known), limits);
    assert_eq!(plan.cuts, [change(Some(false), [])], "a cut goes on");
    let why = plan.unfit.map(|why| (why.code.to_string(), why.field.unwrap(), why.text));
    (plan.grants, why)
}

#[test]
fn value_that_is_too_long_is_left_out_and_not_told() {
    let fields = || {
        [
            (name("custom.a"), text("häh?")),
            (name("custom.b"), text("secret")),
            (name("title"), text("a title is no custom attribute")),
        ]
    };
    let (left, why) = trimmed(vec![change(Some(true), fields())], &[], Some(LIMITS));
    let [first, _, title] = fields();
    assert_eq!(left, [change(Some(true), [first, title])]);
    let (code, field, text) = why.unwrap();
    assert_eq!((code.as_str(), field.as_str()), ("custom.too_long", "custom.b"));
    assert!(text.contains("at most 4") && !text.contains("secret"), "{text}");
}

#[test]
fn change_with_nothing_left_is_no_change() {
    let (left, why) =
        trimmed(vec![change(None, [(name("custom.b"), text("secret"))])], &[], Some(LIMITS));
    assert!(left.is_empty() && why.is_some());
}

#[test]
fn numbers_and_flags_have_no_length() {
    let fields =
        [(name("custom.a"), Value::Number(123_456)), (name("custom.b"), Value::Flag(false))];
    let all = vec![change(None, fields)];
    assert_eq!(trimmed(all.clone(), &[], Some(LIMITS)), (all, None));
}

#[test]
fn those_that_the_account_has_already_count() {
    let fields = ["custom.a", "custom.b", "custom.C"].map(|key| (name(key), text("x")));
    let create = Operation::Create { active: true, attributes: fields.clone().into() };
    let (left, why) = trimmed(vec![create], &[], Some(LIMITS));
    let [a, b, c] = fields;
    let attributes = [a.clone(), b.clone()].into();
    assert_eq!(left, [Operation::Create { active: true, attributes }]);
    let (code, field, text) = why.unwrap();
    assert_eq!((code.as_str(), field.as_str()), ("custom.too_many", "custom.C"));
    assert!(text.contains("at most 2"), "{text}");

    let known = [("custom.c", "y"), ("custom.z", "y"), ("title", "y")];
    let (left, why) = trimmed(vec![change(None, [a, b, c.clone()])], &known, Some(LIMITS));
    assert_eq!(left, [change(None, [c])], "one that is there is replaced");
    assert!(why.unwrap().2.contains("1 more"));
}

#[test]
fn key_that_is_too_long_is_left_out() {
    let fields = [(name("custom.aVeryLongKey"), text("x"))];
    let (left, why) = trimmed(vec![change(None, fields)], &[], Some(LIMITS));
    assert!(left.is_empty());
    assert_eq!(why.unwrap().1, "custom.aVeryLongKey");
}

#[test]
fn target_without_custom_attributes_is_not_asked_for_them() {
    let fields = [(name("custom.a"), text("x")), (name("title"), text("x"))];
    let (left, why) = trimmed(vec![change(None, fields.clone())], &[], None);
    let [_, title] = fields;
    assert_eq!((left, why), (vec![change(None, [title])], None));
    let unlimited =
        vec![change(None, (0..40).map(|n| (name(&format!("custom.a{n}")), text("xxxxx"))))];
    assert_eq!(trimmed(unlimited.clone(), &[], Some(CustomLimits::default())), (unlimited, None));
}

#[test]
fn all_else_is_done_and_the_revision_fails_with_the_reason() {
    let mut bench = Bench::ready(&["a-kim"]);
    let worker = json!({ "user_name": "kim@example.com", "badge": "far too long" });
    bench.event("worker.hired", json!({ "worker": worker, "profile": { "title": "Clerk" } }));
    bench.reply(Reply::Accounts(vec![Bench::kim(true)]));
    let write = bench.called();
    let title = change(None, [(name("title"), text("Clerk"))]);
    assert_eq!(write.request, Request::Write(title), "only what fits");
    bench.done(&write, Reply::Changed);
    let read = bench.called();
    let mut kim = Bench::kim(true);
    kim.attributes.insert(name("title"), text("Clerk"));
    bench.done(&read, Reply::Account(kim));
    bench.commit_all();
    bench.read_groups(&["a-kim"], &[]);
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Failed);
    let why = result.why.clone().unwrap();
    assert_eq!(
        (why.code.as_str(), why.field.as_deref()),
        ("custom.too_long", Some("custom.badge"))
    );

    bench.event("worker.terminated", json!({}));
    let cut = bench.called();
    assert_eq!(cut.request, Request::Write(change(Some(false), [])), "a cut is never in its way");
}

#[test]
fn target_that_is_only_observed_tells_what_would_not_fit() {
    let mut bench = Bench::with_mode(Mode::Observe, &["a-kim"]);
    let worker = json!({ "user_name": "kim@example.com", "badge": "far too long" });
    bench.event("worker.hired", json!({ "worker": worker }));
    bench.reply(Reply::Accounts(vec![Bench::kim(true)]));
    bench.read_groups(&["a-kim"], &[]);
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Observed);
    assert_eq!(result.why.as_ref().unwrap().code, Code::CustomTooLong);
}
