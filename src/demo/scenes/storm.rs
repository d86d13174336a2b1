//! Far more is said than is new, and somebody must be cut off in the midst of it.

use super::{Act, Scene, terminated};
use crate::demo::company::{Company, Person};
use crate::demo::event::Input;
use crate::demo::expect::Expectation::{CutOff, Ended, EverybodyHas, Overtook};
use serde_json::json;
use std::sync::Arc;

/// Updates of the storm.
const STORM: usize = 500;

/// A reorganisation, told by an HR system that says everything many times.
pub(super) fn rages(company: &Company) -> Scene {
    let (crowd, leaver) = (&company.crowd, &company.leaver);
    let value = |index: usize| format!("CC-{}", 100 + index / crowd.len().max(1));
    let update = |(index, person): (usize, &Arc<Person>)| {
        let data = json!({ "profile": { "cost_center": value(index) } });
        Input::hr(&format!("storm-{index}"), "worker.updated", person, data).of_crowd()
    };
    let mut inputs: Vec<_> = crowd.iter().cycle().take(STORM).enumerate().map(update).collect();
    inputs.push(terminated("end-4", leaver).saying("at once; the last of 501 events"));
    // The last round has not everybody in it.
    let rounds = |index: usize| (STORM.saturating_sub(index + 1)) / crowd.len().max(1);
    let last = |(index, person): (usize, &Arc<Person>)| {
        (Arc::clone(person), value(rounds(index) * crowd.len()))
    };
    let values: Vec<_> = crowd.iter().enumerate().map(last).collect();
    let attribute = "costCenter";
    Scene {
        title: "A storm, and a leaver in it",
        intro: vec![
            format!("HR sends {STORM} updates about {} people within moments; then", crowd.len()),
            format!(
                "{} is terminated. What waits is merged, and the cut goes first.",
                leaver.name()
            ),
        ],
        acts: vec![Act {
            inputs,
            expects: vec![
                CutOff { id: "end-4", person: Arc::clone(leaver) },
                Overtook { id: "end-4", values: values.clone(), attribute },
                Ended { id: "end-4", word: "applied" },
                EverybodyHas { values, attribute },
            ],
            ..Act::default()
        }],
    }
}
