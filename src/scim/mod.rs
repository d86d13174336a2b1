//! Operations become requests, and answers get a verdict; the only room that talks to providers.
//!
//! A call never fails as such: whatever happens is an [`Outcome`](crate::model::Outcome). Whether a
//! failed write may have landed all the same is never guessed in its favour. Names, values, tokens
//! and bodies reach neither logs nor texts.

mod address;
mod attribute;
mod body;
mod client;
mod dialect;
mod encoding;
mod error;
mod everything;
mod lease;
mod limits;
mod list;
mod lookup;
mod put;
mod puts;
pub mod probe;
mod read;
pub(crate) mod roots;
mod scopes;
mod through;
mod token;
mod trace;
mod verdict;
mod wait;
mod write;

#[cfg(test)]
mod tests;

pub use dialect::{
    Accepted, ActiveForm, Auth, Custom, Dialect, Exception, Groups, ManagerForm, Means, Media,
    NoMatch, Paging, RemoveMember, Update, Users,
};
pub use error::Error;
pub use through::{NotPassed, Passed, Resource, Through};
pub use token::TokenSource;
pub use trace::span_of;

use crate::model::account::{Account, AttributeName, ShownGroups};
use crate::model::call::{Answer, Call, Outcome, RateLimits, Reply, Request};
use crate::model::ids::{ScimId, TargetName};
use crate::model::operation::{GroupRef, Operation};
use address::{Address, with_query};
use client::{Client, Exchange, LIST_BYTES_MAX, NoResponse, Response, ResponseBody};
use list::Answered;
use puts::Puts;
use reqwest::Method;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tracing::Span;
use url::Url;
use verdict::{Asked, Meaning, Ruling};

/// What must be known to call a target.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    pub name: TargetName,
    /// The base of `/Users` and `/Groups`.
    pub url: Url,
    pub token: TokenSource,
    /// Certificates to trust besides the system's, as PEM; read once.
    pub ca_file: Option<PathBuf>,
    pub dialect: Arc<Dialect>,
    /// From the first byte sent to the last received.
    pub request_timeout: Duration,
    pub connect_timeout: Duration,
}

/// One target, ready to be called.
#[derive(Debug)]
pub struct Provider {
    name: TargetName,
    address: Address,
    dialect: Arc<Dialect>,
    client: Client,
    puts: Puts,
    answered: Answered,
    /// An account was too large to be read whole: from then on it is asked for without its groups.
    has_heavy_accounts: AtomicBool,
    /// Accounts show the groups that they are in.
    shows_groups: AtomicBool,
}

/// How a call ended, and what its last answer said besides.
struct Ended {
    outcome: Outcome,
    status: Option<u16>,
    limits: Option<RateLimits>,
}

impl Ended {
    fn of(outcome: Outcome, response: &Response) -> Self {
        Self { outcome, status: Some(response.status), limits: response.limits }
    }
}

impl From<Outcome> for Ended {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, status: None, limits: None }
    }
}

impl Provider {
    /// Refuses a url by which the token could leak. Connects to nothing yet.
    pub fn new(settings: ProviderSettings) -> Result<Self, Error> {
        let address = Address::parse(&settings.name, settings.url.clone())?;
        let client = client_of(&settings, &settings.dialect)?;
        let ProviderSettings { name, dialect, .. } = settings;
        Ok(Self {
            name,
            address,
            dialect,
            client,
            puts: Puts::default(),
            answered: Answered::default(),
            has_heavy_accounts: AtomicBool::new(false),
            shows_groups: AtomicBool::new(false),
        })
    }

    /// Carries out one call; in its span, if somebody opened one by [`span_of`].
    pub async fn answer(&self, call: &Call) -> Answer {
        let began = Instant::now();
        let ended = self.carry_out(call).await;
        if let Some(status) = ended.status {
            Span::current().record("scim.status", status);
        }
        Answer::new(call.id, ended.outcome)
            .with_status(ended.status)
            .with_limits(ended.limits)
            .with_latency(began.elapsed())
            .heeded_for(self.dialect.longest_wait())
    }

    async fn carry_out(&self, call: &Call) -> Ended {
        match &call.request {
            Request::FindAccounts { attribute, value } => {
                self.find_accounts(call, attribute, value).await
            }
            Request::ReadAccount { account } => self.read_account(call, account).await,
            Request::FindGroups { name } => self.find_groups(call, name).await,
            Request::ListAccounts { received } => self.list_accounts(call, *received).await,
            Request::ListGroups { received } => self.list_groups(call, *received).await,
            Request::ReadScope { list, received } => self.read_scope(call, *list, *received).await,
            Request::ReadMembers { group } => self.read_members(call, group).await,
            Request::AddMembers { group, accounts } => {
                self.add_members(call, group, accounts).await
            }
            Request::Write(operation) => self.write(call, operation).await,
        }
    }

    async fn read_account(&self, call: &Call, account: &ScimId) -> Ended {
        let Some(url) = self.address.user(account) else {
            return self.bad_id(Asked::ReadAccount).into();
        };
        let (answer, query) = match self.account_at(call, &url).await {
            Ok((response, query)) => (Ok(response), query),
            Err(why) => (Err(why), String::new()),
        };
        self.ended(call, answer, |response| match &response.body {
            ResponseBody::Json(body) => match read::account(body, &self.dialect) {
                Some(found) if found.id == *account => {
                    Outcome::Done(Reply::Account(self.with_groups(found, body, &query)))
                }
                _ => verdict::unreadable(Asked::ReadAccount, &self.name, response),
            },
            _ => verdict::unreadable(Asked::ReadAccount, &self.name, response),
        })
    }

    /// Where accounts show their groups, one without any is in none: what is empty may be left out
    /// (RFC 7643 §2.5). But not if it was asked to be.
    fn with_groups(&self, account: Account, body: &Json, query: &str) -> Account {
        self.note_groups(&account);
        let is_left_out = read::get(body, "groups").is_none_or(Json::is_null);
        let was_asked_for = !query.to_ascii_lowercase().contains("attributes=");
        if is_left_out && was_asked_for && self.shows_groups.load(Ordering::Relaxed) {
            return Account { groups: Some(ShownGroups::new()), ..account };
        }
        account
    }

    fn note_groups(&self, account: &Account) {
        if account.groups.as_ref().is_some_and(|groups| !groups.is_empty()) {
            self.shows_groups.store(true, Ordering::Relaxed);
        }
    }

    /// An account as the dialect asks for it. What is refused is asked for without; what is too large,
    /// without its groups, and then by what usher knows alone.
    /// With the query that it came by.
    async fn account_at(&self, call: &Call, url: &Url) -> Result<(Response, String), NoResponse> {
        let needed = attribute::all_needed(&self.dialect);
        let light = ["excludedAttributes=groups", needed.as_str()];
        let usual = self.dialect.users.query.as_str();
        let mut queries: Vec<&str> = vec![usual];
        if self.has_heavy_accounts.load(Ordering::Relaxed) {
            queries.splice(0..0, light);
        }
        let mut asked = 0;
        loop {
            let Some(query) = queries.get(asked).copied() else {
                return Ok((self.account_by(call, url, "").await?, String::new()));
            };
            let response = self.account_by(call, url, query).await?;
            let is_refused =
                !query.is_empty() && Meaning::of(&response, &self.dialect) == Meaning::Refused;
            let is_too_large = response.body == ResponseBody::TooLarge;
            asked += 1;
            if is_too_large && !self.has_heavy_accounts.swap(true, Ordering::Relaxed) {
                queries.extend(light);
            }
            let is_last = asked >= queries.len() && !is_refused;
            if is_last || !(is_refused || is_too_large) {
                return Ok((response, query.to_owned()));
            }
        }
    }

    async fn account_by(
        &self,
        call: &Call,
        url: &Url,
        query: &str,
    ) -> Result<Response, NoResponse> {
        let url = with_query(url.clone(), &[query.to_owned()]);
        self.client.exchange(&Exchange::new(call, Method::GET, url, None)).await
    }

    async fn read_members(&self, call: &Call, group: &GroupRef) -> Ended {
        let Some(url) = self.address.group(&group.id) else {
            return self.bad_id(Asked::ReadMembers).into();
        };
        let url = with_query(url, std::slice::from_ref(&self.dialect.groups.members_query));
        let mut exchange = Exchange::new(call, Method::GET, url, None);
        exchange.body_bytes_max = LIST_BYTES_MAX;
        let answer = self.client.exchange(&exchange).await;
        self.ended(call, answer, |response| match &response.body {
            ResponseBody::Json(body) if read::id(body).as_ref() == Some(&group.id) => {
                // The group that has this id has another name now: it is not the one that is meant.
                let is_renamed = |name: String| !read::same(&name, group.name.as_str());
                if read::display_name(body).is_some_and(is_renamed) {
                    return Outcome::Done(Reply::Gone);
                }
                read::members(body).map_or_else(
                    || verdict::unreadable(Asked::ReadMembers, &self.name, response),
                    |members| Outcome::Done(Reply::Members(members)),
                )
            }
            _ => verdict::unreadable(Asked::ReadMembers, &self.name, response),
        })
    }

    /// Asks the table; where the answer is good, `read` says what it holds.
    fn ended(
        &self,
        call: &Call,
        answer: Result<Response, NoResponse>,
        read: impl FnOnce(&Response) -> Outcome,
    ) -> Ended {
        let asked = asked(&call.request);
        match answer {
            Err(why) => verdict::unanswered(asked, &self.name, why).into(),
            Ok(response) => {
                let outcome = match verdict::rule(asked, &self.name, &response, &self.dialect) {
                    Ruling::ReadBody => read(&response),
                    Ruling::Ended(outcome) => outcome,
                };
                Ended::of(outcome, &response)
            }
        }
    }

    fn bad_id(&self, asked: Asked) -> Outcome {
        verdict::hopeless(asked, &self.name, "the id cannot stand in a path")
    }
}

/// HTTP to a target, as a dialect has it.
fn client_of(settings: &ProviderSettings, dialect: &Dialect) -> Result<Client, Error> {
    let target = || settings.name.as_str().to_owned();
    let roots = match &settings.ca_file {
        Some(file) => roots::read(file).map_err(|what| Error::CaFile { target: target(), what })?,
        None => Vec::new(),
    };
    let token = token::Token::new(settings.token.clone(), &dialect.auth.scheme);
    let http = client::Settings {
        request_timeout: settings.request_timeout,
        connect_timeout: settings.connect_timeout,
        accept: &dialect.media.accept,
        content_type: &dialect.media.content_type,
        token_header: &dialect.auth.header,
        roots,
        is_here: address::is_here(&settings.url),
    };
    Client::new(token, &http).map_err(|source| Error::Client { target: target(), source })
}

fn asked(request: &Request) -> Asked {
    match request {
        Request::FindAccounts { .. } => Asked::FindAccounts,
        Request::ReadAccount { .. } => Asked::ReadAccount,
        Request::FindGroups { .. } => Asked::FindGroups,
        Request::ListAccounts { .. } => Asked::ListAccounts,
        Request::ListGroups { .. } => Asked::ListGroups,
        Request::ReadScope { .. } => Asked::ReadScope,
        Request::ReadMembers { .. } => Asked::ReadMembers,
        Request::AddMembers { .. } => Asked::AddMembers,
        Request::Write(operation) => match operation {
            Operation::Create { .. } => Asked::Create,
            Operation::Change { attributes, .. } if attributes.keys().any(is_unique) => {
                Asked::Rename
            }
            Operation::Change { .. } => Asked::Change,
            Operation::AddMember { .. } => Asked::AddMember,
            Operation::RemoveMember { .. } => Asked::RemoveMember,
            Operation::CreateGroup { .. } => Asked::CreateGroup,
            Operation::Delete { .. } => Asked::Delete,
        },
    }
}

/// What most providers let only one account have.
fn is_unique(attribute: &AttributeName) -> bool {
    let unique = [
        AttributeName::USER_NAME,
        AttributeName::WORK_EMAIL,
        AttributeName::EXTERNAL_ID,
        AttributeName::EMPLOYEE_NUMBER,
    ];
    unique.contains(attribute)
}
