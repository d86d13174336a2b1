//! The user confidence index (UCI): 1000 is trusted, 0 is the worst, in four bands.

use super::super::vendor::{
    Found, Names, Part, Risk, by_score, id_of, instant, text, unknown_value,
};
use super::SOURCE;
use crate::decode::canonical::Reading;
use crate::model::event_kind::EventKind;
use serde_json::{Value, json};

/// The lowest score of each level.
const BANDS: [(f64, &str); 4] =
    [(751.0, "low"), (501.0, "medium"), (251.0, "high"), (0.0, "critical")];
const MAX: f64 = 1000.0;

/// All scores of a person are one thing, which rises and falls.
const DETECTION: &str = "uci";

pub(super) fn is_one(value: &Value) -> bool {
    value.pointer("/confidences").is_some_and(Value::is_array)
        || value.pointer("/confidenceScore").is_some()
}

/// The score and its scale, for `data.risk`.
pub(super) fn score(value: &Value) -> Option<(f64, Value)> {
    let score = value.as_f64().filter(|it| (0.0..=MAX).contains(it))?;
    Some((score, json!({"min": 0, "max": 1000, "higher_is": "safer"})))
}

/// Of several scores the latest counts.
pub(super) fn read(part: &Part<'_>) -> Vec<Reading> {
    let value = part.value;
    let latest = match value.pointer("/confidences").and_then(Value::as_array) {
        Some(scores) => scores.iter().max_by_key(|it| it.pointer("/start").and_then(Value::as_u64)),
        None => Some(value),
    };
    vec![one(part, latest.unwrap_or(&Value::Null))]
}

fn one(part: &Part<'_>, confidence: &Value) -> Reading {
    let value = part.value;
    let user = text(value, &["/userId", "/user", "/username"]);
    let worker = Names::default().account(user).worker("userId")?;
    let score = confidence.pointer("/confidenceScore");
    let (number, scale) =
        score.and_then(self::score).ok_or_else(|| unknown_value("/confidences/confidenceScore"))?;
    let level = by_score(number, &BANDS);
    let time = instant(confidence, &["/start", "/timestamp", "/time"])?;
    let kind = if level == Some("low") { EventKind::RiskCleared } else { EventKind::RiskRaised };
    // The same score comes again some day, and is news then.
    let at = time.unwrap_or(part.recorded);
    let id = id_of(&["uci", user.unwrap_or_default(), &at.to_string(), &number.to_string()]);
    let risk = Risk {
        level,
        original: Some(number.to_string()),
        category: Some("uci"),
        reason: None,
        score: Some((number, scale)),
        detection: Some(DETECTION),
    };
    let data = risk.data(worker, (None, None));
    Found { source: SOURCE.to_owned(), id, kind, time, data }
        .admit("confidenceScore", part.settings)
}
