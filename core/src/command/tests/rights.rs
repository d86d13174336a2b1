//! Who may say what: files of signers, rights, tenants, touch.

use super::court::{ANN, BOB, Court, FOR_COMMANDS, file, group, pause};
use super::instruction::instruction;
use super::pen::Pen;
use crate::command::instruction::CommandKind;
use crate::command::signers::{AllowedSigners, Principal};
use crate::command::{Group, Operators, Signers, Tenants, Touch};
use crate::model::code::Code;
use crate::model::ids::TenantName;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn a_key_signs_within_its_time() {
    let ann = Pen::new(ANN);
    let court = |options: &str| {
        let signers = Signers::Fresh(file(&[("ann@example.com", options, &ann)]));
        Court::of(vec![Group { signers, ..group() }])
    };
    let code = |options: &str| court(options).code(&pause(), &[&ann]);
    let before = format!("{FOR_COMMANDS},valid-before=\"202611300900Z\"");
    assert_eq!(code(&before), "command.key_expired");
    let after = format!("{FOR_COMMANDS},valid-after=\"20261201Z\"");
    assert_eq!(code(&after), "command.key_not_yet_valid");
    assert_eq!(code("namespaces=\"git\""), "command.key_not_for_commands");
}

#[test]
fn a_right_is_needed_and_the_tenant() {
    let ann = Pen::new(ANN);
    let erase = instruction("erase", json!({"person": "p-0123456789abcdef01234567"}));
    assert_eq!(Court::new().code(&erase, &[&ann]), "command.right_missing");
    let only = |name| Tenants::Only(BTreeSet::from([TenantName::new(name)]));
    let court = Court::of(vec![Group { tenants: only("other"), ..group() }]);
    assert_eq!(court.code(&pause(), &[&ann]), "command.tenant_not_allowed");
    let court = Court::of(vec![Group { tenants: only("acme"), ..group() }]);
    assert!(court.hear(&pause(), &[&ann]).is_ok());
    let mut everything = instruction("pause", json!({"scope": "everything"}));
    everything.as_object_mut().unwrap().remove("tenant");
    assert_eq!(court.code(&everything, &[&ann]), "command.tenant_not_allowed");
}

#[test]
fn a_second_signature_needs_the_right_as_well() {
    let (ann, bob) = (Pen::new(ANN), Pen::new(BOB));
    let of = |name, may, line| Group {
        name: String::from(name),
        signers: Signers::Fresh(file(&[line])),
        may,
        ..group()
    };
    let pausing = BTreeSet::from([CommandKind::Pause]);
    let court = Court::of(vec![
        of("one", pausing, ("ann@example.com", FOR_COMMANDS, &ann)),
        of("other", BTreeSet::new(), ("bob@example.com", FOR_COMMANDS, &bob)),
    ]);
    assert!(court.hear(&pause(), &[&ann]).is_ok());
    assert_eq!(court.code(&pause(), &[&ann, &bob]), "command.right_missing");
}

#[test]
fn whoever_is_in_two_groups_may_what_either_may() {
    let ann = Pen::new(ANN);
    let erasing = Group {
        name: "privacy".to_owned(),
        signers: Signers::Fresh(file(&[("ann@example.com", FOR_COMMANDS, &ann)])),
        may: BTreeSet::from([CommandKind::Erase]),
        ..group()
    };
    let court = Court::of(vec![group(), erasing]);
    let erase = instruction("erase", json!({"person": "p-0123456789abcdef01234567"}));
    assert_eq!(court.hear(&erase, &[&ann]).unwrap().signers()[0].group(), "privacy");
    assert_eq!(court.hear(&pause(), &[&ann]).unwrap().signers()[0].group(), "analysts");
}

#[test]
fn a_key_has_one_name_in_all_files() {
    let other = Group {
        signers: Signers::Fresh(file(&[("anna", FOR_COMMANDS, &Pen::new(ANN))])),
        ..group()
    };
    assert!(Operators::new(vec![group(), other]).is_err());
}

#[test]
fn where_touch_is_required_an_untouched_key_signs_nothing() {
    let court = |pen: &Pen| {
        let signers = Signers::Fresh(file(&[("ann@example.com", FOR_COMMANDS, pen)]));
        Court::of(vec![Group { signers, touch: Touch::Required, ..group() }])
    };
    for (pen, is_taken) in [
        (Pen::new(ANN), false),
        (Pen::fido(ANN, 0x00), false),
        (Pen::fido(ANN, 0x04), false),
        (Pen::fido(ANN, 0x01), true),
        (Pen::fido(ANN, 0x05), true),
    ] {
        match court(&pen).hear(&pause(), &[&pen]) {
            Ok(admitted) => assert!(is_taken && admitted.signers()[0].attended().touched),
            Err(refusal) => assert!(!is_taken && refusal.code() == Code::CommandTouchMissing),
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_power_to_stop() {
    let ann = Pen::new(ANN);
    let stale = group().signers.after(AllowedSigners::parse(b""));
    let court = Court::of(vec![Group { signers: stale.clone(), ..group() }]);
    assert!(court.hear(&pause(), &[&ann]).is_ok());
    let resume = instruction("resume", json!({"scope": "tenant"}));
    assert_eq!(court.code(&resume, &[&ann]), "command.signers_unreadable");

    let good = AllowedSigners::parse(format!("a {FOR_COMMANDS} {}", ann.public()).as_bytes());
    assert!(matches!(stale.after(good), Signers::Fresh(_)), "a good file counts at once");
    let unread = Signers::Unread.after(AllowedSigners::parse(b""));
    let court = Court::of(vec![Group { signers: unread, ..group() }]);
    assert_eq!(court.code(&pause(), &[&ann]), "command.key_unknown");
}

#[test]
fn a_key_that_was_taken_away_vouches_for_nobody() {
    let court = Court::new();
    let admitted = court.hear(&pause(), &[&Pen::new(ANN)]).unwrap();
    let [signer] = admitted.signers() else { panic!("{admitted:?}") };
    let vouched = |operators: &Operators, principal: &Principal| {
        operators.vouch_for(&principal.to_string(), &signer.key().to_string(), court.now)
    };
    assert!(vouched(&court.operators, signer.principal()));
    assert!(!vouched(&court.operators, &Principal::parse("bob@example.com").unwrap()));
    let line = [("bob@example.com", FOR_COMMANDS, &Pen::new(BOB))];
    let without = Group { signers: Signers::Fresh(file(&line)), ..group() };
    assert!(!vouched(&Operators::new(vec![without]).unwrap(), signer.principal()));
    let expired = format!("{FOR_COMMANDS},valid-before=\"202611300900Z\"");
    let line = [("ann@example.com", expired.as_str(), &Pen::new(ANN))];
    let late = Group { signers: Signers::Fresh(file(&line)), ..group() };
    assert!(!vouched(&Operators::new(vec![late]).unwrap(), signer.principal()));
    let stale = group().signers.after(AllowedSigners::parse(b""));
    let stale = Operators::new(vec![Group { signers: stale, ..group() }]).unwrap();
    assert!(!vouched(&stale, signer.principal()));
}
