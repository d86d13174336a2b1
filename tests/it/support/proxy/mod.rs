//! Proxies in front of Kafka and of SCIM providers: they watch, and strike where a test says.
//!
//! A proxy knows whole requests and whole answers. A strike is spent after one blow.

pub(crate) mod http;
pub(crate) mod kafka;

use super::directory::Directory;
use super::supervised::{freeze, signal};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub(crate) use http::HttpProxy;
pub(crate) use kafka::KafkaProxy;

/// When a strike falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The request has come; the server knows nothing of it.
    Request,
    /// The server has done it; the client knows nothing of the answer.
    Answer,
}

/// What a strike does. After `Kill` and `Cut` the connection is gone.
#[derive(Clone, Debug)]
pub(crate) enum Blow {
    Kill(Victim),
    /// SIGSTOP, and the request or answer waits behind it as in a network's queue.
    Freeze(Victim),
    Cut,
    Delay(Duration),
    /// Arms another strike, where another proxy watches, and lets the message pass.
    Arm(Watch, Box<Strike>),
    /// Somebody else makes this account first; the message passes.
    Forestall(Directory, Box<Value>),
}

/// The process that a blow meets; known when the process has started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Victim(Arc<Mutex<Option<u32>>>);

impl Victim {
    pub(crate) fn set(&self, process: u32) {
        *self.0.lock().unwrap() = Some(process);
    }

    fn freeze(&self) {
        freeze(self.0.lock().unwrap().expect("the victim has started"));
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.0.lock().unwrap().expect("the victim has started"), name);
    }
}

/// The `nth` (from 1) request that starts with `on` and whose body contains `with` is struck.
#[derive(Clone, Debug)]
pub(crate) struct Strike {
    pub(crate) on: String,
    pub(crate) with: String,
    pub(crate) nth: usize,
    pub(crate) moment: Moment,
    pub(crate) blow: Blow,
}

impl Strike {
    /// The first request of that kind, met at `moment`.
    pub(crate) fn first(on: &str, moment: Moment, blow: Blow) -> Self {
        Self { on: on.to_owned(), with: String::new(), nth: 1, moment, blow }
    }
}

/// A request that went by.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `PATCH /tenant/v2/Users/1`, or `EndTxn`.
    pub(crate) what: String,
    /// The headers, if it was HTTP.
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

/// What a proxy shares with its test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
struct Book {
    seen: Vec<Seen>,
    strikes: Vec<Strike>,
    struck: usize,
}

/// How a message goes on after the strikes were asked.
pub(crate) enum Fate {
    Pass,
    Drop,
}

impl Watch {
    pub(crate) fn arm(&self, strike: Strike) {
        self.0.lock().unwrap().strikes.push(strike);
    }

    /// How many strikes have fallen.
    pub(crate) fn struck(&self) -> usize {
        self.0.lock().unwrap().struck
    }

    /// Every request so far, oldest first.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().seen.clone()
    }

    async fn request(&self, seen: Seen) -> Fate {
        let blow = {
            let mut book = self.0.lock().unwrap();
            let blow = book.blow(&seen, Moment::Request);
            book.seen.push(seen);
            blow
        };
        deal(blow).await
    }

    async fn answer(&self, seen: &Seen) -> Fate {
        let blow = self.0.lock().unwrap().blow(seen, Moment::Answer);
        deal(blow).await
    }
}

impl Book {
    fn blow(&mut self, seen: &Seen, moment: Moment) -> Option<Blow> {
        let meets = |strike: &Strike| {
            strike.moment == moment
                && seen.what.starts_with(&strike.on)
                && seen.body.contains(&strike.with)
        };
        let mut falls = None;
        for (index, strike) in self.strikes.iter_mut().enumerate() {
            if meets(strike) {
                strike.nth -= 1;
                if strike.nth == 0 {
                    falls = Some(index);
                    break;
                }
            }
        }
        let strike = self.strikes.remove(falls?);
        self.struck += 1;
        Some(strike.blow)
    }
}

async fn deal(blow: Option<Blow>) -> Fate {
    match blow {
        None => return Fate::Pass,
        Some(Blow::Kill(victim)) => victim.signal("KILL"),
        Some(Blow::Cut) => {}
        Some(Blow::Freeze(victim)) => {
            victim.freeze();
            return Fate::Pass;
        }
        Some(Blow::Arm(watch, strike)) => {
            watch.arm(*strike);
            return Fate::Pass;
        }
        Some(Blow::Forestall(directory, account)) => {
            directory.create_account(&account).await;
            return Fate::Pass;
        }
        Some(Blow::Delay(span)) => {
            tokio::time::sleep(span).await;
            return Fate::Pass;
        }
    }
    Fate::Drop
}
