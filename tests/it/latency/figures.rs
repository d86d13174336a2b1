//! Latencies become a table.

use std::fmt::Write;
use std::time::{Duration, Instant};

/// Latencies in order, from the shortest.
pub(crate) struct Figures(Vec<Duration>);

/// What a process used while it was measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) at: Instant,
    pub(crate) cpu: Duration,
    pub(crate) resident_bytes: u64,
}

impl Usage {
    pub(crate) fn since(self, before: &Self) -> Self {
        Self { cpu: self.cpu.saturating_sub(before.cpu), at: before.at, ..self }
    }
}

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) figures: Figures,
    pub(crate) process: Option<Usage>,
}

impl Figures {
    /// From when each person's event was due to when their cut arrived: who is late in sending does
    /// not make the program look quick.
    pub(crate) fn of(due: &[Instant], arrived: &[Instant]) -> Self {
        let each = due.iter().zip(arrived);
        let mut all: Vec<_> = each.map(|(due, at)| at.saturating_duration_since(*due)).collect();
        all.sort_unstable();
        Self(all)
    }

    /// In milliseconds: so many of all are no longer than it.
    pub(crate) fn at(&self, share: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a short list"
        )]
        let index = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len()) - 1;
        self.0.get(index).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1_000.0)
    }
}

const SHARES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

pub(crate) fn table(rows: &[Row]) -> String {
    let mut out = format!("{:<20}", "ms");
    for (name, _) in SHARES {
        write!(out, "{name:>9}").unwrap();
    }
    out.push_str("   CPU ms/s      MB\n");
    for row in rows {
        write!(out, "{:<20}", row.name).unwrap();
        for (_, share) in SHARES {
            write!(out, "{:>9.1}", row.figures.at(share)).unwrap();
        }
        if let Some(usage) = &row.process {
            write!(out, "{:>11.0}{:>8}", cpu_ms_a_second(usage), usage.resident_bytes >> 20)
                .unwrap();
        }
        out.push('\n');
    }
    out
}

fn cpu_ms_a_second(usage: &Usage) -> f64 {
    usage.cpu.as_secs_f64() * 1_000.0 / usage.at.elapsed().as_secs_f64()
}
