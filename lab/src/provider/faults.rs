//! What shall go wrong, and whose turn it is. The seed decides where chance does.

use crate::chance::Chance;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Orders that wait at most; older ones go first.
const FAULTS_MAX: usize = 100;

/// Longest time that anything is kept back.
const AFTER_MAX: SignedDuration = SignedDuration::from_mins(10);

/// One order to misbehave; as JSON, what `/sandbox/faults` takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub kind: Kind,
    /// So many of the next calls. Without `next`, `for` and `share`: the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
    /// For so long: `10s`.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasts: Option<SignedDuration>,
    /// Such a part of the calls, drawn from the seed: `0.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    #[serde(default)]
    pub only: Only,
    /// Of `status` and `land_late`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Seconds; goes into `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    #[serde(default)]
    pub retry_after_form: RetryAfterForm,
    /// How late, of `slow` and `land_late`: `3s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<SignedDuration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answers with `status` (503) and does nothing.
    Status,
    /// Answers 200 with a body that says it failed, and does nothing.
    OkWithError,
    /// Does it, and answers `after` (3 s) later.
    Slow,
    /// Does it, and closes the connection without a word.
    DropReply,
    /// Answers with `status` (504), and does it `after` (3 s) later.
    LandLate,
    /// Resets the connection, and does nothing.
    Reset,
    /// Does it, and breaks off in the middle of the body.
    HalfBody,
    /// Does it, and says that the body is HTML.
    WrongMediaType,
}

/// Which calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    #[default]
    All,
    Reads,
    Writes,
}

/// How `Retry-After` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfterForm {
    #[default]
    Seconds,
    /// An HTTP date.
    Date,
    /// `3 seconds`, which no standard knows and one provider sends.
    Words,
}

/// An order that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "this is no fault; write for example {{\"kind\":\"status\",\"status\":503,\"next\":3}}"
    )]
    Unreadable(#[source] serde_json::Error),
    #[error("the fault `{0}` is not KEY=VALUE,…; write for example kind=status,status=503,next=3")]
    NotPairs(String),
    #[error("a share is a number from 0 to 1")]
    Share,
    #[error("a status is a number from 200 to 599")]
    Status,
    #[error("`for` and `after` must not be negative, and `after` not above 10 minutes")]
    Span,
}

impl Fault {
    /// Of that kind, once.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            next: None,
            lasts: None,
            share: None,
            only: Only::All,
            status: None,
            retry_after: None,
            retry_after_form: RetryAfterForm::Seconds,
            after: None,
        }
    }

    /// From JSON.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let fault: Self = serde_json::from_slice(json).map_err(Error::Unreadable)?;
        fault.check()?;
        Ok(fault)
    }

    /// From `kind=status,status=503,share=0.2`.
    pub fn from_pairs(text: &str) -> Result<Self, Error> {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            let value = value.trim();
            let value = serde_json::from_str(value).unwrap_or_else(|_word| value.into());
            Some((name.trim().to_owned(), value))
        };
        let pairs: Option<serde_json::Map<_, _>> = text.split(',').map(pair).collect();
        let pairs = pairs.ok_or_else(|| Error::NotPairs(text.to_owned()))?;
        Self::parse(serde_json::Value::Object(pairs).to_string().as_bytes())
    }

    fn check(&self) -> Result<(), Error> {
        if self.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err(Error::Share);
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err(Error::Status);
        }
        let spans = [self.lasts, self.after];
        if spans.into_iter().flatten().any(|span| span.is_negative())
            || self.after.is_some_and(|after| after > AFTER_MAX)
        {
            return Err(Error::Span);
        }
        Ok(())
    }

    /// How late, if it is said or not.
    pub fn delay(&self) -> std::time::Duration {
        self.after.unwrap_or(SignedDuration::from_secs(3)).unsigned_abs()
    }

    /// The header `Retry-After`, if there shall be one.
    pub fn retry_after(&self, now: Timestamp) -> Option<String> {
        let seconds = self.retry_after?;
        Some(match self.retry_after_form {
            RetryAfterForm::Seconds => seconds.to_string(),
            RetryAfterForm::Words => format!("{seconds} seconds"),
            RetryAfterForm::Date => {
                let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
                let at = now.saturating_add(SignedDuration::from_secs(seconds));
                at.unwrap_or(Timestamp::MAX).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
            }
        })
    }

    fn concerns(&self, method: &str) -> bool {
        let is_read = matches!(method, "GET" | "HEAD");
        match self.only {
            Only::All => true,
            Only::Reads => is_read,
            Only::Writes => !is_read,
        }
    }
}

/// All orders, the first that applies first.
#[derive(Clone, Debug)]
pub struct Faults {
    orders: Vec<Order>,
    chance: Chance,
}

#[derive(Clone, Debug)]
struct Order {
    fault: Fault,
    left: Option<u32>,
    until: Option<Timestamp>,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self { orders: Vec::new(), chance: Chance::new(seed) }
    }

    /// Takes an order, at that time.
    pub fn add(&mut self, fault: Fault, now: Timestamp) {
        if self.orders.len() >= FAULTS_MAX {
            self.orders.remove(0);
        }
        let is_bounded = fault.next.is_some() || fault.lasts.is_some() || fault.share.is_some();
        let left = if is_bounded { fault.next } else { Some(1) };
        let until = fault.lasts.map(|lasts| now.saturating_add(lasts).unwrap_or(Timestamp::MAX));
        self.orders.push(Order { fault, left, until });
    }

    pub fn clear(&mut self) {
        self.orders.clear();
    }

    /// The orders that are not used up, as they were given.
    pub fn open(&mut self, now: Timestamp) -> Vec<Fault> {
        self.forget(now);
        self.orders.iter().map(|order| order.fault.clone()).collect()
    }

    /// What shall befall a call of that method.
    pub fn draw(&mut self, method: &str, now: Timestamp) -> Option<Fault> {
        self.forget(now);
        for order in &mut self.orders {
            if !order.fault.concerns(method) {
                continue;
            }
            let hits = order.fault.share.is_none_or(|share| {
                // A thousandth is fine enough to misbehave by.
                let drawn = u32::try_from(self.chance.below(1_000)).unwrap_or(0);
                f64::from(drawn) < share * 1_000.0
            });
            if hits {
                order.left = order.left.map(|left| left.saturating_sub(1));
                return Some(order.fault.clone());
            }
        }
        None
    }

    fn forget(&mut self, now: Timestamp) {
        self.orders
            .retain(|order| order.left != Some(0) && order.until.is_none_or(|until| now < until));
    }
}
