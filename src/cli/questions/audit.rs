//! `usher audit`: the audit as people read logs, a line each.

use super::super::{Error as CliError, File, tell};
use super::time::Zone;
use super::waiting::Waiting;
use super::{Error, people, text};
use crate::audit::line::{LineKind, Ordered};
use crate::clock::Clock;
use crate::engine::record::{self, Kept};
use crate::kafka::look::{From, Span, Until};
use crate::model::RawRecord;
use crate::model::ids::{PersonId, TenantName};
use crate::view::entry::{Entry, Wanted};
use crate::view::history::Call;
use crate::view::people::goes_by;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(in super::super) const EXAMPLES: &str = "\
Reads what usher has committed, and writes nothing. Without --since it begins an hour ago. People stand
there by usher's ids; --person takes a name, too. With --json each line is a JSON document of its own.
The topic itself holds OCSF records, for programs.

Example:
  usher audit --config usher.yaml
  usher audit --follow --kind command --kind note --config usher.yaml
  usher audit --person kim@example.com --since 2026-11-30T08:00:00Z --json --config usher.yaml

Next:
  usher explain kim@example.com --config usher.yaml
                                           why somebody's accounts are as they are
  usher errors limit.reached               what a code means";

/// So far back it is read, unless it is said.
const LATELY: SignedDuration = SignedDuration::from_hours(1);
/// Between two looks for what is new.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(in super::super) struct Audit {
    #[command(flatten)]
    file: File,
    /// Only this tenant, and what names none [default: all]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Only lines about this person: an id, or a name, whole
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// Only lines from then on [default: an hour ago]
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only lines of this kind; may be said several times
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    kind: Vec<LineKind>,
    /// Go on with what is written from now on, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// Show times in this zone, and read those without an offset in it [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Print a JSON document for each line
    #[arg(long)]
    json: bool,
}

fn kinds() -> impl TypedValueParser<Value = LineKind> {
    PossibleValuesParser::new(LineKind::ALL.map(LineKind::word)).try_map(|text| {
        LineKind::ALL.into_iter().find(|kind| kind.word() == text).ok_or("no such kind")
    })
}

impl Audit {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let zone = Zone::named(self.zone.as_deref()).map_err(Error::from)?;
        let now = Clock::of_this_process().now();
        let since = zone.since(self.since.as_deref()).map_err(Error::from)?;
        let since = since.unwrap_or(now.checked_sub(LATELY).unwrap_or(Timestamp::MIN));

        let waiting = Waiting::open(&self.file.path())?;
        let tenants = waiting.tenants(self.tenant.as_deref())?;
        let person = self.person.as_deref();
        let person = person.map(|name| ids_of(&waiting, &tenants, name)).transpose()?;
        let wanted = Wanted {
            tenant: self.tenant.clone(),
            person,
            kinds: self.kind.iter().copied().collect(),
            since: Some(since),
        };
        let spans = spans(&waiting, From::At(since))?;
        if !self.tell(&waiting, &spans, (&wanted, &zone))? || !self.follow {
            return Ok(());
        }
        self.follow(&waiting, &spans, (&wanted, &zone))
    }

    /// Reads on from where it was read to, until nobody listens any more.
    fn follow(
        &self,
        waiting: &Waiting,
        spans_read: &[Span],
        wanted: (&Wanted, &Zone),
    ) -> Result<(), CliError> {
        let mut ends: BTreeMap<i32, i64> =
            spans_read.iter().map(|span| (span.partition, span.end)).collect();
        loop {
            std::thread::park_timeout(PAUSE);
            let mut fresh = spans(waiting, From::Earliest)?;
            for span in &mut fresh {
                let end = ends.insert(span.partition, span.end).unwrap_or(span.low);
                // What was there and has been deleted since cannot be read any more.
                span.start = end.clamp(span.low, span.end.max(span.low));
            }
            if !self.tell(waiting, &fresh, wanted)? {
                return Ok(());
            }
        }
    }

    /// Tells what is wanted of these spans, and says whether anybody reads on.
    fn tell(
        &self,
        waiting: &Waiting,
        spans: &[Span],
        (wanted, zone): (&Wanted, &Zone),
    ) -> Result<bool, CliError> {
        let mut is_heard = true;
        waiting.look().read(spans, |record: RawRecord| -> Result<(), Told> {
            let entry = record.value.as_deref().and_then(Entry::read);
            let entry = entry.filter(|_| is_heard).and_then(|entry| wanted.of(entry));
            let Some(entry) = entry else { return Ok(()) };
            let told = if self.json {
                format!("{}\n", serde_json::json!(entry))
            } else {
                line(&entry, zone)
            };
            is_heard = tell(&told).map_err(Told::Unprinted)?;
            Ok(())
        })?;
        Ok(is_heard)
    }
}

/// Why telling ended early.
enum Told {
    Unread(Error),
    Unprinted(CliError),
}

impl std::convert::From<crate::kafka::look::Error> for Told {
    fn from(error: crate::kafka::look::Error) -> Self {
        Self::Unread(error.into())
    }
}

impl std::convert::From<Told> for CliError {
    fn from(told: Told) -> Self {
        match told {
            Told::Unread(error) => error.into(),
            Told::Unprinted(error) => error,
        }
    }
}

fn spans(waiting: &Waiting, from: From) -> Result<Vec<Span>, Error> {
    let topic = &waiting.kafka().topics.audit;
    let count = waiting.look().partitions(topic, people::ADVICE)?;
    let spans = (0..count).map(|partition| waiting.look().span(topic, partition, from, Until::Now));
    Ok(spans.collect::<Result<_, _>>()?)
}

/// The ids of everybody who goes by the name: those of today, and those that became part of them.
fn ids_of(
    waiting: &Waiting,
    tenants: &[TenantName],
    name: &str,
) -> Result<BTreeSet<PersonId>, CliError> {
    let ids = |kept: &Kept| -> Vec<PersonId> {
        if !goes_by(&kept.person, name) {
            return Vec::new();
        }
        std::iter::once(&kept.person.id).chain(&kept.person.merged).cloned().collect()
    };
    let mut by_key: BTreeMap<String, Vec<PersonId>> = BTreeMap::new();
    waiting.each_record(tenants, |_, key, value| {
        if key.contains('/') {
            let kept = value.map(|value| record::decode::<Kept>(&key, &value)).transpose()?;
            by_key.insert(key, kept.as_ref().map(ids).unwrap_or_default());
        }
        Ok(())
    })?;
    let people = by_key.len();
    let found: BTreeSet<PersonId> = by_key.into_values().flatten().collect();
    if found.is_empty() {
        let names = tenants.iter().map(TenantName::as_str).collect::<Vec<_>>().join(", ");
        let kinds = vec!["id or any name".to_owned()];
        return Err(Error::NoSuchPerson { tenant: names, kinds, people }.into());
    }
    Ok(found)
}

/// When, what, whose, where, and why.
pub(super) fn line(entry: &Entry, zone: &Zone) -> String {
    let told = &entry.line;
    let mut parts = vec![zone.show(told.at), format!("{:8}", told.kind.word())];
    parts.push(format!("{:10}", told.outcome));
    parts.extend(entry.person.clone());
    parts.extend(told.target.as_ref().map(|target| format!("at {target}")));
    match &entry.command {
        Some(command) => {
            let by: Vec<&str> = command.signers.iter().map(|it| it.operator.as_str()).collect();
            parts.extend(command.word.clone());
            parts.extend((!by.is_empty()).then(|| format!("by {}", by.join(", "))));
            parts.extend(command.reason.as_ref().map(|reason| format!("({reason})")));
            parts.extend(came(command));
        }
        None => parts.extend(told.event.as_ref().map(|event| {
            let kind = event.kind.as_deref().unwrap_or("event");
            format!("{kind} `{}` of {}", event.id, event.source)
        })),
    }
    let call = |call: &Call| {
        let status = call.status.map(|status| format!(" {status}")).unwrap_or_default();
        let touched = call.touched.join(" and ");
        format!("{} {touched}{status} {}", call.action.word(), call.outcome)
    };
    let calls: Vec<String> = told.calls.iter().map(call).collect();
    parts.extend((!calls.is_empty()).then(|| calls.join(", ")));
    parts.extend(told.verified.map(|is_so| {
        let word = if is_so { "verified" } else { "not verified" };
        word.to_owned()
    }));
    parts.extend(told.why.as_ref().map(|why| format!("{}: {}", why.code, why.text)));
    text::line(&parts.join("  "))
}

/// What came of a command, by how many rows: `25 undone, 1 left_out`.
fn came(command: &Ordered) -> Option<String> {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &command.rows {
        *rows.entry(row.became.word()).or_default() += 1;
    }
    let mut told: Vec<String> =
        rows.iter().map(|(word, count)| format!("{count} {word}")).collect();
    told.extend((command.rows_untold > 0).then(|| format!("{} more", command.rows_untold)));
    (!told.is_empty()).then(|| told.join(", "))
}
