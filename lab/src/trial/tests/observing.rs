//! Fixtures say what a rule that is only observed would do.

use super::{Others, rules};
use crate::story::Suite;
use crate::trial::{Coverage, Report, play};

const RULES: &str = "
rules:
  - name: hired
    on: [worker.hired]
    assert: { claim: employed, precedence: profile, want: { account: present } }
  - name: lock
    mode: observe
    on: [credential.compromised]
    assert: { claim: locked, precedence: security, want: { active: false } }
  - name: unlock
    on: [account.enabled]
    withdraw: locked
";

const FIXTURES: &str = "
people: [kim]
fixtures:
  - name: A rule on trial calls nothing, and is told
    given: { accounts: { kim: { active: true } } }
    when:
      - event: { type: worker.hired, worker: kim }
      - event: { type: credential.compromised, worker: kim }
        then:
          decision: asserted
          calls: none
          result: none
          note: observed rule.observed
          claims: { kim: [employed, locked (observed)] }
          accounts: { kim: { active: true } }
      - event: { type: account.enabled, worker: kim }
        then: { decision: withdrew, calls: none, claims: { kim: [employed] } }
";

#[test]
fn a_fixture_says_what_a_rule_on_trial_would_do() {
    let mut report = Report::default();
    let mut coverage = Coverage::of(&rules(RULES));
    let suite = Suite::parse("f.yaml", FIXTURES).unwrap();
    assert!(suite.check(&[coverage.rules()]).is_empty());
    report.add_verdicts(&suite.file, play(&suite, &Others::new(), &mut coverage).unwrap());
    assert_eq!((report.failures(), report.fixtures()), (0, 1), "{}", report.text());
}
