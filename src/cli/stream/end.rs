//! Which end of a stream is meant, and as whom its transmitter is asked.

use super::Error;
use crate::config::Loaded;
use crate::config::receive::Proof;
use crate::config::receive::grant::{Grant, SecretIn};
use crate::config::receive::poll::Poll;
use crate::intake::bearer::Bearer;
use crate::intake::transmitter::Asker;
use crate::scim::roots;
use clap::{Args, ValueHint};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use url::Url;

/// Where the tokens of a stream come in.
#[derive(Debug)]
pub(super) struct End {
    pub(super) issuer: String,
    pub(super) audience: Vec<String>,
    pub(super) topic: String,
    /// Of the door; a poll has none.
    pub(super) path: Option<String>,
    /// Where the configuration says that it is polled.
    pub(super) endpoint: Option<Url>,
    poll: Option<Poll>,
}

impl End {
    pub(super) fn door(loaded: &Loaded, path: &str) -> Result<Self, Error> {
        let doors = loaded.settings.receive.doors.iter().filter(|door| door.path == path);
        let mut found = doors.filter_map(|door| match &door.proof {
            Proof::Set(set) => Some(Self {
                issuer: set.issuer.clone(),
                audience: set.audience.clone(),
                topic: door.topic.clone(),
                path: Some(door.path.clone()),
                endpoint: None,
                poll: None,
            }),
            Proof::Bearer(_) | Proof::Signature(_) => None,
        });
        found.next().ok_or_else(|| Error::NoDoor(path.to_owned()))
    }

    #[cfg(test)]
    pub(super) fn example() -> Self {
        Self {
            issuer: "https://idp.example.com".to_owned(),
            audience: vec!["usher".to_owned()],
            topic: "signals".to_owned(),
            path: None,
            endpoint: Some("https://idp.example.com/poll".parse().unwrap()),
            poll: None,
        }
    }

    pub(super) fn poll(loaded: &Loaded, name: &str) -> Result<Self, Error> {
        let poll = loaded.settings.receive.polls.iter().find(|it| it.name == name);
        let poll = poll.ok_or_else(|| Error::NoPoll(name.to_owned()))?;
        Ok(Self {
            issuer: poll.issuer.clone(),
            audience: poll.audience.clone(),
            topic: poll.topic.clone(),
            path: None,
            endpoint: Some(poll.endpoint.clone()),
            poll: Some(poll.clone()),
        })
    }
}

/// As whom the transmitter's API is asked. For a poll that is said in the configuration, too.
#[derive(Debug, Args)]
pub(super) struct Access {
    /// A file with a token for the transmitter's API
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    token_file: Option<PathBuf>,
    /// How the token is announced in the header; Okta's own tokens are SSWS
    #[arg(long, value_name = "SCHEME", default_value = "Bearer")]
    scheme: String,
    /// Where a token is asked for instead (OAuth 2.0, client credentials)
    #[arg(long, value_name = "URL", conflicts_with = "token_file",
          requires_all = ["client_id", "client_secret_file"])]
    token_endpoint: Option<Url>,
    /// As which client
    #[arg(long, value_name = "ID", requires = "token_endpoint")]
    client_id: Option<String>,
    /// A file with the client's secret
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "token_endpoint")]
    client_secret_file: Option<PathBuf>,
    /// What the token shall be good for
    #[arg(long, value_name = "SCOPE", requires = "token_endpoint")]
    scope: Option<String>,
    /// Certificates to trust besides the system's, as PEM [default: those of the poll]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    ca_file: Option<PathBuf>,
}

impl Access {
    pub(super) fn asker(&self, end: &End, loaded: &Loaded) -> Result<Asker, Error> {
        let own_file = end.poll.as_ref().and_then(|poll| poll.ca_file.as_deref());
        let ca_file = self.ca_file.clone().or_else(|| own_file.map(|file| loaded.resolve(file)));
        let extra_roots = match ca_file {
            Some(file) => roots::read(&file).map_err(Error::Refused)?,
            None => Vec::new(),
        };
        Ok(Asker { bearer: self.bearer(end, loaded)?, scheme: self.scheme.clone(), extra_roots })
    }

    fn bearer(&self, end: &End, loaded: &Loaded) -> Result<Bearer, Error> {
        if let Some(file) = &self.token_file {
            return Ok(Bearer::File(file.clone()));
        }
        if let (Some(token_endpoint), Some(client_id), Some(client_secret_file)) =
            (&self.token_endpoint, &self.client_id, &self.client_secret_file)
        {
            let grant = Grant {
                token_endpoint: token_endpoint.clone(),
                client_id: client_id.clone(),
                client_secret_file: client_secret_file.clone(),
                scope: self.scope.clone(),
                audience: None,
                secret_in: SecretIn::Header,
            };
            return match grant.problems("the command line").first() {
                Some(problem) => Err(Error::Refused(problem.clone())),
                None => Ok(Bearer::granted(grant)),
            };
        }
        let of_poll = end
            .poll
            .as_ref()
            .and_then(|poll| Bearer::of(poll.token_file.as_deref(), poll.grant.as_ref(), loaded));
        of_poll.ok_or(Error::Missing("--token-file", "the transmitter's API needs a token"))
    }
}

/// The token in a file.
pub(super) fn secret(file: &Path) -> Result<SecretString, Error> {
    let failed = |source| Error::Token { file: file.to_owned(), source };
    let text = std::fs::read_to_string(file).map_err(failed)?;
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let why = "it is empty, or holds more than a token";
        return Err(failed(std::io::Error::new(std::io::ErrorKind::InvalidData, why)));
    }
    Ok(SecretString::from(text.to_owned()))
}
