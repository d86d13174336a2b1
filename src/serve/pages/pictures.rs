//! Pictures, as SVG within the page; each says in words what it shows.

use crate::model::Zone;
use crate::reconcile::SeatsUsed;
use crate::serve::memory::Cut;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Days that are shown.
const DAYS: i64 = 14;
/// Up to how many seconds a cut took, and what that is called.
const STEPS: [(i64, &str); 4] =
    [(2, "up to 2 s"), (30, "up to 30 s"), (600, "up to 10 min"), (i64::MAX, "longer")];

pub(super) const WIDTH: usize = 560;
pub(super) const HEIGHT: usize = 120;
pub(super) const LEFT: usize = 36;
/// Before bars that have names.
const ROOM_FOR_NAMES: usize = 120;

/// How many people were cut off on each of the last days, and how long that took.
pub(super) fn cuts(cuts: &[Cut], zone: &Zone, now: Timestamp) -> Markup {
    let mut by_day: BTreeMap<Date, [usize; STEPS.len()]> = BTreeMap::new();
    for back in 0..DAYS {
        let day = now.saturating_sub(SignedDuration::from_hours(24 * back)).unwrap_or(now);
        by_day.entry(zone.day_of(day)).or_default();
    }
    for cut in cuts {
        let Some(day) = by_day.get_mut(&zone.day_of(cut.at)) else { continue };
        let step = STEPS.iter().position(|(most, _)| cut.took.as_secs() <= *most);
        if let Some(count) = step.and_then(|step| day.get_mut(step)) {
            *count += 1;
        }
    }
    let most = by_day.values().map(|day| day.iter().sum::<usize>()).max().unwrap_or(0);
    let total: usize = by_day.values().flatten().sum();
    let days: Vec<_> = by_day.into_iter().collect();
    html! {
        figure {
            figcaption { "Time to cut off: from the decision to the account that was read back, by day" }
            @if total == 0 {
                p.none { "Nobody was cut off in the last " (DAYS) " days, as far as the audit was read." }
            } @else {
                svg viewBox=(format!("0 0 {} {}", LEFT + WIDTH, HEIGHT + 40)) role="img" aria-labelledby="cuts-title" {
                    title id="cuts-title" {
                        (total) " cuts in " (DAYS) " days; at most " (most) " on one day"
                    }
                    (axis(most))
                    @for (at, (day, counts)) in days.iter().enumerate() {
                        (stack(at, days.len(), most, *day, counts))
                    }
                }
                (legend(&days))
            }
        }
    }
}

pub(super) fn axis(most: usize) -> Markup {
    html! {
        line.axis x1=(LEFT) y1=(HEIGHT + 10) x2=(LEFT + WIDTH) y2=(HEIGHT + 10) {}
        text x=(LEFT - 4) y="20" text-anchor="end" { (most) }
        text x=(LEFT - 4) y=(HEIGHT + 10) text-anchor="end" { "0" }
    }
}

fn stack(at: usize, of: usize, most: usize, day: Date, counts: &[usize]) -> Markup {
    let width = WIDTH / of.max(1);
    let x = LEFT + at * width;
    let tall = |count: usize| count * HEIGHT / most.max(1);
    html! {
        @for (step, count) in counts.iter().enumerate() {
            @let below = counts.iter().take(step).sum::<usize>();
            @if *count > 0 {
                rect class=(format!("bar-{step}")) x=(x + 3) width=(width.saturating_sub(6))
                    y=(10 + HEIGHT - tall(below + count)) height=(tall(below + count) - tall(below)) {}
            }
        }
        text x=(x + width / 2) y=(HEIGHT + 26) text-anchor="middle" { (day.strftime("%d.%m.").to_string()) }
    }
}

/// The same in words and numbers.
fn legend(days: &[(Date, [usize; STEPS.len()])]) -> Markup {
    let total = |step: usize| days.iter().filter_map(|(_, day)| day.get(step)).sum::<usize>();
    html! {
        p.soft {
            @for (step, (_, name)) in STEPS.iter().enumerate() {
                (name) ": " (total(step)) "; "
            }
        }
    }
}

/// Calls in each of the last hours, and how many the quota allows, if that can be told.
pub(super) fn calls(name: &str, hours: &[usize], quota_per_hour: Option<usize>) -> Markup {
    let total: usize = hours.iter().sum();
    let busiest = hours.iter().copied().max().unwrap_or(0);
    let most = quota_per_hour.filter(|quota| *quota <= busiest * 4).unwrap_or(busiest).max(busiest);
    let width = WIDTH / hours.len().max(1);
    let tall = |count: usize| count * HEIGHT / most.max(1);
    html! {
        figure {
            figcaption {
                "Calls that wrote at " (name) ", by hour, over the last " (hours.len()) " hours"
                @if let Some(quota) = quota_per_hour {
                    "; the quota allows " (quota) " an hour for all calls, reads among them, which the audit does not tell"
                }
            }
            @if total == 0 {
                p.none { "None." }
            } @else {
                svg viewBox=(format!("0 0 {} {}", LEFT + WIDTH, HEIGHT + 20)) role="img"
                    aria-label=(format!("{total} calls; {busiest} in the busiest hour")) {
                    (axis(most))
                    @if let Some(quota) = quota_per_hour.filter(|quota| *quota <= most) {
                        line.limit x1=(LEFT) x2=(LEFT + WIDTH) y1=(10 + HEIGHT - tall(quota)) y2=(10 + HEIGHT - tall(quota)) {}
                    }
                    @for (at, count) in hours.iter().enumerate() {
                        @if *count > 0 {
                            rect.bar-1 x=(LEFT + at * width) width=(width.saturating_sub(1).max(1))
                                y=(10 + HEIGHT - tall(*count)) height=(tall(*count).max(1)) {}
                        }
                    }
                }
            }
        }
    }
}

/// What accounts take of the seats that were bought, by each way of counting.
pub(super) fn seats(used: &SeatsUsed) -> Markup {
    let bought = used.seats.bought;
    let bars = [
        ("accounts", Some(used.provisioned)),
        ("active", Some(used.active)),
        ("seen in 30 days", used.seen),
    ];
    let known = || bars.iter().filter_map(|(name, count)| Some((*name, (*count)?)));
    let rows = known().count();
    let most = known().map(|(_, count)| count).chain([bought, 1]).max().unwrap_or(1);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let wide =
        |count: u64| usize::try_from(count).unwrap_or(most) * (WIDTH - ROOM_FOR_NAMES) / most;
    let told: Vec<String> = known().map(|(name, count)| format!("{count} {name}")).collect();
    html! {
        figure {
            figcaption { "Seats of " (used.target.as_str()) }
            svg viewBox=(format!("0 0 {} {}", LEFT + WIDTH, 30 * rows + 20)) role="img"
                aria-label=(format!("{bought} seats were bought; {}", told.join(", "))) {
                @for (at, (name, count)) in known().enumerate() {
                    text x=(ROOM_FOR_NAMES - 8) y=(30 * at + 24) text-anchor="end" { (name) }
                    rect.bar-1 x=(ROOM_FOR_NAMES) y=(30 * at + 10) width=(wide(count).max(1)) height="20" {}
                    text x=(ROOM_FOR_NAMES + wide(count) + 4) y=(30 * at + 24) { (count) }
                }
                @let x = ROOM_FOR_NAMES + wide(bought);
                line.limit x1=(x) x2=(x) y1="4" y2=(30 * rows + 4) {}
                text x=(x) y=(30 * rows + 18) text-anchor="end" { (bought) " bought" }
            }
        }
    }
}
