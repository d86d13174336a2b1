//! `usher send`: one event, built, checked as usher would, and sent or printed.

use super::failure::{FAILED, Failure, USAGE};
use super::orders::ask;
use super::questions::time::Zone;
use super::questions::{self, waiting::Waiting};
use super::{Error as CliError, File, print};
use crate::clock::Clock;
use crate::config::{self, Tenant};
use crate::decode::{self, Format, Item, SourceSettings};
use crate::kafka::send::send;
use crate::model::RawRecord;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use crate::model::spelling::unknown_type;
use clap::Args;
use jiff::Timestamp;
use rdkafka::error::KafkaError;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::io::{self, IsTerminal};

pub(super) const EXAMPLES: &str = "\
Builds a CloudEvent, reads it as usher would at the source that may send its type, and refuses what would
not be acted on. It is shown, and asked about, before it is sent; --print sends nothing and asks nobody.

Example:
  usher send worker.hired --user-name kim@example.com --employee-id 88213 --print --config usher.yaml
  usher send worker.terminated --user-name kim@example.com --effective-at 2026-12-01T17:00:00Z --config usher.yaml
  usher send risk.raised --user-name kim@example.com --data '{\"risk\":{\"level\":\"high\"}}' --yes --config usher.yaml

Next:
  usher audit --follow --config usher.yaml    what becomes of it
  usher explain kim@example.com --config usher.yaml";

/// Who says it, unless somebody is named.
const SOURCE: &str = "urn:usher:send";
const CONTENT_TYPE: &[u8] = b"application/cloudevents+json";

#[derive(Debug, Args)]
pub(super) struct Send {
    /// The type, short: `worker.terminated`
    #[arg(value_name = "TYPE")]
    kind: String,
    #[command(flatten)]
    file: File,
    /// The tenant, if the configuration has several
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Whom it is about, by the user name
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// Whom it is about, by the number that HR gives them
    #[arg(long, value_name = "NUMBER")]
    employee_id: Option<String>,
    /// Whom it is about, by the address at work
    #[arg(long, value_name = "ADDRESS")]
    work_email: Option<String>,
    /// From when on it counts [default: at once]
    #[arg(long, value_name = "TIME")]
    effective_at: Option<String>,
    /// What else stands in `data`, as one JSON object
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// Who says it
    #[arg(long, value_name = "URI", default_value = SOURCE)]
    source: String,
    /// Its id; another event of this source must not have it [default: a new one]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The topic it goes to [default: that of the first source that may send the type]
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Print the record's value, and send nothing
    #[arg(long)]
    print: bool,
    /// Send it without asking
    #[arg(long)]
    yes: bool,
}

/// Why an event was not sent.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    NoEvent(String),
    #[error("usher would not act on it: {}: {}", .0.code, .0.text)]
    Refused(Box<Why>),
    #[error(
        "nothing was sent: there is no terminal to ask at; look at it with --print, then add --yes"
    )]
    NobodyToAsk,
    #[error("nothing was sent: you did not say yes")]
    Declined,
    #[error("could not give the event to Kafka, or it is not known; look with `usher audit`")]
    NotSent(#[source] KafkaError),
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::NoEvent(_) | Self::Refused(_) => Code::SendRefused,
            Self::NobodyToAsk | Self::Declined | Self::NotSent(_) => Code::SendUnsent,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::NoEvent(_) | Self::Refused(_) => USAGE,
            Self::NobodyToAsk | Self::Declined | Self::NotSent(_) => FAILED,
        }
    }
}

impl Send {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let loaded = config::load(&self.file.path())?;
        let tenants = &loaded.settings.tenants;
        let index = questions::pick(tenants, self.tenant.as_deref())?;
        let now = Clock::of_this_process().now();
        let kind =
            EventKind::parse(&self.kind).ok_or_else(|| Error::NoEvent(unknown_type(&self.kind)))?;
        let event = self.event(kind, &fresh_id(now)?, now)?;
        let source = tenants.get(index).and_then(|tenant| self.source_of(tenant, kind));
        let source = source.ok_or_else(|| {
            let which = self.topic.as_ref().map(|it| format!(" at `{it}`")).unwrap_or_default();
            let text = format!(
                "no source of this tenant{which} may send `{kind}`; see `sources` in the configuration"
            );
            Error::NoEvent(text)
        })?;
        let bytes = event.to_string().into_bytes();
        check(&bytes, &source, now)?;
        if self.print {
            return print(&format!("{event:#}\n"));
        }
        super::orders::show(&format!("{event:#}\n"))?;
        self.confirm(&source.topic)?;
        let waiting = Waiting::open(&self.file.path())?;
        let count = waiting.look().partitions(&source.topic, "see `sources` in the configuration");
        let partition = self.partition(count.map_err(questions::Error::from)?);
        let headers = [("content-type", CONTENT_TYPE)];
        let offset = send(waiting.kafka(), (&source.topic, partition), &bytes, &headers);
        let offset = offset.map_err(Error::NotSent)?;
        print(&format!("sent, at {}/{partition}/{offset}\n", source.topic))
    }

    /// The first source that may send this.
    fn source_of(&self, tenant: &Tenant, kind: EventKind) -> Option<SourceSettings> {
        let mut sources = tenant.sources_in_their_zones().into_iter();
        let is_meant = |it: &SourceSettings| {
            // What is sent is a CloudEvent.
            it.format == Format::Cloudevents
                && self.topic.as_ref().is_none_or(|topic| it.topic == *topic)
                && it.may_send(kind)
        };
        sources.find(is_meant)
    }

    fn event(&self, kind: EventKind, id: &str, now: Timestamp) -> Result<Value, CliError> {
        let mut data = match &self.data {
            None => Map::new(),
            Some(text) => serde_json::from_str::<Map<String, Value>>(text)
                .map_err(|error| Error::NoEvent(format!("--data is no JSON object: {error}")))?,
        };
        let said = [
            ("user_name", &self.user_name),
            ("employee_id", &self.employee_id),
            ("work_email", &self.work_email),
        ];
        let said = said.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let worker: Map<String, Value> =
            said.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        if !worker.is_empty() {
            data.insert("worker".to_owned(), Value::Object(worker));
        }
        if let Some(text) = &self.effective_at {
            let zone = Zone::named(None).map_err(questions::Error::from)?;
            let at = zone.read("--effective-at", text, "").map_err(questions::Error::from)?;
            data.insert("effective_at".to_owned(), json!(at.to_string()));
        }
        Ok(json!({
            "specversion": "1.0",
            "id": self.id.as_deref().unwrap_or(id),
            "source": self.source,
            "type": format!("io.usher.{kind}.v1"),
            "time": now.to_string(),
            "datacontenttype": "application/json",
            "data": data,
        }))
    }

    /// What is said of one person from here stays in its order.
    fn partition(&self, count: i32) -> i32 {
        let names = [&self.employee_id, &self.user_name, &self.work_email];
        let name = names.into_iter().flatten().next().map_or("", String::as_str);
        let digest = Sha256::digest(name.as_bytes());
        let number = digest.iter().take(4).fold(0_i64, |sum, byte| sum * 256 + i64::from(*byte));
        i32::try_from(number % i64::from(count.max(1))).unwrap_or_default()
    }

    fn confirm(&self, topic: &str) -> Result<(), CliError> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(Error::NobodyToAsk.into());
        }
        match ask(&format!("send this to {topic}? [y/N] "))?.to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Error::Declined.into()),
        }
    }
}

/// Reads it as usher would.
fn check(bytes: &[u8], source: &SourceSettings, now: Timestamp) -> Result<(), Error> {
    let raw = RawRecord {
        topic: source.topic.clone(),
        partition: 0,
        offset: 0,
        timestamp: now,
        key: None,
        value: Some(bytes.to_vec()),
        headers: vec![("content-type".to_owned(), Some(CONTENT_TYPE.to_vec()))],
    };
    for item in decode::decode(&raw, source) {
        match item {
            Item::Event(_) => {}
            Item::Skip(refused) | Item::Park(refused) => {
                return Err(Error::Refused(Box::new(refused.why)));
            }
        }
    }
    Ok(())
}

fn fresh_id(now: Timestamp) -> Result<String, CliError> {
    Ok(super::orders::fresh_id(now)?.to_string())
}

#[cfg(test)]
mod tests;
