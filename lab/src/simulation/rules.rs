//! The rule file of every simulated tenant; the oracle tells it once more in code.

use crate::rules::{RuleFile, RuleSet};
use jiff::SignedDuration;

/// How long a quarantine lasts; `for` in the rule file.
pub const QUARANTINE_FOR: SignedDuration = SignedDuration::from_mins(20);
/// When a leaver's account is due for deletion; `then` in the rule file.
pub const DELETION_AFTER: SignedDuration = SignedDuration::from_mins(40);

/// What `employed` makes of an account's user type: where somebody is both, the newer word counts.
pub const EMPLOYEE: &str = "employee";
pub const CONTRACTOR: &str = "contractor";

pub const VPN: &str = "VPN_Allowed";
pub const QUARANTINE: &str = "Quarantine_HighRisk";

const RULES: &str = r#"
profile:
  on: [worker.hired, worker.rehired, worker.transferred, worker.converted, worker.updated]
  attributes:
    userName: worker.user_name
    displayName: profile.display_name
    emails.work: worker.work_email
    enterprise.department: profile.department
    enterprise.employeeNumber: worker.employee_id
rules:
  - name: hired
    on: [worker.hired, worker.rehired, worker.converted]
    when: '!has(employment.type)'
    assert:
      claim: employed
      precedence: profile
      from: effective_at
      want: { account: present, attributes: { userType: employee }, groups: { add: [VPN_Allowed] } }
  - name: contracted
    on: [worker.hired, worker.rehired, worker.converted]
    when: has(employment.type)
    assert:
      claim: employed
      precedence: profile
      from: effective_at
      want: { account: present, attributes: { userType: contractor }, groups: { remove: [VPN_Allowed] } }
  - name: hire-cancelled
    on: [worker.hire.cancelled, worker.rehire.cancelled]
    withdraw: employed
  - name: terminated
    on: [worker.terminated, worker.access.revoked]
    assert:
      claim: terminated
      precedence: leaver
      from: effective_at
      want: { active: false, groups: { remove: [VPN_Allowed] } }
      DELETION
  - name: termination-cancelled
    on: [worker.termination.cancelled]
    withdraw: terminated
  - name: rehired
    on: [worker.rehired]
    withdraw: { claim: terminated, at: effective_at, by: person }
  - name: rehire-cancelled
    on: [worker.rehire.cancelled]
    assert:
      claim: terminated
      precedence: leaver
      from: time
      want: { active: false, groups: { remove: [VPN_Allowed] } }
      DELETION
  - name: leave-started
    on: [worker.leave.started]
    assert:
      claim: leave
      precedence: leave
      from: effective_at
      want: { active: false }
  - name: leave-ended
    on: [worker.leave.ended]
    withdraw: leave
  - name: quarantine
    on:
      - { type: risk.raised, when: 'risk.level in ["high", "critical"]' }
      - credential.compromised
    urgency: urgent
    assert:
      claim: quarantine
      precedence: security
      for: 20m
      want: { groups: { add: [Quarantine_HighRisk], remove: [VPN_Allowed] } }
  - name: risk-cleared
    on: [risk.cleared]
    withdraw: quarantine
"#;

/// The simulation's rule file, with or without the deletion of leavers.
pub fn load(deletes: bool) -> Result<RuleSet, crate::rules::Error> {
    let deletion = if deletes { "then: [{ after: 40m, want: { account: absent } }]" } else { "" };
    RuleSet::load(&[RuleFile {
        name: "simulation.yaml".to_owned(),
        text: RULES.replace("DELETION", deletion),
    }])
}
