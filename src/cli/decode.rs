//! `usher decode` and `usher mapped suggest`: what comes of a payload, and a description of one.

use super::failure::{FAILED, Failure, USAGE};
use super::{Error as CliError, print};
use crate::clock::Clock;
use crate::decode::{self, Format, Item, MAPPING_PRESETS, MappingChoice, Refused, SourceSettings};
use crate::model::RawRecord;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::Event;
use crate::view::decoded::{Decoded, decoded, fields, insufficient};
use clap::{Args, Subcommand, ValueHint};
use serde_json::json;
use std::fmt::Write;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub(super) const EXAMPLES: &str = "\
Reads a record's value from a file, and prints what it becomes: each event with its fields, what was skipped or
set aside and why, and which values were not read. Nothing is sent, and no Kafka is needed.

Example:
  usher decode alert.json --format netskope
  usher decode export.json --format mapped --mapping hr.yaml --time-zone Europe/Berlin
  usher decode value.gz --format entra --header content-encoding=gzip

Next:
  usher mapped suggest export.json            proposes a description of JSON that no format knows
  usher config check --config usher.yaml      is the source configured so?";

pub(super) const SUGGEST: &str = "\
Reads JSON that some HR system or other exports, and prints a description to begin with, for `mapping` of a
source: made of the names of members and of the words in what looks like a status. Review every line.

Example:
  usher mapped suggest export.json

Next:
  usher decode export.json --format mapped --mapping hr.yaml";

#[derive(Debug, Args)]
pub(super) struct Decode {
    /// The value of one record; `-` reads standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// How it is written, as `format` of a source says it
    #[arg(long, value_name = "FORMAT", default_value = "cloudevents")]
    format: String,
    /// The description of JSON for `--format mapped`: a file, or the name of a preset
    #[arg(long, value_name = "MAPPING")]
    mapping: Option<String>,
    /// The zone of days and times that say none, as `time_zone` of a source
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// A header of the record; may be given several times
    #[arg(long = "header", value_name = "NAME=VALUE")]
    headers: Vec<String>,
}

/// Commands about descriptions of JSON.
#[derive(Debug, Subcommand)]
pub(super) enum MappedCommand {
    /// Propose a description of JSON that no format knows
    #[command(after_help = SUGGEST)]
    Suggest(Suggest),
}

#[derive(Debug, Args)]
pub(super) struct Suggest {
    /// JSON with some records; `-` reads standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("could not read {}", file.display())]
    Unread {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{0}")]
    Usage(String),
    #[error("{}", .0.join("\n"))]
    Mapping(Vec<String>),
    #[error("nothing in {} is an event, and something was set aside", .0.display())]
    Nothing(PathBuf),
    #[error("{}: {}", .0.display(), .1.text)]
    NoRecords(PathBuf, Box<Why>),
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::Mapping(_) => Code::MappingRefused,
            Self::Unread { .. } | Self::Usage(_) | Self::Nothing(_) | Self::NoRecords(..) => {
                Code::DecodeFailed
            }
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Unread { .. } | Self::Usage(_) | Self::Mapping(_) => USAGE,
            Self::Nothing(_) | Self::NoRecords(..) => FAILED,
        }
    }
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, Error> {
    let unread = |source| Error::Unread { file: file.to_owned(), source };
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(unread)?;
        return Ok(bytes);
    }
    std::fs::read(file).map_err(unread)
}

impl Suggest {
    fn run(&self) -> Result<(), CliError> {
        let text = decode::suggest(&bytes_of(&self.file)?)
            .map_err(|why| Error::NoRecords(self.file.clone(), Box::new(why)))?;
        print(&text)
    }
}

impl MappedCommand {
    pub(super) fn run(&self) -> Result<(), CliError> {
        match self {
            Self::Suggest(suggest) => suggest.run(),
        }
    }
}

impl Decode {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let source = self.source()?;
        let raw = self.record()?;
        let decoded = decoded(&raw, &source);
        print(&shown(&decoded))?;
        let is_event = |item: &Item| matches!(item, Item::Event(_));
        let is_parked = |item: &Item| matches!(item, Item::Park(_));
        let items = &decoded.items;
        if items.iter().any(is_parked) && !items.iter().any(is_event) {
            return Err(Error::Nothing(self.file.clone()).into());
        }
        Ok(())
    }

    /// The source as the configuration would have it.
    fn source(&self) -> Result<SourceSettings, Error> {
        let all = json!({
            "topic": "-",
            "format": self.format,
            "types": ["*"],
            "time_zone": self.time_zone,
        });
        let mut source: SourceSettings =
            serde_json::from_value(all).map_err(|error| Error::Usage(error.to_string()))?;
        source.mapping = self.mapping(source.format)?;
        Ok(source)
    }

    fn mapping(&self, format: Format) -> Result<Option<MappingChoice>, Error> {
        let name = match (&self.mapping, format) {
            (Some(name), Format::Mapped) => name,
            (None, Format::Mapped) => {
                let known = MAPPING_PRESETS.join(", ");
                let text =
                    format!("`--format mapped` needs `--mapping`: a file, or one of: {known}");
                return Err(Error::Usage(text));
            }
            (Some(_), _) => {
                return Err(Error::Usage("`--mapping` is for `--format mapped`".to_owned()));
            }
            (None, _) => return Ok(None),
        };
        let mut choice = MappingChoice::named(name);
        if let Some(file) = choice.unread_file().map(str::to_owned) {
            let text = bytes_of(Path::new(&file))?;
            let of_file = |problem: String| format!("{file}: {problem}");
            let refused = choice.take(&String::from_utf8_lossy(&text)).err().unwrap_or_default();
            if !refused.is_empty() {
                return Err(Error::Mapping(refused.into_iter().map(of_file).collect()));
            }
        }
        Ok(Some(choice))
    }

    fn record(&self) -> Result<RawRecord, Error> {
        let mut headers = Vec::new();
        for header in &self.headers {
            let (name, value) = header.split_once('=').ok_or_else(|| {
                Error::Usage(format!(
                    "`{header}` is no header; write it like content-encoding=gzip"
                ))
            })?;
            headers.push((name.to_owned(), Some(value.as_bytes().to_vec())));
        }
        Ok(RawRecord {
            topic: "-".to_owned(),
            partition: 0,
            offset: 0,
            timestamp: Clock::of_this_process().now(),
            key: None,
            value: Some(bytes_of(&self.file)?),
            headers,
        })
    }
}

fn shown(decoded: &Decoded) -> String {
    let mut out = String::new();
    for (number, item) in (1_usize..).zip(&decoded.items) {
        match item {
            Item::Event(event) => show_event(&mut out, number, event),
            Item::Skip(refused) => show_refused(&mut out, number, "skipped", refused),
            Item::Park(refused) => show_refused(&mut out, number, "parked", refused),
        }
    }
    match &decoded.not_read {
        Some(places) if places.is_empty() => line(&mut out, "every value was read"),
        Some(places) => {
            line(&mut out, "not read:");
            for place in places {
                line(&mut out, &format!("  {place}"));
            }
        }
        None => {}
    }
    out
}

fn show_event(out: &mut String, number: usize, event: &Event) {
    line(out, &format!("{number}. {}", event.kind));
    let mut all =
        vec![("source".to_owned(), event.source.clone()), ("id".to_owned(), event.id.clone())];
    let time = if event.is_timed { event.time.to_string() } else { "the record's".to_owned() };
    all.push(("time".to_owned(), time));
    if event.kind.class() == crate::model::event::EventClass::Hr {
        let at = event.effective_at.map_or_else(|| "at once".to_owned(), |at| at.to_string());
        all.push(("takes effect".to_owned(), at));
    }
    all.extend(fields(&event.data));
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in all {
        line(out, &format!("   {name:width$}  {value}"));
    }
    for remark in &event.remarks {
        line(out, &format!("   remark {}: {}", remark.code, remark.text));
    }
    if let Some(lack) = insufficient(event) {
        line(out, &format!("   insufficient: {lack}"));
    }
}

fn show_refused(out: &mut String, number: usize, fate: &str, refused: &Refused) {
    let why = &refused.why;
    let field = why.field.as_deref().unwrap_or_default();
    line(out, &format!("{number}. {fate}, {} ({field}): {}", why.code, why.text));
}

fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(out, "{text}");
}
