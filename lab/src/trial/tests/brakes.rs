//! Limits, rows, operators and pauses in the words of fixtures.

use super::told;
use insta::assert_snapshot;

/// Kim and Lee have accounts; `given` says more.
fn fixture(given: &str, steps: &str) -> String {
    format!(
        "fixtures:\n  - name: it\n    given:\n      accounts: {{ kim: {{ active: true, groups: \
         [VPN_Allowed] }}, lee: {{ active: true }} }}\n{given}    when:\n{steps}"
    )
}

const ONE_CUT: &str = "      limits: { cut: { hour: 1 } }\n";

const TWO_LEAVE: &str = "      - event: { type: worker.terminated, worker: lee }
        then: { calls: { lee: deactivate }, held: { lee: none } }
      - event: { type: worker.terminated, worker: kim }
        then:
          note: held limit.reached
          calls: none
          held: { kim: [limit.reached, limit.reached] }
";

#[test]
fn who_is_beyond_a_limit_is_held_until_operators_approve() {
    let steps = format!(
        "{TWO_LEAVE}      - approved: kim
        then: {{ calls: {{ kim: [deactivate, leave VPN_Allowed] }}, held: {{ kim: none }} }}
"
    );
    assert_eq!(told(&fixture(ONE_CUT, &steps)), "");
}

#[test]
fn what_is_rejected_is_not_done_and_says_so() {
    let steps = format!(
        "{TWO_LEAVE}      - rejected: [kim]
        then: {{ calls: none, held: {{ kim: [limit.reached rejected, limit.reached rejected] }} }}
      - at: +8d
        then: {{ calls: none, held: {{ kim: [limit.reached, limit.reached] }} }}
"
    );
    assert_eq!(told(&fixture(ONE_CUT, &steps)), "");
}

#[test]
fn deletion_takes_as_many_operators_as_it_takes_and_a_fixture_has_them() {
    let steps = "      - event: { type: worker.terminated, worker: lee }
      - at: +31d
        then: { calls: { lee: deactivate }, held: { lee: deletion } }
      - approved: lee
        then: { calls: { lee: delete }, accounts: { lee: none } }
";
    assert_eq!(told(&fixture("", steps)), "");
}

#[test]
fn nothing_is_written_while_it_is_paused() {
    for scope in ["everything", "tenant", "target", "destructive"] {
        let steps = format!(
            "      - paused: {scope}
      - event: {{ type: worker.terminated, worker: lee }}
        then: {{ calls: none, held: {{ lee: pause.ordered }} }}
      - restart: true
      - at: +1d
        then: {{ calls: none }}
      - resumed: {scope}
        then: {{ calls: {{ lee: deactivate }}, held: {{ lee: none }} }}
"
        );
        assert_eq!(told(&fixture("", &steps)), "", "{scope}");
    }
}

#[test]
fn whoever_is_protected_is_touched_by_nothing() {
    let given = "      protected: { people: [lee] }\n";
    let steps = "      - event: { type: worker.terminated, worker: lee }
        then: { note: protected protected.person, calls: none, held: { lee: protected.person } }
      - event: { type: worker.terminated, worker: kim }
        then: { calls: { kim: [deactivate, leave VPN_Allowed] } }
";
    assert_eq!(told(&fixture(given, steps)), "");
}

#[test]
fn orders_of_which_nothing_comes_are_told() {
    let nothing_held = fixture("", "      - approved: kim\n        then: { people: 0 }\n");
    assert_snapshot!(told(&nothing_held), @r"
    f.yaml:4: FAILED it
      f.yaml:8: approved
        expected: something that is held
        actual:   none
    ");
    let not_paused = fixture("", "      - resumed: target\n        then: { people: 0 }\n");
    assert_snapshot!(told(&not_paused), @r"
    f.yaml:4: FAILED it
      f.yaml:8: resumed
        expected: obeyed
        actual:   nothing: exactly this is not paused
    ");
}

#[test]
fn mistyped_words_of_brakes_are_told_before_anything_is_played() {
    let steps = "      - paused: targets
      - approved: kin
      - then: { held: { kim: limit.reach } }
      - then: { held: { kim: limit.reached declined } }
";
    assert_snapshot!(told(&fixture("      protected: { people: [leo] }\n", steps)), @r"
    f.yaml:7: there is nobody called `leo`; `people` has: kim, lee; add them, or write the name so
    f.yaml:9: `targets` cannot be paused; write `everything`, `tenant`, `target`, `destructive`, `rule NAME` or `source NAME`
    f.yaml:10: there is nobody called `kin`; `people` has: kim, lee; add them, or write the name so
    f.yaml:11: there is no code `limit.reach`; if `limit.reached` is meant, write it so
    f.yaml:12: there is no verdict `declined`; there are: seconded, approved, rejected
    ");
}
