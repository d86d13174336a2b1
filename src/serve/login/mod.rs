//! Who is logged in: tokens become sessions, and sessions end.
//!
//! A session is a random word that only this process knows; a restart logs everybody out. What the file
//! of tokens says counts at every request, so that whoever is taken out of it is out.

mod cookie;
#[cfg(test)]
mod tests;
pub mod tokens;

pub use cookie::Cookies;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokens::{Error, Login, TokenDigest};

/// Sessions at once; the oldest goes first.
const SESSIONS_MOST: usize = 1_000;

/// Wrong tokens that are being answered at once, each after a pause.
const WRONG_AT_ONCE_MOST: usize = 20;

/// The file, and who is logged in by it.
#[derive(Debug)]
pub struct Logins {
    file: PathBuf,
    lasts: SignedDuration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: Vec<Login>,
    /// What is wrong with the file now; then nobody new is let in.
    problem: Option<String>,
    /// By the digest of the word in the cookie.
    sessions: BTreeMap<String, Session>,
    wrong: usize,
}

#[derive(Clone, Debug)]
struct Session {
    login: TokenDigest,
    until: Timestamp,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotIn {
    /// No token that is known, or one that has ended.
    Wrong,
    /// Too many are wrong just now.
    TooMany,
    /// The file of tokens cannot be used.
    Unusable,
}

/// A wrong token that is being answered; others wait meanwhile.
#[derive(Debug)]
pub struct WrongOne<'a>(&'a Logins);

impl Drop for WrongOne<'_> {
    fn drop(&mut self) {
        self.0.lock().wrong -= 1;
    }
}

impl Logins {
    /// Reads the file.
    pub fn load(file: PathBuf, lasts: SignedDuration) -> Result<Self, Error> {
        let known = tokens::read(&file)?;
        let state = Mutex::new(State { known, ..State::default() });
        Ok(Self { file, lasts, state })
    }

    /// Reads the file again; tells what is new about it. What cannot be used lets nobody new in, and
    /// throws nobody out: a file that is half written must not.
    pub fn read_again(&self) {
        let read = tokens::read(&self.file);
        let mut state = self.lock();
        match read {
            Ok(known) => {
                if state.problem.take().is_some() || known != state.known {
                    tracing::info!(logins = known.len(), "the file of tokens was read again");
                }
                state.known = known;
            }
            Err(error) => {
                let problem = crate::observe::chain(&error);
                if state.problem.as_ref() != Some(&problem) {
                    let code = error.code().as_str();
                    tracing::error!(code, error = problem, "nobody can log in");
                }
                state.problem = Some(problem);
            }
        }
    }

    /// Lets the owner of a token in: gives the word for the cookie.
    pub fn enter(&self, token: &str, now: Timestamp) -> Result<(String, Login), NotIn> {
        let digest = TokenDigest::of(token.trim());
        let mut state = self.lock();
        if state.problem.is_some() {
            return Err(NotIn::Unusable);
        }
        let found = state.owner_of(&digest).cloned();
        let Some(login) = found.filter(|login| login.until > now) else {
            return Err(NotIn::Wrong);
        };
        let word = tokens::chance::<32>().map_err(|_told| NotIn::Unusable)?;
        let word = tokens::hex(&word);
        let until = login.until.min(now.saturating_add(self.lasts).unwrap_or(now));
        state.sessions.retain(|_, session| session.until > now);
        if state.sessions.len() >= SESSIONS_MOST {
            let oldest = state.sessions.iter().min_by_key(|(_, session)| session.until);
            if let Some(oldest) = oldest.map(|(word, _)| word.clone()) {
                state.sessions.remove(&oldest);
            }
        }
        let session = Session { login: login.sha256.clone(), until };
        state.sessions.insert(of_word(&word), session);
        Ok((word, login))
    }

    /// Whose session it is, by what the file says now.
    pub fn who(&self, word: &str, now: Timestamp) -> Option<Login> {
        let state = self.lock();
        let session = state.sessions.get(&of_word(word)).filter(|it| it.until > now)?;
        let login = state.known.iter().find(|login| login.sha256 == session.login)?;
        (login.until > now).then(|| login.clone())
    }

    /// Whose token it is, for programs that send it with each request.
    pub fn bearer(&self, token: &str, now: Timestamp) -> Option<Login> {
        let digest = TokenDigest::of(token.trim());
        let found = self.lock().owner_of(&digest).cloned();
        found.filter(|login| login.until > now)
    }

    /// Ends a session.
    pub fn leave(&self, word: &str) {
        self.lock().sessions.remove(&of_word(word));
    }

    /// A wrong token is to be answered, later. `None`: too many are.
    pub fn wrong_one(&self) -> Option<WrongOne<'_>> {
        let mut state = self.lock();
        if state.wrong >= WRONG_AT_ONCE_MOST {
            return None;
        }
        state.wrong += 1;
        drop(state);
        Some(WrongOne(self))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Every digest is compared, so that the time does not tell which one it was.
    fn owner_of(&self, digest: &TokenDigest) -> Option<&Login> {
        self.known.iter().fold(
            None,
            |found, login| {
                if login.sha256.is(digest) { Some(login) } else { found }
            },
        )
    }
}

/// Sessions are found by a digest, so that a search through them tells nothing of the words.
fn of_word(word: &str) -> String {
    TokenDigest::of(word).as_str().to_owned()
}
