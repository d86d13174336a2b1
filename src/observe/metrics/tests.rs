use std::time::Duration;

use jiff::Timestamp;

use super::{CommitEnd, CommitFigures, Metrics};
use crate::engine::Figures;
use crate::engine::brakes::counters::Window;
use crate::engine::brakes::figures::{
    BrakeFigures, HeldFigure, LimitFigure, PauseFigure, ScopeWord, ShownFigure, VerdictWord,
};
use crate::engine::brakes::kind::LimitKind;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, Decision, DecisionRecord, Why};
use crate::model::ordered::{CommandOutcome, CommandRecord};
use crate::model::position::{EventPosition, Position};
use crate::model::{Commit, CommitId, ShardNumber, TargetName, TenantName};

fn lines_of(metrics: &Metrics, name: &str) -> String {
    let text = metrics.render();
    let lines: Vec<&str> =
        text.split_inclusive('\n').filter(|line| line.starts_with(name)).collect();
    lines.concat()
}

fn commit_with(decision: Decision) -> Commit {
    let record = Position { topic: "hr".to_owned(), generation: 0, partition: 0, offset: 1 };
    Commit {
        inventory: Vec::new(),
        events: Vec::new(),
        id: CommitId(1),
        started_at: Timestamp::UNIX_EPOCH,
        state: Vec::new(),
        audit: vec![AuditEntry::Decision(DecisionRecord {
            tenant: Some(TenantName::new("acme")),
            position: EventPosition { record, index: 0 },
            decision,
            person: None,
            cause: None,
            event_time: None,
            effective_at: None,
            effects: Vec::new(),
            remarks: Vec::new(),
            raw_sha256: None,
            replayed_by: None,
            at: Timestamp::UNIX_EPOCH,
        })],
        parked: Vec::new(),
    }
}

#[test]
fn every_word_stands_at_zero_from_the_start() {
    let metrics = Metrics::new();
    let events = lines_of(&metrics, "usher_events_total");
    assert_eq!(events.lines().count(), 7, "{events}");
    assert!(events.lines().all(|line| line.ends_with(" 0")), "{events}");
    let calls = lines_of(&metrics, "usher_calls_total");
    assert_eq!(calls.lines().count(), 9 * 6);
}

#[test]
fn what_a_commit_holds_is_counted_by_its_word() {
    let metrics = Metrics::new();
    for decision in [Decision::Asserted, Decision::Stale, Decision::Stale] {
        let figures = CommitFigures::of(&commit_with(decision));
        metrics.committed(&figures, Duration::from_millis(3));
    }
    let events = lines_of(&metrics, "usher_events_total");
    assert!(events.contains("usher_events_total{decision=\"asserted\"} 1\n"), "{events}");
    assert!(events.contains("usher_events_total{decision=\"stale\"} 2\n"), "{events}");
    assert!(lines_of(&metrics, "usher_commit_seconds_count").ends_with(" 3\n"));
}

#[test]
fn a_fenced_commit_is_counted_twice_by_outcome_and_by_itself() {
    let metrics = Metrics::new();
    metrics.commit_ended(CommitEnd::Fenced);
    assert_eq!(lines_of(&metrics, "usher_fenced"), "usher_fenced_total 1\n");
    assert!(
        lines_of(&metrics, "usher_commits_total")
            .contains("usher_commits_total{outcome=\"fenced\"} 1\n")
    );
}

#[test]
fn failing_target_shows_until_it_works_again_or_is_somebody_elses() {
    let metrics = Metrics::new();
    metrics.target_fails("acme", "main", true);
    let line = "usher_target_fails{tenant=\"acme\",target=\"main\"}";
    assert_eq!(lines_of(&metrics, "usher_target_fails"), format!("{line} 1\n"));
    metrics.target_fails("acme", "main", false);
    assert_eq!(lines_of(&metrics, "usher_target_fails"), format!("{line} 0\n"));
    metrics.target_left("acme", "main");
    assert_eq!(lines_of(&metrics, "usher_target_fails"), "");
}

#[test]
fn figures_of_a_shard_that_left_are_gone() {
    let metrics = Metrics::new();
    let shard = ShardNumber(2);
    metrics.shard_taken();
    let figures = Figures { dirty: 4, contested: 2, aside: 1, ..Figures::default() };
    metrics.shard(shard, &figures, Timestamp::UNIX_EPOCH);
    let all = [("usher_dirty_people", 4), ("usher_contested", 2), ("usher_set_aside_people", 1)];
    for (name, value) in all {
        assert_eq!(lines_of(&metrics, name), format!("{name}{{shard=\"2\"}} {value}\n"));
    }
    metrics.shard_left(shard, &[]);
    for (name, _) in all {
        assert_eq!(lines_of(&metrics, name), "");
    }
    assert_eq!(lines_of(&metrics, "usher_shards_owned"), "usher_shards_owned 0\n");
}

/// Each owns a partition of the control topic; one figure must not hide the other.
#[test]
fn figures_of_a_topic_that_several_shards_read_are_joined() {
    let metrics = Metrics::new();
    let topics = ["usher.control".to_owned()];
    for (shard, lag, stalled) in [(0, 3, 0), (1, 4, 60), (0, 2, 20)] {
        metrics.input_lag(ShardNumber(shard), &topics[0], lag);
        metrics.input_stalled(ShardNumber(shard), &topics[0], Duration::from_secs(stalled));
    }
    let lag = || lines_of(&metrics, "usher_input_lag_records{");
    let stalled = || lines_of(&metrics, "usher_input_stalled_seconds{");
    assert!(lag().ends_with(" 6\n"), "{}", lag());
    assert!(stalled().ends_with(" 60\n"), "{}", stalled());
    metrics.shard_left(ShardNumber(1), &topics);
    assert!(lag().ends_with(" 2\n"), "{}", lag());
    assert!(stalled().ends_with(" 20\n"), "{}", stalled());
    metrics.shard_left(ShardNumber(0), &topics);
    assert_eq!((lag(), stalled()), (String::new(), String::new()));
}

fn braked() -> BrakeFigures {
    let place = || (TenantName::new("acme"), TargetName::new("main"));
    let (tenant, target) = place();
    let limit = |window, most| {
        let (tenant, target) = place();
        LimitFigure { tenant, target, kind: LimitKind::Cut, window, spent: 20, most }
    };
    BrakeFigures {
        held: vec![HeldFigure {
            tenant: tenant.clone(),
            target: target.clone(),
            code: Code::LimitReached.into(),
            verdict: VerdictWord::Open,
            rows: 31,
            cuts: 25,
            oldest: Timestamp::UNIX_EPOCH,
        }],
        pauses: vec![PauseFigure {
            tenant: Some(tenant.clone()),
            scope: ScopeWord::Target,
            since: Some(Timestamp::UNIX_EPOCH),
        }],
        limits: vec![limit(Window::Hour, Some(25)), limit(Window::Day, None)],
        approvers: vec![(tenant.clone(), 2)],
        targets: vec![ShownFigure {
            tenant,
            target,
            token_ends: Some(Timestamp::UNIX_EPOCH),
            unnamed_groups: Some(3),
        }],
    }
}

#[test]
fn brakes_are_shown_until_they_let_go() {
    let metrics = Metrics::new();
    let shard = ShardNumber(1);
    let later = Timestamp::from_second(90).unwrap();
    metrics.brakes(shard, &braked(), later);
    let row = "{tenant=\"acme\",target=\"main\",code=\"limit.reached\",verdict=\"open\"}";
    assert_eq!(lines_of(&metrics, "usher_held{"), format!("usher_held{row} 31\n"));
    assert_eq!(lines_of(&metrics, "usher_held_cuts{"), format!("usher_held_cuts{row} 25\n"));
    let oldest = "usher_oldest_held_seconds";
    assert_eq!(lines_of(&metrics, &format!("{oldest}{{")), format!("{oldest}{row} 90\n"));
    let target = "{tenant=\"acme\",target=\"main\"}";
    for (name, value) in
        [("usher_token_expires_timestamp_seconds", 0), ("usher_groups_without_policy", 3)]
    {
        let shown = format!("{name}{target} {value}\n");
        assert_eq!(lines_of(&metrics, &format!("{name}{{")), shown);
    }
    let pause = "{shard=\"1\",tenant=\"acme\",scope=\"target\"}";
    assert_eq!(lines_of(&metrics, "usher_paused{"), format!("usher_paused{pause} 1\n"));
    let seconds = format!("usher_paused_seconds{pause} 90\n");
    assert_eq!(lines_of(&metrics, "usher_paused_seconds{"), seconds);
    assert_eq!(lines_of(&metrics, "usher_limit_spent{").lines().count(), 2);
    let limits = lines_of(&metrics, "usher_limit{");
    let kind = "kind=\"cut\",window=\"hour\"";
    assert_eq!(limits, format!("usher_limit{{tenant=\"acme\",target=\"main\",{kind}}} 25\n"));
    let approvers = lines_of(&metrics, "usher_approvers{");
    assert_eq!(approvers, "usher_approvers{tenant=\"acme\"} 2\n");

    metrics.brakes(shard, &BrakeFigures::default(), later);
    assert_eq!(lines_of(&metrics, "usher_groups_without_policy{"), "");
    for name in ["held", "held_cuts", "paused", "paused_seconds", "limit", "approvers"] {
        assert_eq!(lines_of(&metrics, &format!("usher_{name}{{")), "", "{name}");
    }
    metrics.brakes(shard, &braked(), later);
    metrics.shard_taken();
    metrics.shard_left(shard, &[]);
    assert_eq!(lines_of(&metrics, "usher_held{"), "");
}

#[test]
fn commands_are_counted_by_what_came_of_them_and_change_no_input() {
    let metrics = Metrics::new();
    let mut commit = commit_with(Decision::Asserted);
    let record = Position { topic: "c".to_owned(), generation: 0, partition: 0, offset: 1 };
    let command = |command: Option<&str>, outcome| {
        AuditEntry::Command(CommandRecord {
            tenant: None,
            position: EventPosition { record: record.clone(), index: 0 },
            outcome,
            command: command.map(ToOwned::to_owned),
            id: None,
            signers: Vec::new(),
            reason: None,
            rows: Vec::new(),
            rows_untold: 0,
            raw_sha256: None,
            at: Timestamp::UNIX_EPOCH,
        })
    };
    let refused = CommandOutcome::Refused(Why::new(Code::CommandKeyUnknown, None, "unknown"));
    commit.audit.extend([command(Some("approve"), CommandOutcome::Obeyed), command(None, refused)]);
    metrics.committed(&CommitFigures::of(&commit), Duration::from_millis(3));
    let commands = lines_of(&metrics, "usher_commands_total{");
    let counted: Vec<&str> = commands.lines().filter(|line| line.ends_with(" 1")).collect();
    assert_eq!(counted.len(), 2, "{commands}");
    assert!(commands.contains("{command=\"approve\",outcome=\"obeyed\"} 1\n"), "{commands}");
    assert!(commands.contains("{command=\"unknown\",outcome=\"refused\"} 1\n"), "{commands}");
    let refused = lines_of(&metrics, "usher_commands_refused_total");
    assert_eq!(refused, "usher_commands_refused_total{code=\"command.key_unknown\"} 1\n");
    assert_eq!(lines_of(&metrics, "usher_input_changes_total"), "usher_input_changes_total 0\n");
}
