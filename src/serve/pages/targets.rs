//! Targets: how they are configured, what the audit shows of their calls, and what of limits is spent.

use super::sheet::{Cell, Sheet, Tone};
use super::{Page, Part, Section, pictures};
use crate::engine::brakes::counters::{Counters, Window};
use crate::engine::brakes::kind::LimitKind;
use crate::engine::settings::Mode;
use crate::model::ids::TargetName;
use crate::serve::deployment::{Target, Tenant};
use crate::serve::memory::{AtTarget, HOURS_KEPT, Known, TargetFigures};
use crate::serve::web::Visit;
use jiff::{SignedDuration, Timestamp};
use maud::html;

const COLUMNS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("mode", "Mode"),
    ("state", "State"),
    ("host", "Host"),
    ("dialect", "Dialect"),
    ("accounts", "Accounts bound"),
    ("held", "Held"),
    ("stuck", "Stuck"),
    ("working", "Worked on"),
    ("quota", "Quota"),
    ("calls_24h", "Calls that wrote, 24 h"),
    ("latency_p50_ms", "Half within, ms"),
    ("latency_p95_ms", "95 of 100 within, ms"),
    ("done_at", "Last call that worked"),
    ("failed_at", "Last trouble"),
    ("code", "Why"),
    ("token", "Token"),
    ("token_ends", "Token ends"),
    ("token_days", "Days left"),
];

const LIMITS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("kind", "Kind"),
    ("window", "Window"),
    ("spent", "Spent"),
    ("limit", "Limit"),
];

/// Whoever gets another token from a provider may need weeks.
const TOKEN_WARNED: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) fn page(visit: &Visit, tenant: &Tenant) -> Page {
    let known = visit.site.memory.known();
    let nobody = AtTarget::default();
    let (mut rows, mut limits, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for target in &tenant.targets {
        let tally = known.people.tally(&tenant.name);
        let standing = tally.and_then(|tally| tally.at(&target.place.target)).unwrap_or(&nobody);
        rows.push(row(visit, &known, (tenant, target), standing));
        limits.extend(spent(visit.now, &known, target, standing.accounts()));
        let figures = known.lines.target(&tenant.name, &target.place.target);
        let hours = figures.map(|it| it.calls_by_hour(visit.now, HOURS_KEPT)).unwrap_or_default();
        shown.push(pictures::calls(target.place.target.as_str(), &hours, quota_per_hour(target)));
    }
    let targets = Sheet {
        name: "targets".into(),
        caption: "Targets, by their configuration and by what the audit shows of them".to_owned(),
        columns: COLUMNS,
        rows,
        empty: "there is none".to_owned(),
        next: None,
    };
    let limits = Sheet {
        name: "limits".into(),
        caption: "What of the limits is spent".to_owned(),
        columns: LIMITS,
        rows: limits,
        empty: "nothing is spent of any limit".to_owned(),
        next: None,
    };
    let note = html! {
        p.soft {
            "Whether a target is closed right now, and how much of its quota reads take, the worker's "
            "metrics say (" code { "usher_target_fails" } "). When a token ends is read with the inventory ("
            code { "reads: [tokens]" } "), or said at the target (" code { "token_expires" } ")."
        }
    };
    let pictures = html! { h2 { "Calls" } @for picture in &shown { (picture) } };
    Page::of(
        Section::Targets,
        tenant,
        vec![Part::Sheet(targets), Part::Markup(note), Part::Sheet(limits), Part::Markup(pictures)],
    )
}

fn row(
    visit: &Visit,
    known: &Known,
    (tenant, target): (&Tenant, &Target),
    standing: &AtTarget,
) -> Vec<Cell> {
    let name = target.place.target.as_str();
    let figures = known.lines.target(&tenant.name, &target.place.target);
    let latency = figures.and_then(TargetFigures::latency);
    let milliseconds = |it: Option<u64>| {
        it.map_or(Cell::Nothing, |it| Cell::Number(i64::try_from(it).unwrap_or(i64::MAX)))
    };
    let failed = figures.and_then(|figures| figures.failed.as_ref());
    let is_worse = failed.is_some_and(|(at, _)| {
        figures.and_then(|figures| figures.done_at).is_none_or(|done| done < *at)
    });
    let state = match (figures, is_worse) {
        (None, _) => Cell::text("nothing was called yet"),
        (Some(_), true) => Cell::Mark(Tone::Waits, "last word was trouble"),
        (Some(_), false) => Cell::Mark(Tone::Good, "works"),
    };
    let people = |state: &str, count: usize| Cell::Count {
        to: visit.to_page(&tenant.name, Section::People, &[("state", state), ("target", name)]),
        number: i64::try_from(count).unwrap_or(i64::MAX),
    };
    let day = figures.map_or(0, |it| it.calls_by_hour(visit.now, 24).iter().sum());
    vec![
        Cell::text(name),
        match target.mode {
            Mode::Observe => Cell::Mark(Tone::Busy, "observe"),
            Mode::Enforce => Cell::Mark(Tone::Good, "enforce"),
        },
        state,
        Cell::text(&target.host),
        Cell::text(&target.dialect),
        Cell::count(standing.accounts()),
        people("held", standing.held),
        people("stuck", standing.stuck),
        people("working", standing.working),
        Cell::text(quota(target)),
        Cell::count(day),
        milliseconds(latency.map(|(half, _)| half)),
        milliseconds(latency.map(|(_, most)| most)),
        Cell::at(figures.and_then(|figures| figures.done_at)),
        Cell::at(failed.map(|(at, _)| *at)),
        Cell::code(failed.map(|(_, code)| code)),
    ]
    .into_iter()
    .chain(token(visit.now, known, tenant, target))
    .collect()
}

/// How its token stands, when it ends, and in how many days, which are never rounded up.
fn token(now: Timestamp, known: &Known, tenant: &Tenant, target: &Target) -> [Cell; 3] {
    let at = known.inventories.at(&tenant.name, &target.place.target);
    let read = at.and_then(|at| at.head.shown.token_ends);
    let Some(ends) = read.or(target.place.token_expires) else {
        return [Cell::text("end not known"), Cell::Nothing, Cell::Nothing];
    };
    let left = ends.duration_since(now);
    let state = if left.is_negative() || left.is_zero() {
        Cell::Mark(Tone::Bad, "has ended")
    } else if left <= TOKEN_WARNED {
        Cell::Mark(Tone::Waits, "ends within 30 days")
    } else {
        Cell::Mark(Tone::Good, "valid")
    };
    [state, Cell::At(ends), Cell::Number(left.as_hours().div_euclid(24))]
}

fn quota(target: &Target) -> String {
    let quota = target.quota;
    let milliseconds = quota.window.as_millis();
    if milliseconds % 1_000 == 0 {
        format!("{} calls in {} s", quota.calls, milliseconds / 1_000)
    } else {
        format!("{} calls in {milliseconds} ms", quota.calls)
    }
}

fn quota_per_hour(target: &Target) -> Option<usize> {
    let window = usize::try_from(target.quota.window.as_millis()).ok().filter(|it| *it > 0)?;
    let hour = usize::try_from(SignedDuration::from_hours(1).as_millis()).ok()?;
    target.quota.calls.checked_mul(hour).map(|calls| calls / window)
}

/// Of each kind of which anything is spent.
fn spent(now: Timestamp, known: &Known, target: &Target, accounts: usize) -> Vec<Vec<Cell>> {
    let place = &target.place;
    let names: Vec<&TargetName> = std::iter::once(&place.target).chain(&place.formerly).collect();
    let nothing = Counters::default();
    let counters = known.orders.counters(&place.tenant, &names).unwrap_or(&nothing);
    let of_kind = |kind: LimitKind| {
        let limit = place.limits.kinds.get(&kind);
        let (in_hour, in_day) = counters.done(kind, now);
        [(Window::Hour, in_hour), (Window::Day, in_day)].map(|(window, spent)| {
            let limit = limit.and_then(|it| it.within(window).of(kind, accounts));
            (
                spent,
                vec![
                    Cell::text(place.target.as_str()),
                    Cell::text(kind.to_string()),
                    Cell::text(window.word()),
                    Cell::count(spent),
                    limit.map_or(Cell::text("none"), Cell::count),
                ],
            )
        })
    };
    let all = LimitKind::ALL.into_iter().flat_map(of_kind);
    all.filter(|(spent, _)| *spent > 0).map(|(_, row)| row).collect()
}
