//! `usher receive`: the doors by which others send events over HTTP; and tokens for who may.

use super::failure::{FAILED, Failure, USAGE};
use super::process::{listen, run_patiently};
use super::runtime::until_a_signal;
use super::{File, print};
use crate::clock::Clock;
use crate::config::{self, Loaded};
use crate::intake::proof::senders::{self, Sender};
use crate::intake::{self, Receiving};
use crate::model::code::Code;
use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use crate::serve::tokens::TokenDigest;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

pub(super) const EXAMPLES: &str = "\
What others send by HTTP becomes records in Kafka: `receive.doors` says who may send what, by which path,
to which topic. Whoever is answered 202 finds the record there. It keeps nothing, so run as many as you
like. It starts whether or not Kafka answers; then senders are told to come again. Put TLS before it, and
say so by `receive.public_url`, unless it listens on 127.0.0.1.

Example:
  usher receive token hr                     prints a token for HR, and a line for its door's tokens_file
  usher receive --config usher.yaml          receives until SIGTERM, at http://127.0.0.1:9481/
  curl -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/cloudevents+json' \\
       --data @event.json http://127.0.0.1:9481/hr

Next:
  usher audit --follow --config usher.yaml   what becomes of it";

const TOKEN: &str = "\
The token is shown once. The line goes into the file that the door's `proof.bearer.tokens_file` names;
`usher receive` reads it again within seconds. Two lines of one name are a change of tokens: put the new
one in, give it to the sender, take the old one out.

Example:
  usher receive token hr --for 365d

Next:
  usher receive --config usher.yaml          the doors that it opens";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Receive {
    #[command(flatten)]
    file: File,
    #[command(subcommand)]
    command: Option<ReceiveCommand>,
}

#[derive(Debug, Subcommand)]
enum ReceiveCommand {
    /// Make a token for a sender, and the line that lets them in
    #[command(after_help = TOKEN)]
    Token(Token),
}

#[derive(Debug, Args)]
struct Token {
    /// Who it is for, as records and the log call them: letters, digits, `-`, `_` and `.`
    #[arg(value_name = "NAME")]
    name: String,
    /// How long it is worth something: 90d, 12h
    #[arg(long = "for", value_name = "TIME", default_value = "365d")]
    length: String,
}

/// A token that cannot be meant.
#[derive(Debug, thiserror::Error)]
enum TokenError {
    #[error("--for `{0}` is no length of time up to ten years; write it as 90d or 12h")]
    Length(String),
    #[error("the name cannot be that of a sender: {0}")]
    Name(String),
}

impl Failure for TokenError {
    fn code(&self) -> Code {
        match self {
            Self::Length(_) => Code::TimeNotUnderstood,
            Self::Name(_) => Code::DoorFile,
        }
    }

    fn exit_code(&self) -> u8 {
        USAGE
    }
}

impl Failure for intake::Error {
    fn code(&self) -> Code {
        Self::code(self)
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::NoDoors | Self::File(_) => USAGE,
            Self::NotListening { .. } | Self::Kafka(_) | Self::Task(_) => FAILED,
        }
    }
}

impl Receive {
    pub(super) fn run(&self) -> Result<(), super::Error> {
        match &self.command {
            Some(ReceiveCommand::Token(token)) => token.run(),
            None => run_patiently(&self.file.path(), work),
        }
    }
}

async fn work(loaded: &Loaded) -> Result<(), super::Error> {
    let settings = &loaded.settings;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        configuration = %serde_json::json!(settings),
        "usher receive starts"
    );
    for doubt in loaded.kafka().doubts().into_iter().chain(settings.doubts_of_doors()) {
        tracing::warn!("{doubt}");
    }
    let shutdown = until_a_signal()?;
    let (metrics, health) = (Arc::new(Metrics::new()), Arc::new(Health::new()));
    listen(settings.http.listen, (&metrics, &health), &shutdown).await?;
    let receiving = Receiving::start(loaded, metrics, health, &shutdown).await?;
    tracing::info!(address = %receiving.address(), "the doors are open");
    receiving.until_the_end().await?;
    tracing::info!("usher receive ends");
    Ok(())
}

impl Token {
    fn run(&self) -> Result<(), super::Error> {
        let now = Clock::of_this_process().now();
        let token = senders::fresh()?;
        print(&self.told(&token, now)?)
    }

    /// The token, and the line; JSON is YAML.
    fn told(&self, token: &str, now: Timestamp) -> Result<String, TokenError> {
        let until = self.until(now)?;
        let sender = Sender { name: self.name.clone(), sha256: TokenDigest::of(token), until };
        let line = format!("- {}\n", serde_json::json!(sender));
        senders::parse(&line).map_err(TokenError::Name)?;
        Ok(format!(
            "# the token of {}, shown once:\n#   {token}\n# this line goes into the door's tokens_file:\n{line}",
            self.name
        ))
    }

    fn until(&self, now: Timestamp) -> Result<Timestamp, TokenError> {
        const TEN_YEARS: SignedDuration = SignedDuration::from_hours(24 * 3_653);
        let length = config::length_of_time(&self.length).ok();
        let length = length.filter(|length| *length <= TEN_YEARS);
        let until = length.and_then(|length| now.checked_add(length).ok());
        let whole = |it: Timestamp| Timestamp::from_second(it.as_second()).unwrap_or(it);
        until.map(whole).ok_or_else(|| TokenError::Length(self.length.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::Token;
    use crate::intake::proof::senders;

    fn token(name: &str, length: &str) -> Token {
        Token { name: name.to_owned(), length: length.to_owned() }
    }

    #[test]
    fn the_line_that_is_printed_is_one_of_the_file_and_holds_no_token() {
        let now = "2026-10-02T08:00:00Z".parse().unwrap();
        let text = token("hr", "30d").told("usher_send_secret", now).unwrap();
        let read = senders::parse(&text).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(
            (read[0].name.as_str(), read[0].until.to_string().as_str()),
            ("hr", "2026-11-01T08:00:00Z")
        );
        let line = text.lines().last().unwrap();
        assert!(!line.contains("secret"), "{line}");
    }

    #[test]
    fn a_name_or_a_length_that_cannot_be_meant_is_refused() {
        let now = "2026-10-02T08:00:00Z".parse().unwrap();
        for (name, length) in
            [("", "30d"), ("h r", "30d"), ("hr\n", "30d"), ("hr", "0d"), ("hr", "soon")]
        {
            assert!(
                token(name, length).told("usher_send_secret", now).is_err(),
                "{name:?} {length}"
            );
        }
    }
}
