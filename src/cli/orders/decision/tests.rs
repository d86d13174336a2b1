use super::{judge, page};
use crate::audit::{WriterIdentity, line::Line, render};
use crate::cli::failure::Failure;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, Why};
use crate::model::hold::HoldDigest;
use crate::model::ids::{PersonId, ShardNumber, TargetName};
use crate::model::ordered::{Became, CommandOutcome, CommandRecord, CommandRow};
use crate::model::position::{EventPosition, Position};
use std::collections::BTreeMap;

fn row(became: Became, why: Option<&str>) -> CommandRow {
    CommandRow {
        hold: Some(HoldDigest::of([b"a".as_slice()])),
        person: Some(PersonId::new("p-1")),
        target: Some(TargetName::new("main")),
        became,
        why: why.map(str::to_owned),
    }
}

fn line(outcome: CommandOutcome, rows: Vec<CommandRow>) -> Line {
    let record =
        Position { topic: "usher.control".to_owned(), generation: 0, partition: 0, offset: 7 };
    let entry = AuditEntry::Command(CommandRecord {
        tenant: None,
        position: EventPosition { record, index: 0 },
        outcome,
        command: Some("approve".to_owned()),
        id: None,
        signers: Vec::new(),
        reason: None,
        rows,
        rows_untold: 0,
        raw_sha256: None,
        at: "2026-10-02T08:00Z".parse().unwrap(),
    });
    let writer = WriterIdentity {
        instance: "a".to_owned(),
        shard: ShardNumber(0),
        audit_topic: "usher.audit".to_owned(),
    };
    Line::read(&render(&entry, &writer).value.unwrap()).unwrap()
}

fn exit_code(lines: &[Line]) -> u8 {
    judge(lines).map_or_else(|error| error.exit_code(), |()| 0)
}

#[test]
fn scripts_can_tell_how_it_ended() {
    let of = |outcome, became: &[Became]| {
        line(outcome, became.iter().map(|it| row(*it, None)).collect())
    };
    let obeyed = || CommandOutcome::Obeyed;
    let refused = || {
        let why = Why::new(Code::CommandKeyUnknown, None, "nobody has this key");
        line(CommandOutcome::Refused(why), Vec::new())
    };
    assert_eq!(exit_code(&[of(obeyed(), &[Became::Approved, Became::Nothing])]), 0);
    assert_eq!(exit_code(&[of(obeyed(), &[Became::Paused]), refused()]), 2);
    assert_eq!(exit_code(&[of(CommandOutcome::Nothing, &[Became::Nothing])]), 3);
    assert_eq!(exit_code(&[of(obeyed(), &[Became::Approved, Became::WaitsForAnother])]), 4);
}

#[test]
fn a_decision_is_told_row_by_row() {
    let line = line(
        CommandOutcome::Obeyed,
        vec![row(Became::Approved, None), row(Became::WaitsForAnother, Some("it takes 2"))],
    );
    let known_as = BTreeMap::from([(PersonId::new("p-1"), "kim".to_owned())]);
    insta::assert_snapshot!(page(&line, &known_as));
}
