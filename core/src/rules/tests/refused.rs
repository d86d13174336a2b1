//! Every file that is refused, and what its writer is told.

use super::*;
use insta::assert_snapshot;

#[test]
fn functions_that_are_named_as_a_cure_are_there() {
    let uses = [
        "has(data.reason)",
        "size(data.reason) > 1",
        "data.reason.contains('a')",
        "data.reason.startsWith('a')",
        "data.reason.endsWith('a')",
        "data.reason.matches('a')",
        "data.tags.exists(it, it == 'a')",
        "data.tags.all(it, it == 'a')",
        "size(data.tags.filter(it, it == 'a')) > 1",
    ];
    for (name, example) in crate::rules::error::FUNCTIONS.iter().zip(uses) {
        assert!(example.contains(&format!("{name}(")), "{name}: {example}");
        load(&rule(&format!(
            "{ON}\n    when: \"{example}\"\n    assert: {{ claim: c, precedence: profile, want: {{ \
             active: true }} }}"
        )));
    }
}

/// A file with one asserting rule, of which `rest` says the rest.
fn rule(rest: &str) -> String {
    format!("rules:\n  - name: r\n    {rest}\n")
}

const ON: &str = "on: [worker.hired]";

fn assert(rest: &str) -> String {
    rule(&format!("{ON}\n    assert: {{ {rest} }}"))
}

/// Two rules with a claim each.
fn two(first: &str, second: &str) -> String {
    format!(
        "rules:\n  - name: first\n    {ON}\n    assert: {{ {first} }}\n\
         \x20 - name: second\n    {ON}\n    assert: {{ {second} }}\n"
    )
}

#[test]
fn broken_yaml() {
    assert_snapshot!(refusal("rules: [{ name: a\n"), @"rules.yaml:1: unclosed bracket '{'");
    assert_snapshot!(refusal("rules:\n  - name: a\n   on: []\n"), @"rules.yaml:2: the key `on` is missing from what ends here; add it");
    assert_snapshot!(refusal("rules: 7\n"), @"rules.yaml:1: a list is expected here: `[one, two]`, or a line with `- ` for each");
}

#[test]
fn a_withdrawal_that_is_only_observed() {
    let withdrawal = rule("mode: observe\n    on: [worker.hired]\n    withdraw: c");
    assert_snapshot!(refusal(&withdrawal), @"rules.yaml:2: rule `r` withdraws a claim, and cannot be observed; say `mode` at the rule that asserts it");
    load(&rule(&format!(
        "mode: observe\n    {ON}\n    assert: {{ claim: c, precedence: leave, want: {{ active: false }} }}"
    )));
}

#[test]
fn unknown_keys() {
    assert_snapshot!(refusal("rulez: []\n"), @"rules.yaml:1: there is no key `rulez`; if `rules` is meant, write it so");
    assert_snapshot!(refusal(&rule("on: [worker.hired]\n    whenn: 'true'")), @"rules.yaml:4: there is no key `whenn`; if `when` is meant, write it so");
    assert_snapshot!(refusal(&assert("claim: c, precedence: leave, want: { activ: true }")), @"rules.yaml:4: there is no key `activ`; if `active` is meant, write it so");
    assert_snapshot!(
        refusal(&rule("on: [{ type: worker.hired, wen: 'true' }]\n    withdraw: c")),
        @"rules.yaml:3: there is no key `wen`; if `when` is meant, write it so"
    );
    assert_snapshot!(refusal(&rule("on: [worker.hired]\n    withdraw: { claim: c, form: a }")), @"rules.yaml:4: there is no key `form`; there are: claim, at, by");
}

#[test]
fn unknown_words() {
    assert_snapshot!(refusal(&assert("claim: c, precedence: high, want: {}")), @"rules.yaml:4: there is no word `high`; there are: profile, leave, leaver, security");
    assert_snapshot!(refusal(&assert("claim: c, precedence: leave, by: team, want: {}")), @"rules.yaml:4: there is no word `team`; there are: person, employment, detection, source");
    assert_snapshot!(
        refusal(&assert("claim: c, precedence: leave, want: { attributes: { nick: a } }")),
        @"rules.yaml:4: `nick` is not an attribute usher can write; these are: userName, externalId, displayName, nickName, title, userType, preferredLanguage, locale, timezone, name.formatted, name.givenName, name.middleName, name.familyName, emails.work, phoneNumbers.work, enterprise.employeeNumber, enterprise.costCenter, enterprise.organization, enterprise.division, enterprise.department, enterprise.manager, and custom.<key> with a key of letters, digits, `$`, `-` and `_` that begins with a letter"
    );
    assert_snapshot!(refusal(&assert("claim: c, precedence: leave, want: { account: gone }")), @"rules.yaml:4: there is no word `gone`; there are: present, absent");
}

#[test]
fn missing_keys() {
    assert_snapshot!(refusal("rules:\n  - on: [worker.hired]\n    withdraw: c\n"), @"rules.yaml:3: the key `name` is missing from what ends here; add it");
    assert_snapshot!(refusal(&assert("claim: c, precedence: leave")), @"rules.yaml:4: the key `want` is missing from what ends here; add it");
    assert_snapshot!(refusal(&assert("precedence: leave, want: { active: true }")), @"rules.yaml:4: the key `claim` is missing from what ends here; add it");
}

#[test]
fn repeated_keys() {
    assert_snapshot!(refusal("rules: []\nrules: []\n"), @"rules.yaml:2: duplicate mapping key `rules` is not allowed here");
}

#[test]
fn instants_and_lengths() {
    for (key, text) in [
        ("from", "tomorrow"),
        ("from", "2026-10-01"),
        ("from", "effective_at - 14"),
        ("from", "effective_at 14d"),
        ("until", "effective_at - 2 months"),
        ("from", "effective_at - 1d - 1h"),
        ("from", "timed"),
        ("from", "last_day_of_work at 24:00"),
        ("from", "last_day_of_work at 6pm"),
        ("from", "last_day_of_work at 9:00"),
        ("from", "last_day_of_work 18:00"),
        ("from", "last_day_of_work + 1h at 18:00"),
        ("until", "effective_at at 18:00 1h"),
        ("until", "effective_date at 18:00"),
        ("for", "1y"),
        ("for", "24"),
        ("for", "-3h"),
        ("for", "1.5h"),
        ("for", "99999999999d"),
    ] {
        let text = format!("claim: c, precedence: leave, {key}: {text}, want: {{ active: true }}");
        let refusal = refusal(&assert(&text));
        assert!(
            refusal.contains("is no instant; write") || refusal.contains("is no length of time"),
            "{text}: {refusal}"
        );
    }
    let text = "claim: c, precedence: leave, from: friday, want: { active: true }";
    assert_snapshot!(refusal(&assert(text)), @"rules.yaml:4: `friday` is no instant; write `effective_at`, `time`, `last_day_of_work` or one like 2026-10-01T09:00:00+02:00, and if need be a local time and an offset: `last_day_of_work at 18:00`, `effective_at - 14d`");
    let text = "claim: c, precedence: leave, for: long, want: { active: true }";
    assert_snapshot!(refusal(&assert(text)), @"rules.yaml:4: `long` is no length of time; write a whole number and s, m, h, d or w: `24h`");
}

#[test]
fn unknown_event_type() {
    assert_snapshot!(refusal(&rule("on: [worker.fired]\n    withdraw: c")), @"rules.yaml:3: rule `r`: there is no event type `worker.fired`; if `worker.hired` is meant, write it so");
    assert_snapshot!(refusal("profile:\n  on:\n    - io.usher.worker.hired.v1\n  attributes: {}\n"), @"rules.yaml:3: `profile`: the event type `io.usher.worker.hired.v1` is called `worker.hired` here; write it so");
}

#[test]
fn no_event_type() {
    assert_snapshot!(refusal(&rule("on: []\n    withdraw: c")), @"rules.yaml:2: rule `r` has nothing in `on`, so it would never speak; name an event type");
    assert_snapshot!(refusal("profile: { on: [], attributes: {} }\n"), @"rules.yaml:1: `profile` has nothing in `on`, so it would never speak; name an event type");
}

#[test]
fn event_type_named_twice() {
    assert_snapshot!(refusal(&rule("on: [risk.raised, risk.raised]\n    withdraw: c")), @"rules.yaml:3: rule `r` names the event type `risk.raised` twice; join its conditions with `||`");
}

#[test]
fn expression_that_does_not_compile() {
    let text =
        "on:\n      - type: risk.raised\n        when: 'risk.level in [\"high\"'\n    withdraw: c";
    assert_snapshot!(refusal(&rule(text)), @r#"
    rules.yaml:5: rule `r` has an expression that cannot be compiled: `risk.level in ["high"`
      because: column 22: Syntax error: mismatched input '<EOF>' expecting {']', ','}; conditions are joined by `&&` and `||`, denied by `!`, and compare with `==`
    "#);
    assert_snapshot!(refusal(&rule(&format!("{ON}\n    when: ''\n    withdraw: c"))), @r"
    rules.yaml:4: rule `r` has an expression that cannot be compiled: ``
      because: it is empty; write an expression, or leave the key out
    ");
    assert_snapshot!(refusal("profile:\n  on: [worker.hired]\n  attributes:\n    title: profile.\n"), @r"
    rules.yaml:4: the attribute `title` of the profile has an expression that cannot be compiled: `profile.`
      because: column 9: Syntax error: no viable alternative at input '.'; conditions are joined by `&&` and `||`, denied by `!`, and compare with `==`
    ");
}

#[test]
fn expression_with_unknown_names() {
    let condition = |text: &str| rule(&format!("{ON}\n    when: {text}\n    withdraw: c"));
    assert_snapshot!(refusal(&condition("risks.level == 'high'")), @r"
    rules.yaml:4: rule `r` has an expression that cannot be compiled: `risks.level == 'high'`
      because: there is no variable `risks`; write `data.risks` for a member of the event's data, or one of: event, data, worker, employment, profile, previous, risk, device, credential, assurance, initiating_entity, account, request, finding, reason, voluntary, legal_hold, effective_at, effective_date, time_zone, effective_edge, last_day_of_work, detection_id, supersedes, cancels, raw_ref
    ");
    assert_snapshot!(refusal(&condition("risk.level.beginsWith('h')")), @r"
    rules.yaml:4: rule `r` has an expression that cannot be compiled: `risk.level.beginsWith('h')`
      because: there is no function `beginsWith`; there are, among others: has, size, contains, startsWith, endsWith, matches, exists, all, filter
    ");
    assert_snapshot!(refusal(&condition("'[1].exists(x, x == y)'")), @r"
    rules.yaml:4: rule `r` has an expression that cannot be compiled: `[1].exists(x, x == y)`
      because: there is no variable `y`; write `data.y` for a member of the event's data, or one of: event, data, worker, employment, profile, previous, risk, device, credential, assurance, initiating_entity, account, request, finding, reason, voluntary, legal_hold, effective_at, effective_date, time_zone, effective_edge, last_day_of_work, detection_id, supersedes, cancels, raw_ref
    ");
}

#[test]
fn names() {
    assert_snapshot!(refusal("rules: [{ name: '', on: [risk.raised], withdraw: c }]"), @"rules.yaml:1: the rule has no name; give it one that no other rule has");
    assert_snapshot!(refusal("rules: [{ name: profile, on: [risk.raised], withdraw: c }]"), @"rules.yaml:1: `profile` is what the attribute mapping is called; give the rule another name");
    let rules = "rules:
  - { name: a, on: [risk.raised], withdraw: c }
  - { name: a, on: [risk.cleared], withdraw: c }
";
    assert_snapshot!(refusal(rules), @"rules.yaml:3: there is a rule `a` already, at rules.yaml:2; rename one of them");
}

#[test]
fn second_profile() {
    let section = |name: &str| RuleFile {
        name: name.to_owned(),
        text: "profile: { on: [worker.hired], attributes: { title: profile.title } }".to_owned(),
    };
    let error = RuleSet::load(&[section("a.yaml"), section("b.yaml")]).unwrap_err();
    assert_snapshot!(chain(&error), @"b.yaml:1: there is a `profile` already, at a.yaml:1; put everything into one of them");
}

#[test]
fn neither_or_both_actions() {
    assert_snapshot!(refusal(&rule(ON)), @"rules.yaml:2: rule `r` has neither of `assert` and `withdraw`; give it exactly one of them, and write two rules for both");
    let both = "on: [risk.raised]\n    withdraw: c\n    assert: { claim: c, precedence: leave, want: { active: true } }";
    assert_snapshot!(refusal(&rule(both)), @"rules.yaml:2: rule `r` has both `assert` and `withdraw`; give it exactly one of them, and write two rules for both");
}

#[test]
fn urgent_withdrawal() {
    assert_snapshot!(refusal(&rule("on: [risk.raised]\n    urgency: urgent\n    withdraw: c")), @"rules.yaml:2: rule `r` has an `urgency`, but a withdrawal has none; leave it out");
}

#[test]
fn two_ends() {
    let text = "claim: c, precedence: leave, for: 1d, until: time + 1d, want: { active: true }";
    assert_snapshot!(refusal(&assert(text)), @"rules.yaml:2: rule `r` has both `for` and `until`; keep one of them");
}

#[test]
fn nothing_said() {
    assert_snapshot!(refusal(&assert("claim: c, precedence: leave, want: {}")), @"rules.yaml:2: rule `r` has an empty `want`; say what it should be");
    assert_snapshot!(refusal(&assert("claim: c, precedence: leave, want: { target: t }")), @"rules.yaml:2: rule `r` has an empty `want`; say what it should be");
    assert_snapshot!(refusal(&assert("claim: '', precedence: leave, want: { active: true }")), @"rules.yaml:2: rule `r` has an empty `claim`; say what it should be");
    assert_snapshot!(
        refusal(&assert("claim: c, precedence: leave, want: { groups: { add: [''] } }")),
        @"rules.yaml:2: rule `r` has an empty `groups`; say what it should be"
    );
}

#[test]
fn want_that_contradicts_itself() {
    let want = |want: &str| assert(&format!("claim: c, precedence: leave, want: {want}"));
    assert_snapshot!(refusal(&want("{ groups: { add: [A, B], remove: [B] } }")), @"rules.yaml:2: rule `r` wants membership of `B` and its opposite at once; keep one of them");
    assert_snapshot!(refusal(&want("{ account: absent, active: true }")), @"rules.yaml:2: rule `r` wants `active: true` of an account and its opposite at once; keep one of them");
    assert_snapshot!(refusal(&want("{ account: absent, groups: { add: [A] } }")), @"rules.yaml:2: rule `r` wants an account in `A` and its opposite at once; keep one of them");
}

#[test]
fn claim_with_two_precedences() {
    let rules = two(
        "claim: c, precedence: leave, want: { active: false }",
        "claim: c, precedence: security, want: { active: false }",
    );
    assert_snapshot!(refusal(&rules), @"rules.yaml:5: rule `second` asserts `c` with precedence security, but rule `first` at rules.yaml:2 with leave; a claim has one precedence, so use the same or another name");
}

#[test]
fn withdrawal_of_what_nobody_asserts() {
    assert_snapshot!(refusal(&rule("on: [risk.cleared]\n    withdraw: quarantin")), @"rules.yaml:2: rule `r` withdraws `quarantin`, which no rule asserts; these are asserted: none");
    let rules = "rules:
  - { name: a, on: [risk.raised], assert: { claim: quarantine, precedence: security, want: { active: false } } }
  - { name: b, on: [risk.cleared], withdraw: { claim: quarantin } }
";
    assert_snapshot!(refusal(rules), @"rules.yaml:3: rule `b` withdraws `quarantin`, which no rule asserts; these are asserted: quarantine");
}

#[test]
fn rules_that_contradict_each_other() {
    let contradiction = |first: &str, second: &str| {
        refusal(&two(
            &format!("claim: a, precedence: leaver, {first}"),
            &format!("claim: b, precedence: leaver, {second}"),
        ))
    };
    assert_snapshot!(
        contradiction("want: { groups: { add: [G] } }", "want: { groups: { remove: [G] } }"),
        @"rules.yaml:5: rule `second` wants to remove the group `G`, but rule `first` at rules.yaml:2 wants the opposite with the same precedence, leaver; give one of them another precedence or a `target` of its own, or drop one wish"
    );
    assert_snapshot!(contradiction("want: { active: false }", "want: { active: true }"), @"rules.yaml:5: rule `second` wants `active: true`, but rule `first` at rules.yaml:2 wants the opposite with the same precedence, leaver; give one of them another precedence or a `target` of its own, or drop one wish");
    assert_snapshot!(
        contradiction(
            "want: { active: false }, then: [{ after: 1d, want: { account: absent } }]",
            "want: { account: present, target: t }"
        ),
        @"rules.yaml:5: rule `second` wants `account: present`, but rule `first` at rules.yaml:2 wants the opposite with the same precedence, leaver; give one of them another precedence or a `target` of its own, or drop one wish"
    );
}

#[test]
fn rules_that_only_seem_to_contradict_each_other_are_accepted() {
    for (first, second) in [
        // One claim, of which the newer counts.
        (
            "claim: a, precedence: leave, want: { active: false }",
            "claim: a, precedence: leave, want: { active: true }",
        ),
        // Precedence decides.
        (
            "claim: a, precedence: leave, want: { active: false }",
            "claim: b, precedence: leaver, want: { active: true }",
        ),
        // They never meet.
        (
            "claim: a, precedence: leave, want: { target: s, active: false }",
            "claim: b, precedence: leave, want: { target: t, active: true }",
        ),
        (
            "claim: a, precedence: leave, want: { groups: { add: [A] } }",
            "claim: b, precedence: leave, want: { groups: { remove: [B] } }",
        ),
    ] {
        load(&two(first, second));
    }
}

#[test]
fn claims_that_would_never_be_in_force() {
    let never = [
        "for: 0s",
        "from: effective_at, until: effective_at - 1d",
        "from: '2026-10-02T00:00:00Z', until: '2026-10-01T00:00:00Z'",
    ];
    for span in never {
        let text =
            assert(&format!("claim: c, precedence: leave, {span}, want: {{ active: false }}"));
        assert_eq!(
            refusal(&text).trim(),
            "rules.yaml:2: the claim of rule `r` ends as it begins, so it would never be in force; \
             let it last longer"
        );
    }
}

#[test]
fn a_stage_that_comes_when_the_claim_is_over() {
    let text = assert(
        "claim: c, precedence: leave, for: 24h, want: { active: false }, \
         then: [{ after: 30d, want: { account: absent } }]",
    );
    assert_eq!(
        refusal(&text).trim(),
        "rules.yaml:2: rule `r` has a stage in `then` that comes when its claim is over; let the \
         claim last longer, or the stage come sooner"
    );
}
