//! Security event tokens that are fetched (RFC 8936): asked for, proved, written, and only then acknowledged.
//!
//! Nothing is kept. What was not acknowledged, because Kafka, the keys or this process were away, the
//! transmitter brings again; what comes twice counts once, for the engine knows it by `iss` and `jti`. So
//! two processes that poll one stream do no harm.

mod wire;

pub use wire::Error;

use super::House;
use super::bearer::Bearer;
use super::flaw::SetFlaw;
use super::record::{self, Outgoing, Stamp};
use super::refusal::Refusal;
use super::set;
use super::verify::Verifier;
use super::watched;
use crate::config::Loaded;
use crate::config::receive::poll::Poll;
use crate::observe::chain;
use crate::observe::metrics::DoorEnd;
use crate::scim::roots;
use crate::shutdown::Shutdown;
use axum::body::Bytes;
use reqwest::{Client, redirect, retry};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::{Answer, Owed};

/// The first pause after a question in vain; it doubles.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MOST: Duration = Duration::from_mins(1);

/// When what could not be taken is asked for again.
const TAKE_AGAIN: Duration = Duration::from_secs(2);

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// One stream that is polled.
pub(super) struct Poller {
    settings: Poll,
    bearer: Bearer,
    client: Client,
    verifier: Verifier,
    house: Arc<House>,
    owed: Owed,
    /// What the question before the last one acknowledged.
    told: BTreeSet<String>,
    batch: u32,
    trouble: Option<String>,
}

impl Poller {
    /// Ready to ask; reaches no network yet.
    pub(super) fn new(
        settings: &Poll,
        loaded: &Loaded,
        (house, verifier): (&Arc<House>, Verifier),
    ) -> Result<Self, watched::Error> {
        house.metrics.door_is_there(&settings.label());
        house.metrics.poll_is_there(&settings.name);
        let (file, grant) = (settings.token_file.as_deref(), settings.grant.as_ref());
        let bearer = Bearer::of(file, grant, loaded).ok_or_else(|| watched::Error::Refused {
            file: PathBuf::new(),
            key: "`receive.polls`",
            why: format!("{} has neither `token_file` nor `grant`", settings.name),
        })?;
        Ok(Self {
            bearer,
            client: client(settings, loaded)?,
            verifier,
            house: Arc::clone(house),
            owed: Owed::default(),
            told: BTreeSet::new(),
            batch: settings.batch.get(),
            trouble: None,
            settings: settings.clone(),
        })
    }

    /// Asks until the shutdown. It may end at any point: what is not acknowledged comes again.
    pub(super) async fn go_on(mut self, shutdown: Shutdown) {
        let mut in_vain = PAUSE_FIRST;
        while !shutdown.is_begun() {
            let rest = tokio::select! {
                turn = self.turn() => match turn {
                    Ok(rest) => {
                        in_vain = PAUSE_FIRST;
                        rest
                    }
                    Err(error) => {
                        self.troubled(&error).map_or_else(
                            || {
                                let rest = in_vain;
                                in_vain = (in_vain * 2).min(PAUSE_MOST);
                                rest
                            },
                            |again| again.max(PAUSE_FIRST),
                        )
                    }
                },
                () = shutdown.begun() => return,
            };
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = shutdown.begun() => return,
            }
        }
    }

    /// Asks once, and takes what came; gives when to ask again.
    async fn turn(&mut self) -> Result<Duration, Error> {
        let answer = self.ask().await?;
        self.house.metrics.polled(&self.settings.name, true);
        if self.trouble.take().is_some() {
            tracing::info!(poll = self.settings.name, "the transmitter answers again");
        }
        self.batch = self.batch.saturating_mul(2).min(self.settings.batch.get());
        let before: BTreeSet<String> = std::mem::take(&mut self.owed).taken.into_iter().collect();
        self.told = before;
        let interval = Duration::try_from(self.settings.interval).unwrap_or(TAKE_AGAIN);
        let mut rest = if answer.has_more { Duration::ZERO } else { interval };
        let (mut brings_news, mut is_held_up) = (false, false);
        for (id, token) in answer.sets {
            match self.take(&id, token).await {
                Ok(()) => {
                    self.count(DoorEnd::Taken);
                    brings_news |= !self.told.contains(&id);
                    self.owed.taken.push(id);
                }
                Err(refusal) => {
                    self.count(refusal.end());
                    let (poll, code) = (&self.settings.name, refusal.code().as_str());
                    tracing::warn!(poll, code, "a token of the transmitter was not taken");
                    if let Refusal::Set(flaw) = refusal {
                        self.owed.flaws.insert(id, flaw);
                    } else {
                        is_held_up = true;
                    }
                }
            }
        }
        // Who brings again what was acknowledged, or nothing but flaws, is not asked without a pause.
        if brings_news {
            rest = Duration::ZERO;
        } else if !self.owed.is_empty() {
            rest = interval;
        }
        Ok(if is_held_up { TAKE_AGAIN } else { rest })
    }

    async fn ask(&self) -> Result<Answer, Error> {
        let token = self.bearer.token(&self.client).await?;
        let answer = self.ask_by(&token).await;
        // It may have ended early, or been revoked.
        let is_refused = matches!(answer, Err(Error::Refused { status: 401, .. }));
        if is_refused && self.bearer.was_refused(&token).await {
            let another = self.bearer.token(&self.client).await?;
            return self.ask_by(&another).await;
        }
        answer
    }

    async fn ask_by(&self, token: &SecretString) -> Result<Answer, Error> {
        // What is owed is told at once, and not only when there is something new.
        let returns_at_once = !self.settings.may_be_kept || !self.owed.is_empty();
        let question = self.owed.question(self.batch, returns_at_once);
        let request = self.client.post(self.settings.endpoint.clone());
        let request = request.bearer_auth(token.expose_secret()).json(&question);
        wire::ask(&self.client, request).await
    }

    /// Proves a token and writes it; it is in Kafka then.
    async fn take(&self, id: &str, token: String) -> Result<(), Refusal> {
        let out = self.record(id, token)?;
        let text = std::str::from_utf8(&out.value).map_err(|_no_text| Refusal::NotJson)?;
        self.verifier.verify(text, Instant::now())?;
        let began = Instant::now();
        self.house.writer.write(&out).await?;
        self.house.metrics.door_written(began.elapsed());
        Ok(())
    }

    fn record(&self, id: &str, token: String) -> Result<Outgoing, Refusal> {
        let value = Bytes::from(token);
        let claims = set::claims(&value, &self.settings.expected()).map_err(Refusal::Set)?;
        if claims.get("jti").and_then(|it| it.as_str()) != Some(id) {
            let text = "the token's `jti` is not the name under which it came";
            return Err(Refusal::Set(SetFlaw::Malformed(text)));
        }
        if value.len() > self.house.body_bytes_max {
            let text = "the token is longer than `receive.body_bytes_max`";
            return Err(Refusal::Set(SetFlaw::Malformed(text)));
        }
        let stamp = Stamp {
            request: super::web::request_id(),
            sender: self.settings.name.clone(),
            at: self.house.clock.now(),
        };
        Ok(record::of_poll(&self.settings, (value, &claims), &stamp))
    }

    fn count(&self, end: DoorEnd) {
        self.house.metrics.door_request(&self.settings.label(), end);
    }

    /// Tells what is new of a trouble; gives the pause that the transmitter asks for.
    fn troubled(&mut self, error: &Error) -> Option<Duration> {
        self.house.metrics.polled(&self.settings.name, false);
        let told = chain(error);
        let (poll, code) = (&self.settings.name, error.code().as_str());
        if self.trouble.as_ref() == Some(&told) {
            tracing::debug!(poll, code, error = told, "the transmitter still brings nothing");
        } else {
            tracing::error!(
                poll,
                code,
                error = told,
                "the transmitter brings nothing; it is asked again"
            );
        }
        self.trouble = Some(told);
        match error {
            Error::TooLarge => self.batch = (self.batch / 2).max(1),
            // It may be what we acknowledge that it cannot read; it brings that again, to be counted once.
            Error::Refused { status: 400, .. } => self.owed = Owed::default(),
            Error::Refused { again, .. } => return *again,
            Error::Unreachable(_) | Error::Unfit(_) | Error::Token(_) => {}
        }
        None
    }
}

fn client(settings: &Poll, loaded: &Loaded) -> Result<Client, watched::Error> {
    if rustls::crypto::CryptoProvider::get_default().is_none()
        && rustls::crypto::ring::default_provider().install_default().is_err()
    {
        tracing::debug!("another thread chose the TLS provider first");
    }
    let file = settings.ca_file.as_ref().map(|file| loaded.resolve(file)).unwrap_or_default();
    let refused =
        |why: String| watched::Error::Refused { file: file.clone(), key: "`receive.polls`", why };
    let extra = match &settings.ca_file {
        Some(_) => roots::read(&file).map_err(|why| refused(why.clone()))?,
        None => Vec::new(),
    };
    Client::builder()
        .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
        .tls_certs_merge(extra)
        // The token would travel with it.
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .timeout(Duration::try_from(settings.answer_within).unwrap_or(PAUSE_MOST))
        .connect_timeout(CONNECT_WITHIN)
        .build()
        .map_err(|error| refused(chain(&error)))
}
