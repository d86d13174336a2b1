//! Every finding, and rules that look alike and are right.

use super::*;
use crate::model::code::Code;
use crate::rules::Surroundings;
use insta::assert_snapshot;
use std::fmt::Write;

fn found_in(text: &str, around: &Surroundings) -> String {
    let found = load(text).lint(around);
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn found(text: &str) -> String {
    found_in(text, &Surroundings::default())
}

/// A rule that cuts somebody off by a termination, if `condition` holds.
fn cut(kind: &str, condition: &str) -> String {
    let condition = json!(condition);
    format!(
        "rules:\n  - name: cut\n    on: [{kind}]\n    when: {condition}\n    assert: {{ claim: cut, \
         precedence: profile, want: {{ groups: {{ remove: [VPN] }} }} }}\n"
    )
}

const QUARANTINE: &str = "
rules:
  - name: quarantine
    on: [{ type: risk.raised, when: 'risk.level == \"high\"' }]
    assert: { claim: quarantine, precedence: security, for: 24h, want: { groups: { add: [Q] } } }
";

const TERMINATED: &str = "
rules:
  - name: terminated
    on: [worker.terminated]
    assert: { claim: terminated, precedence: leaver, want: { active: false } }
";

const BACK: &str = "
  - name: back
    on: [worker.rehired]
    withdraw: { claim: terminated, at: effective_at, by: person }
";

/// Conditions that are odd, by what is odd about them, with the type that they are asked of.
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("two values at once", "worker.updated", "reason == \"a\" && reason == \"b\""),
    ("there and not there", "worker.updated", "has(profile.title) && !has(profile.title)"),
    ("nothing to be in", "risk.raised", "risk.level in []"),
    ("false", "worker.updated", "false"),
    ("a level that is none", "risk.raised", "risk.level == \"severe\""),
    ("one level of two that is none", "risk.raised", "risk.level in [\"high\", \"hgih\"]"),
    ("asked of an event that never has it", "worker.terminated", "has(risk.level)"),
    ("read of an event that never has it", "worker.terminated", "risk.level == \"high\""),
    ("always true", "worker.terminated", "!has(risk.level)"),
    ("this or the opposite", "worker.updated", "has(profile.title) || !has(profile.title)"),
    ("may be missing", "worker.hired", "employment.type == \"contractor\""),
    ("a member that may be missing", "worker.terminated", "voluntary"),
    ("a number where text is", "risk.raised", "risk.level > 3"),
    ("a level that is a number", "risk.raised", "risk.level == 1"),
    ("levels by the alphabet", "risk.raised", "risk.level >= \"high\""),
    (
        "text where true or false is",
        "worker.terminated",
        "has(data.voluntary) && voluntary == \"no\"",
    ),
    ("an object compared with text", "worker.hired", "employment == \"contractor\""),
    ("text as a condition", "risk.raised", "risk.level"),
    ("no condition", "risk.raised", "\"high\""),
    ("nothing of the event", "worker.updated", "1 == 1"),
    ("nothing of the event, and false", "worker.updated", "\"a\" == \"b\""),
    (
        "all levels",
        "risk.raised",
        "risk.level in [\"none\", \"low\", \"medium\", \"high\", \"critical\"]",
    ),
    (
        "misspelt, of two types",
        "worker.hired, worker.rehired",
        "has(employment.typ) && employment.typ == \"a\"",
    ),
    ("may be missing, of two types", "worker.hired, worker.rehired", "employment.type == \"a\""),
    ("misspelt", "worker.hired", "has(employment.typ) && employment.typ == \"a\""),
];

/// Rules that are odd, by what is odd about them.
#[expect(clippy::too_many_lines, reason = "a table")]
fn odd() -> Vec<(&'static str, String)> {
    let on_conditions = CONDITIONS.iter();
    let mut odd: Vec<(&str, String)> =
        on_conditions.map(|(what, kind, when)| (*what, cut(kind, when))).collect();
    odd.extend([
        ("nothing in it", String::new()),
        ("only a comment", "# rules:\n".to_owned()),
        ("no rules below", "rules: []\n".to_owned()),
        ("profile with a misspelt field", mapping("title", "profile.tittle")),
        ("profile with a field that never comes", mapping("title", "risk.reason")),
        (
            "type and rule exclude each other",
            "rules:\n  - name: cut\n    on: [{ type: worker.updated, when: has(profile.title) }]\n    \
             when: '!has(profile.title)'\n    assert: { claim: c, precedence: profile, want: { \
             title: null } }\n"
                .replace("{ title: null }", "{ active: true }"),
        ),
        (
            "two rules on one claim",
            format!(
                "{TERMINATED}{BACK}  - name: again\n    on: [worker.terminated]\n    assert: {{ claim: \
                 terminated, precedence: leaver, want: {{ groups: {{ remove: [VPN] }} }} }}\n"
            ),
        ),
        (
            "asserted and withdrawn at once",
            format!(
                "{TERMINATED}  - name: back\n    on: [worker.terminated, worker.rehired]\n    withdraw: \
                 terminated\n"
            ),
        ),
        (
            "withdrawn by employment, asserted by person",
            "rules:\n  - name: away\n    on: [worker.leave.started]\n    assert: { claim: away, \
             precedence: leave, by: person, want: { active: false } }\n  - name: back\n    on: \
             [worker.leave.ended]\n    withdraw: away\n"
                .to_owned(),
        ),
        (
            "security lifts what HR has imposed",
            format!(
                "{TERMINATED}{BACK}  - name: cleared\n    on: [risk.cleared]\n    withdraw: {{ claim: \
                 terminated, by: person }}\n"
            ),
        ),
        (
            "HR lifts what security has imposed",
            format!(
                "{QUARANTINE}  - name: rehired\n    on: [worker.rehired]\n    withdraw: {{ claim: \
                 quarantine, by: person }}\n"
            ),
        ),
        ("no end", QUARANTINE.replace(" for: 24h,", "")),
        ("no way back", TERMINATED.to_owned()),
        (
            "withdraws what cannot be asserted",
            format!(
                "{}  - name: cleared\n    on: [risk.cleared]\n    withdraw: quarantine\n",
                QUARANTINE.replace("\"high\"", "\"severe\"")
            ),
        ),
        ("deletes at once", TERMINATED.replace("active: false", "account: absent")),
        (
            "deletes in a stage without delay",
            TERMINATED.replace(
                "want: { active: false }",
                "want: { active: false }, then: [{ after: 0s, want: { account: absent } }]",
            ) + BACK,
        ),
        ("cuts on any update", TERMINATED.replace("worker.terminated", "worker.updated")),
        ("cuts on any risk", QUARANTINE.replace(", when: 'risk.level == \"high\"'", "")),
        ("cuts on good news", TERMINATED.replace("worker.terminated", "worker.rehired")),
        (
            "one claim, opposite wants",
            format!(
                "{TERMINATED}{BACK}  - name: other\n    on: [worker.access.revoked]\n    assert: {{ \
                 claim: terminated, precedence: leaver, want: {{ active: true }} }}\n"
            ),
        ),
        (
            "one attribute, two values",
            "rules:\n  - name: a\n    on: [worker.hired]\n    assert: { claim: a, precedence: profile, \
             want: { attributes: { title: A } } }\n  - name: b\n    on: [worker.rehired]\n    assert: \
             { claim: b, precedence: profile, want: { attributes: { title: B } } }\n"
                .to_owned(),
        ),
        (
            "accounts without a name",
            "rules: [{ name: hired, on: [worker.hired], assert: { claim: e, precedence: profile, want: \
             { account: present } } }]"
                .to_owned(),
        ),
    ]);
    odd
}

#[test]
fn each_oddity_gives_its_finding() {
    let mut told = String::new();
    for (what, rules) in odd() {
        let found = found(&rules);
        assert!(!found.is_empty(), "{what}: nothing found in\n{rules}");
        writeln!(told, "{what}\n{found}\n").unwrap();
    }
    assert_snapshot!(told);
}

#[test]
fn surroundings_tell_what_rules_cannot() {
    let hr_only = Surroundings {
        sent: Some([EventKind::Terminated].into()),
        restricting_groups: [GroupName::new("Q")].into(),
        complete: true,
    };
    assert_snapshot!(found_in(QUARANTINE, &hr_only), @"rules.yaml:4: warning[lint.type_not_sent]: rule `quarantine` waits for `risk.raised`, which no source of the tenant may send, so it never comes; add it to the `types` of a source, or take it out of the rule");
    let joins = cut("worker.terminated", "true").replace("remove: [VPN]", "add: [Q]");
    let joins =
        joins.replace("    when: \"true\"\n", "").replace("worker.terminated", "worker.updated");
    assert!(found(&joins).is_empty());
    let both = Surroundings { sent: None, ..hr_only };
    assert!(found_in(&joins, &both).contains("lint.unguarded_cut"));
    let accounts = "rules: [{ name: hired, on: [worker.hired], assert: { claim: e, precedence: \
                    profile, want: { account: present } } }]";
    assert!(found(accounts).contains("hint[lint.no_user_name]"));
    assert!(found_in(accounts, &both).contains("warning[lint.no_user_name]"));
}

#[test]
fn what_is_right_is_passed_over() {
    for (kind, when) in [
        ("worker.hired", "has(employment.type) && employment.type == \"contractor\""),
        ("worker.terminated", "!has(data.legal_hold) || !data.legal_hold"),
        ("worker.terminated", "has(data.badge) && data.badge == \"a\""),
        ("risk.raised", "risk.level in [\"high\", \"critical\"]"),
        ("risk.raised", "has(risk.score) && risk.score > 5"),
        ("worker.updated", "event.source == \"https://hr.example.com\""),
        ("worker.updated", "has(profile.shoe_size)"),
        ("risk.raised", "has(risk.score) && risk.score >= 70 && risk.level != \"low\""),
        ("risk.raised", "has(risk.score) && double(risk.score) > 7.5"),
        ("worker.terminated", "has(data.voluntary) && !voluntary"),
        ("worker.terminated", "has(data.voluntary) && data.voluntary == false"),
        ("worker.hired", "has(worker.employee_id) && worker.employee_id > \"5\""),
        ("worker.hired", "has(data.effective_at) && data.effective_at == 7"),
        ("worker.updated", "has(data.reason) && (reason == \"a\" || reason == \"b\")"),
        ("worker.updated", "has(worker.tags) && [\"a\"].exists(tag, tag in worker.tags)"),
    ] {
        assert_eq!(found(&cut(kind, when)), "", "{kind}: {when}");
    }
    let exclusive = format!(
        "{TERMINATED}{BACK}  - name: again\n    on: [{{ type: worker.terminated, when: \
         'has(data.reason) && data.reason == \"a\"' }}]\n    assert: {{ claim: terminated, precedence: \
         leaver, want: {{ groups: {{ remove: [VPN] }} }} }}\n"
    );
    let exclusive = exclusive.replacen(
        "on: [worker.terminated]",
        "on: [{ type: worker.terminated, when: '!has(data.reason) || data.reason != \"a\"' }]",
        1,
    );
    // `||` cannot be seen through, so the two may meet as far as anybody knows.
    assert!(found(&exclusive).contains("lint.overlap"));
    let exclusive =
        exclusive.replace("!has(data.reason) || data.reason", "has(data.reason) && reason");
    assert_eq!(found(&exclusive), "");
}

#[test]
fn shipped_rules_have_no_warning() {
    let found = load(STARTER).lint(&Surroundings { complete: true, ..Surroundings::default() });
    assert!(found.iter().all(|finding| finding.severity == Severity::Hint), "{found:#?}");
}

#[test]
fn rules_that_meet_on_several_types_are_told_once() {
    let rule = |name: &str| {
        format!(
            "  - name: {name}\n    on: [worker.hired, worker.rehired]\n    assert: {{ claim: c, \
             precedence: profile, want: {{ groups: {{ add: [A] }} }} }}\n"
        )
    };
    let found = found(&format!("rules:\n{}{}", rule("a"), rule("b")));
    assert_eq!(found.lines().count(), 1, "{found}");
    assert!(found.contains("on `worker.hired`, `worker.rehired` rule `b`"), "{found}");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = "
rules:
  - { name: a, on: [worker.fired], withdraw: x }
  - { name: b, on: [worker.hired] }
  - { name: c, on: [{ type: worker.hired, when: 'reasn == \"a\"' }], withdraw: x }
";
    let errors = RuleSet::load_or_all(&[file(text)]).unwrap_err();
    let codes: Vec<_> = errors.into_all().map(|it| (it.place().line, it.code())).collect();
    let expected =
        [(3, Code::RulesUnknownType), (4, Code::RulesOneAction), (5, Code::RulesExpression)]
            .to_vec();
    assert_eq!(codes, expected);
    let text = "
rules:
  - { name: a, on: [worker.hired], withdraw: one }
  - { name: a, on: [worker.hired], withdraw: two }
";
    let errors = RuleSet::load_or_all(&[file(text)]).unwrap_err();
    assert_eq!(errors.into_all().count(), 3);
}
