//! What a rule may make of a request, and what it may not.

use super::*;

/// A request gives below what HR and security say, and ends nothing but what requests have brought.
#[test]
fn what_is_asked_for_cannot_do_more_than_it_may() {
    let rules = |on: &str, rest: &str| {
        format!(
            "rules:\n  - {{ name: hr, on: [worker.terminated], assert: {{ claim: terminated, precedence: leaver, \
             want: {{ active: false }} }} }}\n  - {{ name: asked, on: [{on}], {rest} }}\n"
        )
    };
    let assert = |rest: &str| format!("assert: {{ claim: asked, {rest} }}");
    let cases = [
        (
            "access.requested",
            assert("precedence: leave, want: { active: true }"),
            "above `precedence: profile`",
        ),
        (
            "membership.requested",
            assert("precedence: security, want: { groups: { add: [VPN] } }"),
            "above `precedence: profile`",
        ),
        (
            "access.withdrawn",
            assert("precedence: leaver, want: { active: false }"),
            "above `precedence: leave`",
        ),
        (
            "access.withdrawn",
            assert("precedence: leave, by: person, want: { active: false }"),
            "leave `by` out",
        ),
        ("access.requested", "withdraw: terminated".to_owned(), "others than those who ask"),
        (
            "access.requested",
            "withdraw: { claim: terminated, by: person }".to_owned(),
            "others than those who ask",
        ),
    ];
    for (on, rest, told) in cases {
        let file = RuleFile { name: "asked.yaml".to_owned(), text: rules(on, &rest) };
        let error = RuleSet::load(&[file]).unwrap_err();
        assert_eq!(error.code(), crate::model::code::Code::RulesRequests, "{on} {rest}: {error}");
        assert!(error.to_string().contains(told), "{error}");
    }
    let fits = rules("access.withdrawn", &assert("precedence: leave, want: { active: false }"));
    RuleSet::load(&[RuleFile { name: "asked.yaml".to_owned(), text: fits }]).unwrap();
}
