//! SCIM over HTTP without HTTP: a request as data comes in, an answer as data goes out.
//!
//! It behaves as its manners say and never fails by itself; faults are put around it. The order is
//! that of a gateway before a service: token, quota, path, and only then the request.

/// Users and groups, and what requests do to them.
pub mod directory;
/// What it says to the model's requests.
pub mod model;
/// How a provider behaves, as data.
pub mod manners;
/// What it does that no standard has, as data, too.
pub mod quirks;
/// What shall go wrong.
pub mod faults;
/// The calls that came in.
pub mod calls;
/// What the provider holds, to be shown.
pub mod state;
mod answer;
mod body;
mod console;
mod discovery;
mod list;
mod quota;
mod query;
mod refuse;
mod render;
#[cfg(test)]
mod tests;

use directory::{Directory, Ids, Refusal, User, UserEdit};
use jiff::Timestamp;
use manners::Manners;
use quirks::CreatedIds;
use serde_json::Value as Json;

pub use answer::Answer;
use query::Query;
use quota::Quota;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Ask {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What a token is and how long.
#[derive(Clone, Debug)]
pub struct Token {
    pub text: String,
    pub expires_at: Option<Timestamp>,
}

/// The provider.
#[derive(Clone, Debug)]
pub struct Provider {
    directory: Directory,
    token: Token,
    quota: Option<Quota>,
    /// What stands before the base path in a resource's location.
    origin: String,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    Users,
    User(String),
    Groups,
    Group(String),
    /// `.search` below Users, Groups, or both.
    Search(Option<list::Of>),
    Discovery(discovery::Page),
}

impl Provider {
    pub fn new(manners: Manners, token: Token, origin: &str) -> Self {
        let quota = Self::quota(&manners);
        let more_groups = manners.quirks.more_groups.clone();
        let mut directory = Directory::new(manners, Ids::Uuid);
        for name in more_groups {
            // It asks nobody, so nobody refuses it.
            let _planted = directory.plant_group(&name);
        }
        Self { directory, token, quota, origin: origin.to_owned() }
    }

    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// For what happens at the provider past SCIM: its console, another client.
    pub fn directory_mut(&mut self) -> &mut Directory {
        &mut self.directory
    }

    /// Other manners from now on, but for the base path and the groups that it began with.
    pub fn behave(&mut self, manners: Manners) {
        self.quota = Self::quota(&manners);
        self.directory.behave(manners);
    }

    fn quota(manners: &Manners) -> Option<Quota> {
        manners.calls_per_second.map(|calls| Quota::new(calls, manners.quirks.quota_reset))
    }

    /// Another token from now on; the old one is worth nothing.
    pub fn replace_token(&mut self, token: Token) {
        self.token = token;
    }

    /// Answers, at that time.
    pub fn answer(&mut self, ask: &Ask, now: Timestamp) -> Answer {
        self.directory.at(now);
        let mut answer = if self.admits(ask, now) {
            self.within_quota(ask, now)
        } else {
            self.error(401, "Unauthorized")
        };
        if let Some(quota) = &self.quota {
            answer.headers.extend(quota.headers(now));
        }
        answer
    }

    fn admits(&self, ask: &Ask, now: Timestamp) -> bool {
        let bearer = ask.header("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        let own = ask
            .header("netskope-api-token")
            .filter(|_| self.directory.manners().takes_api_token_header);
        let is_right = own.or(bearer) == Some(self.token.text.as_str());
        is_right && self.token.expires_at.is_none_or(|end| now < end)
    }

    fn within_quota(&mut self, ask: &Ask, now: Timestamp) -> Answer {
        if let Some(quota) = &mut self.quota
            && !quota.take(now)
        {
            let answer = self.error(429, "API rate limit exceeded");
            return answer.with_header("retry-after", quota::RESETS_IN);
        }
        if let Some(list) = console::list_at(&ask.path) {
            return self.console(list, ask);
        }
        let Some(route) = self.route(&ask.path) else {
            return self.error(404, "no Route matched with those values");
        };
        match self.serve(ask, &route) {
            Ok(answer) => answer,
            Err(Failure::Refused(refusal)) => self.refuse(&refusal),
            Err(Failure::NoMethod) => self.error(405, "Method Not Allowed"),
            Err(Failure::Forbidden) => self.error(403, "A filter is not allowed here"),
        }
    }

    fn route(&self, path: &str) -> Option<Route> {
        let rest = path.strip_prefix(&self.directory.manners().base_path)?;
        let mut segments = rest.strip_prefix('/')?.split('/');
        let kind = segments.next()?;
        let id = segments.next().filter(|id| !id.is_empty()).map(query::decoded);
        if segments.next().is_some() {
            return None;
        }
        let is_search = self.directory.manners().search_works
            && (kind == ".search" || id.as_deref() == Some(".search"));
        Some(match (kind, id) {
            (".search", None) if is_search => Route::Search(None),
            ("Users", Some(_)) if is_search => Route::Search(Some(list::Of::Users)),
            ("Groups", Some(_)) if is_search => Route::Search(Some(list::Of::Groups)),
            ("Users", None) => Route::Users,
            ("Users", Some(id)) => Route::User(id),
            ("Groups", None) => Route::Groups,
            ("Groups", Some(id)) => Route::Group(id),
            (page, id) => Route::Discovery(discovery::Page::of(page, id)?),
        })
    }

    fn serve(&mut self, ask: &Ask, route: &Route) -> Result<Answer, Failure> {
        let quirks = &self.directory.manners().quirks;
        let query = Query::parse(&ask.query)?.heeded(quirks)?;
        match (ask.method.as_str(), route) {
            ("GET", Route::Discovery(_)) if query.filter.is_some() => Err(Failure::Forbidden),
            ("GET", Route::Discovery(page)) => self.discover(page),
            ("GET", Route::Users) => self.list_users(&query),
            ("GET", Route::Groups) => self.list_groups(&query),
            ("GET", Route::User(id)) => self.show_user(id, &query),
            ("GET", Route::Group(id)) => self.show_group(id, &query),
            ("POST", Route::Search(of)) => {
                let query = Query::of_search(&body::object(ask)?)?;
                let query = query.heeded(&self.directory.manners().quirks)?;
                match of {
                    Some(list::Of::Users) => self.list_users(&query),
                    Some(list::Of::Groups) => self.list_groups(&query),
                    None => self.list_all(&query),
                }
            }
            ("POST", Route::Users) => {
                let id = self.directory.create_user(&body::object(ask)?)?.id.clone();
                let answer = self.written_user(&id, &query)?.created();
                Ok(self.with_another_id(answer, &id))
            }
            ("POST", Route::Groups) => {
                let id = self.directory.create_group(&body::object(ask)?)?.id.clone();
                let answer = self.written_group(&id, &query)?.created();
                Ok(self.with_another_id(answer, &id))
            }
            ("PUT", Route::User(id)) if self.directory.manners().put_works => {
                self.check_user_version(ask, id)?;
                self.directory.replace_user(id, &body::object(ask)?)?;
                self.written_user(id, &query)
            }
            ("PUT", Route::Group(id)) if self.directory.manners().put_works => {
                self.check_group_version(ask, id)?;
                self.directory.replace_group(id, &body::object(ask)?)?;
                self.written_group(id, &query)
            }
            ("PATCH", Route::User(_)) if quirks.users_take_put_only => Err(Failure::NoMethod),
            ("PATCH", Route::User(id)) => self.patch_user(ask, id, &query),
            ("PATCH", Route::Group(id)) => self.patch_group(ask, id, &query),
            ("DELETE", Route::User(id)) => {
                self.check_user_version(ask, id)?;
                self.directory.delete_user(id)?;
                Ok(Answer::empty(204))
            }
            ("DELETE", Route::Group(id)) => {
                self.check_group_version(ask, id)?;
                self.directory.delete_group(id)?;
                Ok(Answer::empty(204))
            }
            _ => Err(Failure::NoMethod),
        }
    }

    fn patch_user(&mut self, ask: &Ask, id: &str, query: &Query) -> Result<Answer, Failure> {
        self.check_user_version(ask, id)?;
        let edits = body::user_edits(ask, self.directory.manners())?;
        let asked = self.directory.user(id).map(|user| asked(user, &edits));
        self.directory.edit_user(id, &edits)?;
        let answer = match asked.filter(|_| self.directory.manners().quirks.patch_answers_echo) {
            Some(asked) => self.user_answer(&asked, query),
            None => self.written_user(id, query)?,
        };
        Ok(self.patched(answer, query))
    }

    fn patch_group(&mut self, ask: &Ask, id: &str, query: &Query) -> Result<Answer, Failure> {
        self.check_group_version(ask, id)?;
        let edits = body::group_edits(ask, self.directory.manners())?;
        self.directory.edit_group(id, &edits)?;
        let answer = self.written_group(id, query)?;
        Ok(self.patched(answer, query))
    }

    /// The answer to a creation, with the id that these manners put into it.
    fn with_another_id(&mut self, mut answer: Answer, id: &str) -> Answer {
        match self.directory.manners().quirks.created_ids {
            CreatedIds::Kept => {}
            CreatedIds::Changed => self.directory.renew_id(id),
            CreatedIds::Anothers => {
                let is_user = self.directory.user(id).is_some();
                let users = self.directory.users().map(|user| &user.id);
                let groups = self.directory.groups().map(|group| &group.id);
                let other = if is_user {
                    users.into_iter().find(|other| *other != id)
                } else {
                    groups.into_iter().find(|other| *other != id)
                };
                if let (Some(other), Some(Json::Object(body))) = (other, &mut answer.body) {
                    body.insert("id".to_owned(), Json::from(other.as_str()));
                }
            }
        }
        answer
    }

    /// RFC 7644 §3.5.2: whoever asks for attributes gets them.
    fn patched(&self, shown: Answer, query: &Query) -> Answer {
        let manners = self.directory.manners();
        let is_asked = !query.attributes.is_empty() && !manners.errors_are_plain;
        if manners.patch_answers_with_body || is_asked { shown } else { Answer::empty(204) }
    }

    fn check_user_version(&self, ask: &Ask, id: &str) -> Result<(), Failure> {
        let version = self.directory.user(id).map(|user| user.meta.version);
        self.check_version(ask, version)
    }

    fn check_group_version(&self, ask: &Ask, id: &str) -> Result<(), Failure> {
        let version = self.directory.group(id).map(|group| group.meta.version);
        self.check_version(ask, version)
    }

    /// A resource that is not there has no version; that is told later.
    fn check_version(&self, ask: &Ask, version: Option<u64>) -> Result<(), Failure> {
        let wanted = ask.header("if-match").filter(|_| self.directory.manners().has_etags);
        match (wanted, version) {
            (Some(wanted), Some(version)) => {
                let is_same = wanted.split(',').any(|wanted| {
                    let wanted = wanted.trim();
                    wanted == "*" || wanted == render::etag(version)
                });
                if is_same { Ok(()) } else { Err(Refusal::Version.into()) }
            }
            _ => Ok(()),
        }
    }
}

/// The user as it would be if all were kept.
fn asked(user: &User, edits: &[UserEdit]) -> User {
    let mut asked = user.clone();
    for edit in edits {
        if let UserEdit::Known(edit) = edit {
            // What is refused ends the whole request elsewhere.
            let _applied = edit.apply(&mut asked.fields);
        }
    }
    asked
}

/// Why there is no good answer.
enum Failure {
    Refused(Refusal),
    NoMethod,
    Forbidden,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
