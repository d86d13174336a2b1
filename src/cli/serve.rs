//! `usher serve`: the pages; and tokens for those who may see them.

use super::failure::{FAILED, Failure, USAGE};
use super::process::{listen, run_patiently};
use super::runtime::until_a_signal;
use super::{File, print};
use crate::clock::Clock;
use crate::config::{self, Loaded};
use crate::model::code::Code;
use crate::model::ids::TenantName;
use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use crate::serve::tokens::{self, Login, Role, TokenDigest};
use crate::serve::{self, Serving};
use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

pub(super) const EXAMPLES: &str = "\
Shows what usher knows and does, as pages. Reads Kafka, joins no group, writes nothing, and needs no token
of a target. It starts whether or not Kafka answers, and says so. Put TLS before it, and name its address
by `serve.public_url`, unless it listens on 127.0.0.1.

Example:
  usher serve token ann --role viewer        prints a token for Ann, and a line for serve.tokens_file
  usher serve --config usher.yaml            serves until SIGTERM; http://127.0.0.1:9480/

Next:
  usher status --config usher.yaml           the same answer on one screen of a terminal";

const TOKEN: &str = "\
The token is shown once, and is Ann's alone. The line goes into the file that `serve.tokens_file` names;
`usher serve` reads it again within seconds.

Example:
  usher serve token ann --role viewer --tenant acme --for 30d
  usher serve token bob --role unmask

Next:
  usher serve --config usher.yaml            the pages that it opens";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Serve {
    #[command(flatten)]
    file: File,
    #[command(subcommand)]
    command: Option<ServeCommand>,
}

#[derive(Debug, Subcommand)]
enum ServeCommand {
    /// Make a token for somebody, and the line that lets them in
    #[command(after_help = TOKEN)]
    Token(Token),
}

#[derive(Debug, Args)]
struct Token {
    /// Who it is for, as the log calls them
    #[arg(value_name = "NAME")]
    name: String,
    /// What they may see
    #[arg(long, value_name = "ROLE", value_enum, default_value_t = RoleWord::Viewer)]
    role: RoleWord,
    /// A tenant whose pages they see; may be said several times [default: all]
    #[arg(long = "tenant", value_name = "NAME")]
    tenants: Vec<String>,
    /// How long it is worth something: 90d, 12h
    #[arg(long = "for", value_name = "TIME", default_value = "90d")]
    length: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleWord {
    /// What was done, and not to whom
    Viewer,
    /// Names and values, too; each look is logged
    Unmask,
}

/// A length that cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("--for `{0}` is no length of time up to ten years; write it as 30d or 12h")]
struct NoLength(String);

impl Failure for NoLength {
    fn code(&self) -> Code {
        Code::TimeNotUnderstood
    }

    fn exit_code(&self) -> u8 {
        USAGE
    }
}

impl Failure for serve::Error {
    fn code(&self) -> Code {
        Self::code(self)
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Tokens(_) | Self::Tenants(_) => USAGE,
            Self::NotListening { .. } | Self::Task(_) => FAILED,
        }
    }
}

impl Failure for tokens::Error {
    fn code(&self) -> Code {
        Self::code(self)
    }

    fn exit_code(&self) -> u8 {
        FAILED
    }
}

impl Serve {
    pub(super) fn run(&self) -> Result<(), super::Error> {
        match &self.command {
            Some(ServeCommand::Token(token)) => token.run(),
            None => run_patiently(&self.file.path(), work),
        }
    }
}

async fn work(loaded: &Loaded) -> Result<(), super::Error> {
    let settings = &loaded.settings;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        configuration = %serde_json::json!(settings),
        "usher serve starts"
    );
    let shutdown = until_a_signal()?;
    let (metrics, health) = (Arc::new(Metrics::new()), Arc::new(Health::new()));
    listen(settings.http.listen, (&metrics, &health), &shutdown).await?;
    let serving = Serving::start(loaded, metrics, health, &shutdown).await?;
    tracing::info!(address = %serving.address(), "the pages are served");
    serving.until_the_end().await?;
    tracing::info!("usher serve ends");
    Ok(())
}

impl Token {
    fn run(&self) -> Result<(), super::Error> {
        let now = Clock::of_this_process().now();
        let until = self.until(now)?;
        let token = tokens::fresh()?;
        print(&told(&self.name, &self.login(&token, until), &token))
    }

    fn until(&self, now: Timestamp) -> Result<Timestamp, NoLength> {
        const TEN_YEARS: SignedDuration = SignedDuration::from_hours(24 * 3_653);
        let length = config::length_of_time(&self.length).ok();
        let length = length.filter(|length| *length <= TEN_YEARS);
        let until = length.and_then(|length| now.checked_add(length).ok());
        let whole = |it: Timestamp| Timestamp::from_second(it.as_second()).unwrap_or(it);
        until.map(whole).ok_or_else(|| NoLength(self.length.clone()))
    }

    fn login(&self, token: &str, until: Timestamp) -> Login {
        let tenants = self.tenants.iter().map(TenantName::new);
        Login {
            name: self.name.clone(),
            sha256: TokenDigest::of(token),
            role: match self.role {
                RoleWord::Viewer => Role::Viewer,
                RoleWord::Unmask => Role::Unmask,
            },
            tenants: (!self.tenants.is_empty()).then(|| tenants.collect()),
            until,
        }
    }
}

/// The token, and the line; JSON is YAML.
fn told(name: &str, login: &Login, token: &str) -> String {
    format!(
        "# the token of {name}, shown once:\n#   {token}\n# this line goes into serve.tokens_file:\n- {}\n",
        serde_json::json!(login)
    )
}

#[cfg(test)]
mod tests {
    use super::{RoleWord, Token, told};
    use crate::serve::tokens;

    #[test]
    fn the_line_that_is_printed_lets_its_token_in() {
        let token = Token {
            name: "ann: the \"first\"".to_owned(),
            role: RoleWord::Unmask,
            tenants: vec!["acme".to_owned()],
            length: "30d".to_owned(),
        };
        let now = "2026-10-02T08:00:00Z".parse().unwrap();
        let until = token.until(now).unwrap();
        let text = told(&token.name, &token.login("secret", until), "secret");
        let read = tokens::parse(&text).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0], token.login("secret", until));
        assert_eq!(read[0].until.to_string(), "2026-11-01T08:00:00Z");
        assert!(!read[0].sha256.as_str().contains("secret"));
    }

    #[test]
    fn a_length_that_cannot_be_meant_is_refused() {
        let now = "2026-10-02T08:00:00Z".parse().unwrap();
        for length in ["", "0d", "-3d", "soon", "9999999d"] {
            let token = Token {
                name: "ann".to_owned(),
                role: RoleWord::Viewer,
                tenants: Vec::new(),
                length: length.to_owned(),
            };
            assert!(token.until(now).is_err(), "{length}");
        }
    }
}
