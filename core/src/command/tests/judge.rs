//! Whether a command is to be obeyed; each refusal has its own reason.

use super::court::{ANN, BOB, Court, FOR_COMMANDS, file, group, pause, with};
use super::instruction::instruction;
use super::pen::Pen;
use crate::command::instruction::CommandKind;
use crate::command::{Group, Signed, Signers};
use crate::model::RawRecord;
use crate::model::code::Code;
use crate::model::ids::ShardNumber;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn what_an_operator_signs_is_admitted_and_tells_who_it_was() {
    let pen = Pen::new(ANN);
    let admitted = Court::new().hear(&pause(), &[&pen]).unwrap();
    let [signer] = admitted.signers() else { panic!("{admitted:?}") };
    assert_eq!(signer.principal().as_str(), "ann@example.com");
    assert!(signer.key().to_string().starts_with("SHA256:"));
    assert_eq!(signer.group(), "analysts");
    assert_eq!((signer.attended().touched, signer.attended().verified), (false, false));
    assert_eq!(signer.file_sha256(), group().signers.file().unwrap().sha256());
    assert_eq!(admitted.instruction().command.kind(), CommandKind::Pause);
    assert_eq!(admitted.sha256().len(), 64);
    assert_eq!(admitted.remember_until(), "2026-11-30T09:15:00Z".parse().unwrap());
}

#[test]
fn a_record_is_judged_by_its_value_and_its_headers() {
    let bytes = pause().to_string().into_bytes();
    let header = |name: &str, text: String| (name.to_owned(), Some(text.into_bytes()));
    let record = RawRecord {
        topic: "usher.control".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: Timestamp::UNIX_EPOCH,
        key: None,
        value: Some(bytes.clone()),
        headers: vec![
            header("usher-operator", "somebody".to_owned()),
            header("Usher-Signature", Pen::new(ANN).sign(&bytes)),
            header("usher-signature", Pen::new(BOB).sign(&bytes)),
        ],
    };
    let (one, other) = (Pen::new(ANN).sign(&bytes), Pen::new(BOB).sign(&bytes));
    let expected = Signed::new(&bytes, vec![one.as_bytes(), other.as_bytes()]);
    assert_eq!(Signed::of(&record), expected);
}

#[test]
fn two_people_sign_the_same_bytes() {
    let (ann, bob) = (Pen::new(ANN), Pen::new(BOB));
    let admitted = Court::new().hear(&pause(), &[&bob, &ann]).unwrap();
    let names: Vec<_> = admitted.signers().iter().map(|it| it.principal().as_str()).collect();
    assert_eq!(names, ["ann@example.com", "bob@example.com"], "who says it comes first");
    assert_eq!(Court::new().code(&pause(), &[&ann, &ann]), "command.signed_twice");
    assert_eq!(Court::new().code(&pause(), &[&ann, &Pen::new(9)]), "command.key_unknown");
}

#[test]
fn one_person_with_two_keys_is_one_person() {
    let second = Pen::new(3);
    let lines = [
        ("ann@example.com", FOR_COMMANDS, &Pen::new(ANN)),
        ("ann@example.com", FOR_COMMANDS, &second),
    ];
    let court = Court::of(vec![Group { signers: Signers::Fresh(file(&lines)), ..group() }]);
    assert!(court.hear(&pause(), &[&second]).is_ok());
    assert_eq!(court.code(&pause(), &[&Pen::new(ANN), &second]), "command.signed_twice");
}

#[test]
fn no_byte_may_differ_from_what_was_signed() {
    let (court, pen) = (Court::new(), Pen::new(ANN));
    let bytes = pause().to_string().into_bytes();
    let signatures = [pen.sign(&bytes)];
    for place in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[place] ^= 0x01;
        let refusal = court.judge(&altered, &signatures).unwrap_err();
        assert_eq!(refusal.code(), Code::CommandSignatureWrong, "byte {place}");
    }
    assert!(court.judge(&bytes, &signatures).is_ok());
}

#[test]
fn a_signature_is_asked_for_before_anything_is_read() {
    let court = Court::new();
    assert_eq!(court.judge(b"no json", &[]).unwrap_err().code(), Code::CommandUnsigned);
    let garbage = ["garbage".to_owned()];
    let refusal = court.judge(b"no json", &garbage).unwrap_err();
    assert_eq!(refusal.code(), Code::CommandSignatureMalformed);
    let many = vec![Pen::new(ANN).sign(b"x"); 9];
    assert_eq!(court.judge(b"x", &many).unwrap_err().code(), Code::CommandSignatureMalformed);
    let stranger = [Pen::new(9).sign(b"no json")];
    assert_eq!(court.judge(b"no json", &stranger).unwrap_err().code(), Code::CommandKeyUnknown);
    let known = [Pen::new(ANN).sign(b"no json")];
    assert_eq!(court.judge(b"no json", &known).unwrap_err().code(), Code::CommandMalformed);
    let long = vec![b' '; 300_000];
    let refusal = court.judge(&long, &[Pen::new(ANN).sign(&long)]).unwrap_err();
    assert_eq!(refusal.code(), Code::CommandMalformed);
}

#[test]
fn a_signature_for_another_purpose_is_none() {
    use base64::Engine;
    let bytes = pause().to_string().into_bytes();
    let blob = Pen::new(ANN).blob("git", &bytes);
    let text = base64::engine::general_purpose::STANDARD.encode(blob);
    let refusal = Court::new().judge(&bytes, &[text]).unwrap_err();
    assert_eq!(refusal.code(), Code::CommandOtherNamespace);
}

#[test]
fn an_instruction_has_the_reason_of_what_is_wrong_with_it() {
    let (court, ann) = (Court::new(), Pen::new(ANN));
    let cases = [
        (with("v", 2), "command.unknown"),
        (instruction("obliterate", json!({})), "command.unknown"),
        (with("extra", 1), "command.unknown_member"),
        (with("reason", " "), "command.malformed"),
        (with("operator", "nobody@example.com"), "command.operator_unknown"),
        (with("operator", "bob@example.com"), "command.speaks_for_another"),
        (with("deployment", "d-2"), "command.other_deployment"),
        (with("issued_at", "2026-11-30T09:06:01Z"), "command.not_yet_issued"),
        (with("expires_at", "2026-12-01T09:00:01Z"), "command.lives_too_long"),
        (with("expires_at", "2026-11-30T09:01:00Z"), "command.expired"),
        (with("expires_at", "2026-11-30T08:59:00Z"), "command.expired"),
    ];
    for (value, code) in cases {
        assert_eq!(court.code(&value, &[&ann]), code, "{value}");
    }
    let ahead = with("issued_at", "2026-11-30T09:06:00Z");
    assert!(court.hear(&ahead, &[&ann]).is_ok(), "five minutes are a clock that is not set");
    assert!(court.hear(&with("expires_at", "2026-12-01T09:00:00Z"), &[&ann]).is_ok());
}

#[test]
fn a_command_is_obeyed_once() {
    let court = Court { used: true, ..Court::new() };
    assert_eq!(court.code(&pause(), &[&Pen::new(ANN)]), "command.used");
}

#[test]
fn a_command_counts_in_the_partition_of_its_tenant() {
    let ann = Pen::new(ANN);
    let elsewhere = Court { shard: ShardNumber(Court::new().shard.0 ^ 1), ..Court::new() };
    assert_eq!(elsewhere.code(&pause(), &[&ann]), "command.other_partition");
    let without = Court { tenants: BTreeSet::new(), ..Court::new() };
    assert_eq!(without.code(&pause(), &[&ann]), "command.tenant_unknown");
    let mut everything = instruction("pause", json!({"scope": "everything"}));
    everything.as_object_mut().unwrap().remove("tenant");
    assert!(elsewhere.hear(&everything, &[&ann]).is_ok(), "it is for each partition");
}

#[test]
fn no_reason_tells_who_somebody_is() {
    let (court, ann) = (Court::new(), Pen::new(ANN));
    for value in [with("operator", "bob@example.com"), with("reason", ""), with("deployment", "x")]
    {
        let why = court.hear(&value, &[&ann]).unwrap_err().why();
        assert!(!why.text.contains("example.com"), "{}", why.text);
    }
}

proptest! {
    #[test]
    fn whatever_comes_there_is_an_answer(
        bytes in prop::collection::vec(any::<u8>(), 0..80),
        blob in prop::collection::vec(any::<u8>(), 0..120),
        cut in 0_usize..200, change in any::<u8>(), text in ".{0,40}",
    ) {
        use base64::Engine;
        let encode = |blob: &[u8]| base64::engine::general_purpose::STANDARD.encode(blob);
        let court = Court::new();
        let mut near = Pen::fido(ANN, 1).blob("command@usher", &bytes);
        let place = cut % near.len();
        near[place] = near[place].wrapping_add(change);
        let headless = [b"SSHSIG\0\0\0\x01", &blob[..]].concat();
        for text in [encode(&blob), encode(&headless), encode(&near), encode(&near[..place]), text] {
            let _answer = court.judge(&bytes, &[text]);
        }
    }
}
