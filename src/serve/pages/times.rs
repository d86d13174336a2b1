//! Instants as people read them: as the clocks of the tenant show them, and how far off they are.

use crate::model::Zone;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

/// `Fri 2026-10-02 17:00:00` and `3 h ago`.
pub(super) fn time(at: Timestamp, zone: &Zone, now: Timestamp) -> Markup {
    html! {
        time datetime=(at) { (clock(at, zone)) }
        " "
        span.ago { (away(at, now)) }
    }
}

/// `Fri 2026-10-02 17:00:00`
pub(super) fn clock(at: Timestamp, zone: &Zone) -> String {
    zone.local(at).strftime("%a %Y-%m-%d %H:%M:%S").to_string()
}

/// `3 h ago`, `in 5 d`
pub(super) fn away(at: Timestamp, now: Timestamp) -> String {
    let length = at.duration_since(now);
    let told = length_of(length);
    if length.is_positive() {
        format!("in {told}")
    } else if length.abs() < SignedDuration::from_secs(1) {
        "now".to_owned()
    } else {
        format!("{told} ago")
    }
}

/// In the largest unit of which there is more than one.
fn length_of(length: SignedDuration) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let seconds = length.as_secs().abs();
    let fits = UNITS.iter().find(|(size, _)| seconds >= *size * 2).or(UNITS.last());
    fits.map_or(String::new(), |(size, unit)| format!("{} {unit}", seconds / size))
}

#[cfg(test)]
mod tests {
    use super::{away, clock, length_of};
    use crate::model::Zone;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn times_are_told_as_clocks_show_them_and_as_lengths() {
        let at: Timestamp = "2026-10-02T15:00:00Z".parse().unwrap();
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(clock(at, &berlin), "Fri 2026-10-02 17:00:00");
        let hours = |hours| at.saturating_add(SignedDuration::from_hours(hours)).unwrap();
        assert_eq!(away(at, hours(3)), "3 h ago");
        assert_eq!(away(hours(72), at), "in 3 d");
        assert_eq!(away(at, at), "now");
        assert_eq!(length_of(SignedDuration::from_secs(119)), "119 s");
        assert_eq!(length_of(SignedDuration::from_secs(121)), "2 min");
        assert_eq!(length_of(SignedDuration::from_millis(300)), "0 s");
    }
}
