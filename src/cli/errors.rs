//! `usher errors`: the page of each error, embedded, for whoever has only the program at hand.

use super::{Error, print};
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::fmt::Write;

macro_rules! pages {
    ($($code:literal,)*) => {
        &[$(($code, include_str!(concat!("../../docs/errors/", $code, ".md")))),*]
    };
}

/// Every code, with its page.
const PAGES: &[(&str, &str)] = pages![
    "account.not_found",
    "account.several",
    "attribute.empty",
    "attribute.missing",
    "attribute.too_long",
    "attribute.wrong_type",
    "baseline.unknown",
    "batch.empty",
    "batch.too_long",
    "change.does_not_stick",
    "condition.failed",
    "config.refused",
    "config.unreadable",
    "content_type.unsupported",
    "create.no_user_name",
    "custom.too_long",
    "custom.too_many",
    "data.doubled",
    "data.missing",
    "data.not_base64",
    "date.invalid",
    "deletion",
    "deletion.legal_hold",
    "deletion.rule_changed",
    "deletion.rule_gone",
    "demo.failed",
    "dialect.refused",
    "dialect.unknown",
    "dialect.unreadable",
    "effective_at.contradiction",
    "effective_at.invalid",
    "effective_at.no_zone",
    "effective_at.out_of_range",
    "employment.goes_on",
    "field.too_long",
    "field.unknown_value",
    "field.wrong_type",
    "fixtures.coverage",
    "fixtures.failed",
    "fixtures.no_rules",
    "fixtures.none",
    "group.missing",
    "http.not_listening",
    "identity.ambiguous",
    "identity.contested",
    "identity.merged",
    "instant.absent",
    "instant.no_zone",
    "internal.crashed",
    "internal.output",
    "internal.runtime",
    "internal.signals",
    "internal.task_ended",
    "internal.thread",
    "kafka.broker_not_trusted",
    "kafka.certificate_expired",
    "kafka.certificate_malformed",
    "kafka.certificate_refused",
    "kafka.client",
    "kafka.file_unreadable",
    "kafka.key_malformed",
    "kafka.key_mismatch",
    "kafka.no_token",
    "kafka.not_authenticated",
    "kafka.not_tls",
    "kafka.property_refused",
    "kafka.secret_empty",
    "kafka.silent",
    "kafka.tls",
    "kafka.token_malformed",
    "kafka.wants_tls",
    "lint.always_true",
    "lint.blank_file",
    "lint.by_differs",
    "lint.crosses_precedence",
    "lint.deletes_at_once",
    "lint.field_misspelt",
    "lint.field_not_carried",
    "lint.field_unguarded",
    "lint.never_true",
    "lint.no_end",
    "lint.no_user_name",
    "lint.no_way_back",
    "lint.opposite_wants",
    "lint.overlap",
    "lint.type_not_sent",
    "lint.unguarded_cut",
    "lint.unknown_value",
    "lint.unused_claim",
    "lint.wrong_type",
    "log.start",
    "lookup.ambiguous",
    "lookup.nothing",
    "lookup.taken",
    "mapping.failed",
    "ownership.instance_fenced",
    "ownership.shut_out",
    "person.not_found",
    "person.several",
    "person.too_much",
    "person.unknown",
    "rule.none",
    "rules.contradiction",
    "rules.contradicts_itself",
    "rules.differ",
    "rules.empty",
    "rules.expression",
    "rules.file_unreadable",
    "rules.long_key",
    "rules.name_twice",
    "rules.never_asserted",
    "rules.never_in_force",
    "rules.never_told",
    "rules.no_name",
    "rules.no_type",
    "rules.one_action",
    "rules.profile_twice",
    "rules.reserved_name",
    "rules.stage_too_late",
    "rules.two_ends",
    "rules.two_precedences",
    "rules.type_twice",
    "rules.unfit",
    "rules.unknown_target",
    "rules.unknown_type",
    "rules.unreadable",
    "rules.urgent_withdrawal",
    "sandbox.directory",
    "sandbox.fault",
    "sandbox.manners",
    "sandbox.not_started",
    "shard.commit_unknown",
    "shard.crashed",
    "shard.fenced",
    "shard.not_restored",
    "shard.reader_ended",
    "shard.unreadable",
    "specversion.unsupported",
    "subject.machine",
    "subject.unknown",
    "target.accepted",
    "target.ca_file",
    "target.forbids",
    "target.http_client",
    "target.insecure",
    "target.refuses",
    "target.several",
    "target.token_empty",
    "target.unfit",
    "target.unknown",
    "target.url",
    "telemetry.exporter",
    "tenant.file_unreadable",
    "tenant.not_there",
    "tenant.several",
    "tenant.unknown",
    "time.in_the_future",
    "time.invalid",
    "time.no_such_zone",
    "time.not_understood",
    "time.turned_around",
    "time_zone.unknown",
    "tombstone",
    "topic.gap",
    "topic.made_anew",
    "topics.missing",
    "topics.no_shard",
    "topics.not_created",
    "topics.shards_fixed",
    "topics.unanswered",
    "topics.unfit",
    "topics.unread",
    "type.not_allowed",
    "type.unknown",
    "type.version_unsupported",
    "value.empty",
    "value.framing",
    "value.not_cloudevent",
    "value.not_json",
    "value.too_deep",
    "worker.missing",
    "worker.no_identifier",
];

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code, as in `error[topics.unfit]`, in the audit or in a parked record; all if absent
    #[arg(value_name = "CODE", value_parser = codes(), hide_possible_values = true)]
    code: Option<String>,
}

fn codes() -> PossibleValuesParser {
    PossibleValuesParser::new(PAGES.iter().map(|(code, _)| *code))
}

impl Explain {
    pub(super) fn run(&self) -> Result<(), Error> {
        let page = |code: &String| PAGES.iter().find(|(known, _)| known == code);
        match self.code.as_ref().and_then(page) {
            Some((_, page)) => print(page),
            None => print(&overview()),
        }
    }
}

/// Each code with the first sentence of its page.
fn overview() -> String {
    let width = PAGES.iter().map(|(code, _)| code.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (code, page) in PAGES {
        // After the title and an empty line.
        let gist = page.lines().nth(2).unwrap_or_default();
        // Writing to a string cannot fail.
        let _infallible = writeln!(text, "{code:width$}  {gist}");
    }
    text
}
