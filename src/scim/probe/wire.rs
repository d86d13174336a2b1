//! The trial's way to the target: paced, patient with a busy one, and keeping a log.
//!
//! What is logged of a request is what its maker says of it, for only that can tell a placeholder
//! from a person.

use super::finding::Exchanged;
use crate::model::call::RateLimits;
use crate::model::ids::ScimId;
use crate::scim::address::{Address, equals_filter, with_query};
use crate::scim::client::{Client, Exchange, LIST_BYTES_MAX, NoResponse, Response, ResponseBody};
use crate::scim::verdict::Meaning;
use crate::scim::{Dialect, Error, ProviderSettings, client_of, read};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value as Json;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use url::Url;

/// How often a request is made again when the target is busy or away.
const AGAIN: u32 = 3;
/// The longest that a busy target is waited for at once.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Wire {
    client: Client,
    pub(super) address: Address,
    /// Between the starts of two requests.
    pace: Duration,
    last: Option<Instant>,
    log: Vec<Exchanged>,
    /// The last quota that an answer told of.
    pub(super) limits: Option<RateLimits>,
    /// Whether the answer to a creation is awaited.
    creating: watch::Sender<bool>,
}

/// A request, and what may be told of it.
pub(super) struct Ask {
    method: Method,
    /// `None`: an id cannot stand in a path.
    url: Option<Url>,
    body: Option<Json>,
    shown: String,
}

impl Ask {
    pub(super) fn new(method: Method, url: Option<Url>, shown: &str) -> Self {
        let shown = format!("{method} {shown}");
        Self { method, url, body: None, shown }
    }

    pub(super) fn get(url: Option<Url>, shown: &str) -> Self {
        Self::new(Method::GET, url, shown)
    }

    pub(super) fn with_body(self, body: Json) -> Self {
        Self { body: Some(body), ..self }
    }
}

/// What came back.
pub(super) struct Heard(pub(super) Result<Response, NoResponse>);

impl Heard {
    /// The body of a success.
    pub(super) fn body(&self) -> Option<&Json> {
        match &self.0 {
            Ok(Response { status: 200..=299, body: ResponseBody::Json(body), .. }) => Some(body),
            Ok(_) | Err(_) => None,
        }
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.0.as_ref().is_ok_and(|response| response.body == ResponseBody::TooLarge)
    }

    pub(super) fn succeeded(&self, dialect: &Dialect) -> bool {
        self.0.as_ref().is_ok_and(|response| {
            matches!(Meaning::of(response, dialect), Meaning::Done | Meaning::Pending)
        })
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.0.as_ref().ok().map(|response| response.status)
    }

    /// In a few words, for a conclusion: `HTTP 400 invalidPath`, `no connection`.
    pub(super) fn words(&self) -> String {
        match &self.0 {
            Ok(response) => {
                let scim_type = match &response.body {
                    ResponseBody::Json(body) => read::scim_type(body),
                    ResponseBody::Empty | ResponseBody::Unreadable | ResponseBody::TooLarge => None,
                };
                let scim_type = scim_type.unwrap_or_default();
                format!("HTTP {} {scim_type}", response.status).trim_end().to_owned()
            }
            Err(NoResponse::LeaseOver) => {
                "nothing: it was not sent, for what was made here is not seen to be there"
                    .to_owned()
            }
            Err(NoResponse::NoToken) => "nothing: there is no token to send".to_owned(),
            Err(NoResponse::NoConnection) => "no connection".to_owned(),
            Err(NoResponse::NoTls) => "no TLS".to_owned(),
            Err(NoResponse::OwnAuthority) => {
                "no TLS (the certificate is its own authority)".to_owned()
            }
            Err(NoResponse::TimedOut) => "no answer in time".to_owned(),
            Err(NoResponse::BrokenOff) => "a broken connection".to_owned(),
        }
    }

    fn told(&self) -> String {
        let words = self.words();
        let Ok(response) = &self.0 else { return words };
        let ResponseBody::Json(body) = &response.body else {
            let what = match response.body {
                ResponseBody::Empty => "no body",
                ResponseBody::TooLarge => "a body beyond the limit",
                ResponseBody::Json(_) | ResponseBody::Unreadable => "a body that is no JSON",
            };
            return format!("{words}, {what}");
        };
        if read::denies(body) {
            return format!("{words}, an error");
        }
        match read::page(body) {
            Some(page) => match page.total {
                Some(total) => format!("{words}, {} of {total}", page.items.len()),
                None => format!("{words}, {}, total not said", page.items.len()),
            },
            None if read::id(body).is_some() => format!("{words}, a resource"),
            None => format!("{words}, JSON"),
        }
    }
}

impl Wire {
    pub(super) fn new(
        settings: &ProviderSettings,
        dialect: &Dialect,
        calls_per_second: f64,
    ) -> Result<Self, Error> {
        let address = Address::parse(&settings.name, settings.url.clone())?;
        let client = client_of(settings, dialect)?;
        let pace = Duration::from_secs_f64(1.0 / calls_per_second.clamp(0.1, 1000.0));
        let creating = watch::Sender::new(false);
        Ok(Self { client, address, pace, last: None, log: Vec::new(), limits: None, creating })
    }

    /// Speaks from now on as `dialect` has it.
    pub(super) fn reconnect(
        &mut self,
        settings: &ProviderSettings,
        dialect: &Dialect,
    ) -> Result<(), Error> {
        self.client = client_of(settings, dialect)?;
        Ok(())
    }

    pub(super) fn take_log(&mut self) -> Vec<Exchanged> {
        std::mem::take(&mut self.log)
    }

    /// Tells whether the answer to a creation is awaited.
    pub(super) fn creating(&self) -> watch::Receiver<bool> {
        self.creating.subscribe()
    }

    /// Says more of what came back last.
    pub(super) fn annotate(&mut self, what: impl AsRef<str>) {
        if let Some(last) = self.log.last_mut() {
            last.came_back = format!("{}, {}", last.came_back, what.as_ref());
        }
    }

    /// Makes a request; again if the target is busy.
    pub(super) async fn ask(&mut self, ask: Ask) -> Heard {
        let Ask { method, url, body, shown } = ask;
        let Some(url) = url else {
            return Heard(Err(NoResponse::LeaseOver));
        };
        let mut attempt = 0;
        loop {
            self.keep_pace().await;
            let exchange = Exchange {
                method: method.clone(),
                url: url.clone(),
                body: body.clone(),
                body_bytes_max: LIST_BYTES_MAX,
                not_after: None,
                headers: HeaderMap::new(),
                trace: None,
            };
            let is_creation = method == Method::POST;
            self.creating.send_replace(is_creation);
            let heard = Heard(self.client.exchange(&exchange).await);
            self.creating.send_replace(false);
            self.log.push(Exchanged { sent: shown.clone(), came_back: heard.told() });
            if let Ok(response) = &heard.0 {
                self.limits = response.limits.or(self.limits);
            }
            attempt += 1;
            match busy_for(&heard, is_creation).filter(|_| attempt < AGAIN) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return heard,
            }
        }
    }

    /// Waits until a request may be made; the next one is made at once then.
    pub(super) async fn ready(&mut self) {
        if let Some(last) = self.last.take() {
            tokio::time::sleep_until(last + self.pace).await;
        }
    }

    async fn keep_pace(&mut self) {
        self.ready().await;
        self.last = Some(Instant::now());
    }
}

/// A creation that was answered with 503 may have been done; after a 429 nothing was.
fn busy_for(heard: &Heard, is_creation: bool) -> Option<Duration> {
    let response = heard.0.as_ref().ok()?;
    let is_busy = response.status == 429 || response.status == 503 && !is_creation;
    is_busy.then(|| {
        let wait = response.wait.retry_after.or(response.wait.limit_reset);
        wait.unwrap_or(Duration::from_secs(2)).min(PATIENCE)
    })
}

/// `Users?filter=… &startIndex=1&count=…`, with what is looked for shown as a placeholder.
pub(super) struct Search<'a> {
    pub(super) path: &'a str,
    pub(super) value: &'a str,
    /// What the value is: `unknown`, `known`.
    pub(super) shown: &'a str,
    /// Added to the query.
    pub(super) query: &'a str,
}

impl Search<'_> {
    pub(super) fn ask(&self, resource: &str, url: Option<Url>) -> Ask {
        let Self { path, value, shown, query } = *self;
        let rest = [query, "startIndex=1", "count=10"];
        let rest: Vec<&str> = rest.into_iter().filter(|part| !part.is_empty()).collect();
        let rest = rest.join("&");
        let parts = [equals_filter(path, value), rest.clone()];
        let shown = format!("/{resource}?filter={path} eq \"{{{shown}}}\"&{rest}");
        Ask::get(url.map(|url| with_query(url, &parts)), &shown)
    }
}

/// The ids of a list.
pub(super) fn ids(heard: &Heard) -> Vec<ScimId> {
    let page = heard.body().and_then(read::page);
    page.map(|page| page.items.into_iter().filter_map(read::id).collect()).unwrap_or_default()
}
