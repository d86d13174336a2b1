//! Moments at which a local day begins near a change of the clocks, told by hand.
//!
//! Nothing here asks a database of zones: what a day means stands in the table, so that a reading of
//! it that is wrong shows. Checked against the tables of IANA, once.

use jiff::Timestamp;

/// The moment at which a day begins somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Midnight {
    pub zone: &'static str,
    /// The day that begins, and the one that ends.
    pub day: &'static str,
    pub day_before: &'static str,
    /// What clocks show then; none where they show it twice, for then it is another moment.
    pub clock: Option<&'static str>,
    /// In seconds since 1970.
    second: i64,
}

impl Midnight {
    pub fn at(&self) -> Timestamp {
        Timestamp::from_second(self.second).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

const fn midnight(
    zone: &'static str,
    (day_before, day): (&'static str, &'static str),
    clock: Option<&'static str>,
    second: i64,
) -> Midnight {
    Midnight { zone, day, day_before, clock, second }
}

/// Some of them. Clocks are put on and back at night, at midnight, and never.
pub const MIDNIGHTS: &[Midnight] = &[
    // 2026-03-28T23:00Z: the day has 23 hours; and 2026-03-29T22:00Z, when it is over.
    midnight("Europe/Berlin", ("2026-03-28", "2026-03-29"), Some("00:00:00"), 1_774_738_800),
    midnight("Europe/Berlin", ("2026-03-29", "2026-03-30"), Some("00:00"), 1_774_821_600),
    // 2026-10-24T22:00Z: the day has 25 hours; and 2026-10-25T23:00Z, when it is over.
    midnight("Europe/Berlin", ("2026-10-24", "2026-10-25"), Some("00:00:00"), 1_792_879_200),
    midnight("Europe/Berlin", ("2026-10-25", "2026-10-26"), Some("00:00"), 1_792_969_200),
    // 2026-03-28T22:00Z: there is no midnight, clocks go from 00:00 to 01:00.
    midnight("Asia/Beirut", ("2026-03-28", "2026-03-29"), Some("01:00:00"), 1_774_735_200),
    // 2026-10-24T22:00Z: clocks went back from 00:00 to 23:00 of the day before.
    midnight("Asia/Beirut", ("2026-10-24", "2026-10-25"), Some("00:00:00"), 1_792_879_200),
    // 2026-04-23T22:00Z and 2026-10-29T22:00Z: the same on other days.
    midnight("Africa/Cairo", ("2026-04-23", "2026-04-24"), Some("01:00:00"), 1_776_981_600),
    midnight("Africa/Cairo", ("2026-10-29", "2026-10-30"), Some("00:00:00"), 1_793_311_200),
    // 2026-11-01T04:00Z: midnight comes twice, and the day begins with the first.
    midnight("America/Havana", ("2026-10-31", "2026-11-01"), None, 1_793_505_600),
    // 2026-04-05T04:00Z and 2026-09-06T04:00Z.
    midnight("America/Santiago", ("2026-04-04", "2026-04-05"), Some("00:00:00"), 1_775_361_600),
    midnight("America/Santiago", ("2026-09-05", "2026-09-06"), Some("01:00:00"), 1_788_667_200),
    // 2026-04-30T18:30Z, and clocks never change.
    midnight("Asia/Kolkata", ("2026-04-30", "2026-05-01"), Some("00:00:00"), 1_777_573_800),
];
