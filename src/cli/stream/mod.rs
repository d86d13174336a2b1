//! `usher stream`: points a transmitter of security events at a door or a poll of `usher receive`, and looks
//! after the stream.

mod doubts;
mod end;
mod wait;

use super::failure::{FAILED, Failure, USAGE};
use super::runtime::runtime;
use super::{Error as CliError, File, print};
use crate::config::{self, Loaded};
use crate::intake::transmitter::{self, Delivery, Status, Subject, Transmitter};
use crate::kafka::look;
use crate::model::code::Code;
use crate::serve::tokens::{chance, hex};
use clap::{Args, ValueEnum};
use end::{Access, End};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

pub(super) const EXAMPLES: &str = "\
Asks the transmitter that is the `issuer` of the door or poll, by the management API of SSF 1.0. What it answers
is printed as JSON, without secrets; doubts about it follow. Secrets come from files. docs/streams.md has a walk
for Okta and one for Keycloak.

Example:
  usher receive token okta                     prints the token that Okta is going to send; keep it in okta.push
  usher stream make --door /okta --token-file okta.api --push-token-file okta.push
  usher stream verify --door /okta --token-file okta.api
  usher stream make --poll keycloak            with the `grant` that the poll has in the configuration

Next:
  usher receive --config usher.yaml            takes what the stream brings
  usher audit --follow --config usher.yaml     what becomes of it";

#[derive(Debug, Args)]
pub(super) struct Stream {
    /// What to do
    #[arg(value_enum)]
    action: Action,
    /// Whom `add` and `remove` are about: an e-mail address, or what --format says
    #[arg(value_name = "SUBJECT")]
    subject: Option<String>,
    #[command(flatten)]
    file: File,
    /// The door to which tokens are pushed, by its path
    #[arg(long, value_name = "PATH", required_unless_present = "poll", conflicts_with = "poll")]
    door: Option<String>,
    /// The poll by which tokens are fetched, by its name
    #[arg(long, value_name = "NAME")]
    poll: Option<String>,
    #[command(flatten)]
    access: Access,
    /// A file with the token that the transmitter is going to show at the door; for `make` and `update`
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    push_token_file: Option<PathBuf>,
    /// An event that is wanted, by its address; several are possible [default: all that usher can act on]
    #[arg(long = "event", value_name = "URI")]
    events: Vec<String>,
    /// The stream [default: the only one that there is]
    #[arg(long = "stream", value_name = "ID")]
    id: Option<String>,
    /// How SUBJECT names somebody
    #[arg(long, value_enum, default_value_t = Format::Email)]
    format: Format,
    /// How long `verify` waits for the event to come
    #[arg(long, value_name = "TIME", default_value = "2m")]
    within: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Make a stream to the door or poll
    Make,
    /// Show the stream, or all
    Show,
    /// Give the stream the door's address, the push token and the events anew
    Update,
    /// Show whether it is enabled
    Status,
    /// Let it go on
    Enable,
    /// Let it rest; the transmitter keeps what it would say
    Pause,
    /// Let it rest; the transmitter forgets what it would say
    Disable,
    /// Ask for an event by which one sees that it works, and wait until it is in the topic
    Verify,
    /// Have it speak of somebody
    Add,
    /// Have it speak of them no more
    Remove,
    /// End it
    Delete,
}

/// How a transmitter knows somebody (RFC 9493).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Email,
    /// The `sub` that the issuer gives them
    IssSub,
    Opaque,
}

/// Why nobody was asked, or what was awaited did not come.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("no door at `{0}` has `proof: set`; compare --door with `receive.doors`")]
    NoDoor(String),
    #[error("there is no poll `{0}`; compare --poll with `receive.polls`")]
    NoPoll(String),
    #[error("could not read {}", file.display())]
    Token {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{0} is missing; {1}")]
    Missing(&'static str, &'static str),
    #[error("{0}")]
    Refused(String),
    #[error("there are {0} streams; say which one by --stream, `show` lists them")]
    Several(usize),
    #[error(
        "the transmitter took the question, and its verification event did not come into `{topic}` within \
         {within}"
    )]
    Silent { topic: String, within: String },
    #[error(transparent)]
    Look(#[from] look::Error),
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::NoDoor(_)
            | Self::NoPoll(_)
            | Self::Token { .. }
            | Self::Missing(..)
            | Self::Refused(_)
            | Self::Several(_) => Code::StreamUnfit,
            Self::Silent { .. } => Code::StreamSilent,
            Self::Look(error) => error.code(),
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Silent { .. } | Self::Look(_) => FAILED,
            Self::NoDoor(_)
            | Self::NoPoll(_)
            | Self::Token { .. }
            | Self::Missing(..)
            | Self::Refused(_)
            | Self::Several(_) => USAGE,
        }
    }
}

impl Failure for transmitter::Error {
    fn code(&self) -> Code {
        Self::code(self)
    }

    fn exit_code(&self) -> u8 {
        FAILED
    }
}

impl Stream {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let loaded = config::load(&self.file.path())?;
        let end = match (&self.door, &self.poll) {
            (_, Some(name)) => End::poll(&loaded, name)?,
            (Some(path), None) => End::door(&loaded, path)?,
            (None, None) => return Err(Error::Missing("--door", "say where tokens come in").into()),
        };
        let asker = self.access.asker(&end, &loaded)?;
        let runtime = runtime()?;
        let transmitter = runtime.block_on(Transmitter::find(&end.issuer, asker))?;
        if self.action == Action::Verify {
            let stream = runtime.block_on(self.which(&transmitter))?;
            let state = hex(&chance::<16>()?);
            let mut topic =
                wait::Topic::at_its_end(&loaded.kafka(), &end.topic).map_err(Error::from)?;
            runtime.block_on(transmitter.verify(&stream, &state))?;
            topic.await_state(&state, (self.within()?, &self.within))?;
            return print(&format!("the verification event came into `{}`\n", end.topic));
        }
        let answer = runtime.block_on(self.ask(&transmitter, &loaded, &end))?;
        let told = if answer.is_null() { "done".to_owned() } else { format!("{answer:#}") };
        let doubts = doubts::of(&answer, &end, (transmitter.jwks(), &loaded.settings));
        let doubts: Vec<_> = doubts.iter().map(|it| format!("warning: {it}\n")).collect();
        let doubts = doubts.concat();
        print(&format!("{told}\n{doubts}"))
    }

    async fn ask(
        &self,
        transmitter: &Transmitter,
        loaded: &Loaded,
        end: &End,
    ) -> Result<Value, CliError> {
        match self.action {
            Action::Make => {
                let delivery = self.delivery(loaded, end)?;
                return Ok(transmitter.make(&delivery, &self.events).await?);
            }
            Action::Show => return Ok(transmitter.show(self.id.as_deref()).await?),
            Action::Update
            | Action::Status
            | Action::Enable
            | Action::Pause
            | Action::Disable
            | Action::Verify
            | Action::Add
            | Action::Remove
            | Action::Delete => {}
        }
        let stream = &self.which(transmitter).await?;
        Ok(match self.action {
            Action::Make | Action::Show | Action::Verify | Action::Status => {
                transmitter.status(stream).await?
            }
            Action::Update => {
                let delivery = self.delivery(loaded, end)?;
                transmitter.update(stream, &delivery, &self.events).await?
            }
            Action::Enable => transmitter.set_status(stream, Status::Enabled).await?,
            Action::Pause => transmitter.set_status(stream, Status::Paused).await?,
            Action::Disable => transmitter.set_status(stream, Status::Disabled).await?,
            Action::Add => transmitter.subject(stream, Subject::Added, &self.subject(end)?).await?,
            Action::Remove => {
                transmitter.subject(stream, Subject::Removed, &self.subject(end)?).await?
            }
            Action::Delete => transmitter.delete(stream).await?,
        })
    }

    /// The stream that is named, or the only one that there is.
    async fn which(&self, transmitter: &Transmitter) -> Result<String, CliError> {
        if let Some(stream) = &self.id {
            return Ok(stream.clone());
        }
        let streams = match transmitter.show(None).await? {
            Value::Array(streams) => streams,
            Value::Null => Vec::new(),
            one => vec![one],
        };
        match streams.as_slice() {
            [one] => {
                let id = one.get("stream_id").and_then(Value::as_str);
                let missing = Error::Missing("--stream", "the transmitter's stream has no id");
                Ok(id.map(str::to_owned).ok_or(missing)?)
            }
            several => Err(Error::Several(several.len()).into()),
        }
    }

    fn delivery(&self, loaded: &Loaded, end: &End) -> Result<Delivery, Error> {
        let Some(path) = &end.path else { return Ok(Delivery::Poll) };
        let file = self.push_token_file.as_deref().ok_or(Error::Missing(
            "--push-token-file",
            "the transmitter needs a token to show at the door",
        ))?;
        let base = loaded.settings.receive.public_url.as_ref().ok_or(Error::Missing(
            "receive.public_url",
            "the transmitter must know where the doors are",
        ))?;
        let mut endpoint = base.clone();
        endpoint.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
        Ok(Delivery::Push { endpoint, token: end::secret(file)? })
    }

    fn subject(&self, end: &End) -> Result<Value, Error> {
        let subject = self.subject.as_deref();
        let subject = subject.ok_or(Error::Missing("SUBJECT", "say whom it is about"))?;
        Ok(match self.format {
            Format::Email => json!({ "format": "email", "email": subject }),
            Format::IssSub => json!({ "format": "iss_sub", "iss": end.issuer, "sub": subject }),
            Format::Opaque => json!({ "format": "opaque", "id": subject }),
        })
    }

    fn within(&self) -> Result<Duration, Error> {
        let length = config::length_of_time(&self.within).ok();
        let length = length.filter(|it| *it <= SignedDuration::from_hours(1));
        let length = length.and_then(|it| Duration::try_from(it).ok());
        length.ok_or_else(|| {
            let given = &self.within;
            Error::Refused(format!(
                "--within `{given}` is no length of time up to 1h; write it as 2m"
            ))
        })
    }
}
