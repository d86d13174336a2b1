//! What a target's licence is used by, counted in each of the ways that contracts count.

use super::inventory::{Inventory, LastSeen};
use super::money::{Amount, NoAmount};
use crate::model::Code;
use crate::model::ids::TargetName;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What was bought, as the configuration says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seats {
    /// How many there are.
    pub bought: u64,
    /// Of one seat.
    pub cost: Amount,
    /// Three letters, such as EUR.
    pub currency: String,
    pub per: Per,
    /// Which accounts take one, by the contract.
    pub counts: Counts,
    /// When the contract renews.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub renews: Option<Date>,
}

/// How often it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    Month,
    Year,
}

/// Which accounts take a seat, by the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Every account.
    Provisioned,
    Active,
    /// Those that were used within 30 days.
    #[serde(rename = "seen_30d")]
    Seen,
}

/// Why `seats` cannot be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeatsRefused {
    #[error(transparent)]
    Cost(#[from] NoAmount),
    #[error("the currency is not three capital letters; write it like EUR")]
    Currency,
}

impl SeatsRefused {
    #[expect(clippy::unused_self, reason = "as all errors have it")]
    pub fn code(self) -> Code {
        Code::SeatsRefused
    }
}

impl Seats {
    /// What serde cannot know of it.
    pub fn check(&self) -> Result<(), SeatsRefused> {
        let is_code =
            self.currency.len() == 3 && self.currency.bytes().all(|it| it.is_ascii_uppercase());
        if is_code { Ok(()) } else { Err(SeatsRefused::Currency) }
    }
}

/// The three counts side by side: where they differ, somebody should look at the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatsUsed {
    pub target: TargetName,
    pub seats: Seats,
    pub provisioned: u64,
    /// Of which the target does not say that they are inactive.
    pub active: u64,
    /// `null`: the target does not say when accounts were used.
    pub seen: Option<u64>,
    /// By the way in which the contract counts.
    pub used: Option<u64>,
    /// Bought and not used; below zero: more are used than were bought.
    pub left: Option<i64>,
    /// `null`: it is not concluded who is an orphan.
    pub orphans: Option<Cost>,
    pub inactive: Cost,
    /// To be printed with every amount.
    pub caution: &'static str,
}

/// What some accounts cost, if each takes a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    pub accounts: u64,
    /// Of these, those that take a seat by the way in which the contract counts.
    pub counted: u64,
    pub amount: Amount,
}

/// What a contract counts is not public; so no amount is a saving.
const CAUTION: &str = "only if the contract counts seats this way, and frees them";

const SEEN_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Whether an account takes a seat; `None`: the target does not say what it would take to know.
pub(super) fn counts(
    seats: &Seats,
    active: Option<bool>,
    seen: LastSeen,
    now: Timestamp,
) -> Option<bool> {
    match seats.counts {
        Counts::Provisioned => Some(true),
        Counts::Active => Some(active != Some(false)),
        Counts::Seen => match seen {
            LastSeen::Untold => None,
            LastSeen::Never => Some(false),
            LastSeen::At(at) => Some(now.duration_since(at) <= SEEN_WITHIN),
        },
    }
}

/// Counts the accounts of a target; `orphans`: their numbers, if they are known.
pub(super) fn used(
    inventory: &Inventory,
    seats: &Seats,
    orphans: Option<&[u32]>,
    now: Timestamp,
) -> SeatsUsed {
    let accounts = || inventory.accounts.iter();
    let many = |it: usize| it as u64;
    let provisioned = many(accounts().count());
    let active = many(accounts().filter(|it| it.active != Some(false)).count());
    let tells = accounts().any(|it| it.seen != LastSeen::Untold);
    let is_seen = |seen| matches!(seen, LastSeen::At(at) if now.duration_since(at) <= SEEN_WITHIN);
    let seen = tells.then(|| many(accounts().filter(|it| is_seen(it.seen)).count()));
    let used = match seats.counts {
        Counts::Provisioned => Some(provisioned),
        Counts::Active => Some(active),
        Counts::Seen => seen,
    };
    let cost = |numbers: &mut dyn Iterator<Item = u32>| {
        let mut cost = Cost::default();
        for account in numbers.filter_map(|number| inventory.account(number)) {
            cost.accounts += 1;
            cost.counted +=
                u64::from(counts(seats, account.active, account.seen, now) == Some(true));
        }
        Cost { amount: seats.cost.times(cost.counted), ..cost }
    };
    let inactive = (0_u32..).zip(accounts()).filter(|(_, it)| it.active == Some(false));
    SeatsUsed {
        target: inventory.target.clone(),
        seats: seats.clone(),
        provisioned,
        active,
        seen,
        used,
        left: used.map(|used| signed(seats.bought) - signed(used)),
        orphans: orphans.map(|orphans| cost(&mut orphans.iter().copied())),
        inactive: cost(&mut inactive.map(|(number, _)| number)),
        caution: CAUTION,
    }
}

fn signed(many: u64) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}
