//! What a shard says of its brakes.

use super::Shard;
use crate::command::instruction::CommandKind;
use crate::engine::brakes::counters::Window;
use crate::engine::brakes::figures::{
    BrakeFigures, HeldFigure, LimitFigure, PauseFigure, ScopeWord, ShownFigure, VerdictWord,
};
use crate::engine::brakes::kind::{LimitKind, kind_of};
use crate::engine::deeds::step::bearing;
use crate::engine::desk::Desk;
use crate::engine::state::Seat;
use crate::model::hold::{Effect, Hold};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Shard {
    /// What is held and paused, and what of each limit is spent: for metrics, so in numbers.
    pub fn brake_figures(&self) -> BrakeFigures {
        let now = self.books.now;
        let approvers = self.desks.tenants().map(|tenant| {
            let may = self.orders.operators().who_may(CommandKind::Approve, tenant);
            (tenant.clone(), may.len())
        });
        let here = self.orders.is_stopped_here().then_some(PauseFigure {
            tenant: None,
            scope: ScopeWord::Replica,
            since: None,
        });
        let ordered = self.orders.pauses().iter().map(|order| PauseFigure {
            tenant: order.tenant.clone(),
            scope: ScopeWord::of(&order.scope),
            since: Some(order.since),
        });
        BrakeFigures {
            held: self.desks.all().flat_map(|desk| held(desk, now)).collect(),
            pauses: here.into_iter().chain(ordered).collect(),
            limits: self.desks.all().flat_map(|desk| limits(desk, now)).collect(),
            approvers: approvers.collect(),
            targets: self.desks.all().map(shown).collect(),
        }
    }
}

fn shown(desk: &Desk) -> ShownFigure {
    let shown = &desk.inventory().shown;
    ShownFigure {
        tenant: desk.tenant().clone(),
        target: desk.target().clone(),
        token_ends: shown.token_ends.or(desk.settings().reads.token_expires),
        unnamed_groups: shown.unnamed_groups.as_ref().map(std::collections::BTreeSet::len),
    }
}

/// What is held at a target, rows that are alike together.
fn held(desk: &Desk, now: Timestamp) -> Vec<HeldFigure> {
    let mut alike = BTreeMap::new();
    let waiting = desk.seats().filter(|(_, seat)| !seat.holds.is_empty());
    for (seat, hold) in waiting.flat_map(|(_, seat)| seat.holds.iter().map(move |it| (seat, it))) {
        let verdict = VerdictWord::of(&hold.verdict, now);
        let key = (hold.why.code.clone(), verdict);
        let (rows, cuts, oldest) = alike.entry(key).or_insert((0, 0, hold.since));
        *rows += 1;
        *cuts += usize::from(cuts_access(desk, (seat, hold), now));
        *oldest = hold.since.min(*oldest);
    }
    let figure = |((code, verdict), (rows, cuts, oldest))| HeldFigure {
        tenant: desk.tenant().clone(),
        target: desk.target().clone(),
        code,
        verdict,
        rows,
        cuts,
        oldest,
    };
    alike.into_iter().map(figure).collect()
}

fn cuts_access(desk: &Desk, (seat, hold): (&Seat, &Hold), now: Timestamp) -> bool {
    match &hold.effect {
        Effect::Operation(operation) => {
            match kind_of(operation, bearing(seat, desk.settings(), now)) {
                Some(LimitKind::Cut | LimitKind::Delete) => true,
                Some(
                    LimitKind::Create | LimitKind::Leave | LimitKind::Grant | LimitKind::Change,
                )
                | None => false,
            }
        }
        Effect::WayBack(_) | Effect::Identity => false,
    }
}

fn limits(desk: &Desk, now: Timestamp) -> impl Iterator<Item = LimitFigure> + '_ {
    let of_kind = move |kind: LimitKind| {
        let (in_hour, in_day) = desk.counters().done(kind, now);
        let limit = desk.settings().limits.kinds.get(&kind);
        [(Window::Hour, in_hour), (Window::Day, in_day)].map(|(window, spent)| LimitFigure {
            tenant: desk.tenant().clone(),
            target: desk.target().clone(),
            kind,
            window,
            spent,
            most: limit.and_then(|it| it.within(window).of(kind, desk.accounts())),
        })
    };
    LimitKind::ALL.into_iter().flat_map(of_kind)
}
