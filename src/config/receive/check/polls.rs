//! What must hold of one poll.

use super::{of_tokens, of_topic};
use crate::config::Settings;
use crate::config::address;
use crate::config::receive::poll::Poll;
use crate::config::receive::{ReceiveSettings, Takes};
use jiff::SignedDuration;

/// No transmitter keeps a question for longer.
const ANSWER_MOST: SignedDuration = SignedDuration::from_mins(10);

/// Nobody who waits for a cut waits for longer.
const INTERVAL_MOST: SignedDuration = SignedDuration::from_mins(5);

/// More tokens than that are more than one answer should hold.
const BATCH_MOST: u32 = 1_000;

/// Everything that is wrong with the poll at `key`; each with the cure.
pub(super) fn of_poll(key: &str, poll: &Poll, settings: &Settings) -> Vec<String> {
    let mut problems = address::problems(&format!("{key}.endpoint"), &poll.endpoint);
    let is_sign = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if !(1..=64).contains(&poll.name.len()) || !poll.name.chars().all(is_sign) {
        problems.push(format!("{key}.name: must be 1 to 64 small letters, digits or `-`"));
    }
    if poll.endpoint.scheme() == "http" && !address::is_safe(&poll.endpoint) {
        problems.push(format!(
            "{key}.endpoint: is http, and the token would cross the network unencrypted; write https"
        ));
    }
    if poll.topic.trim().is_empty() {
        problems.push(format!("{key}.topic: is empty; name a topic"));
    }
    if poll.batch.get() > BATCH_MOST {
        problems.push(format!("{key}.batch: is more than {BATCH_MOST}; ask for less at once"));
    }
    if poll.answer_within > ANSWER_MOST {
        problems.push(format!("{key}.answer_within: is more than 10m; write less"));
    }
    if poll.interval > INTERVAL_MOST {
        problems.push(format!(
            "{key}.interval: is more than 5m, for which a leaver would stay in; write less"
        ));
    }
    for pointer in poll.key.iter().filter(|it| !it.starts_with('/')) {
        problems
            .push(format!("{key}.key: `{pointer}` is no JSON pointer; write it as /sub_id/email"));
    }
    match (&poll.token_file, &poll.grant) {
        (None, None) => problems.push(format!(
            "{key}: neither `token_file` nor `grant` is given, so the transmitter would not know who asks; \
             write one of them"
        )),
        (Some(_), Some(_)) => {
            problems.push(format!("{key}: both `token_file` and `grant` are given; keep one"));
        }
        (None, Some(grant)) => problems.extend(grant.problems(&format!("{key}.grant"))),
        (Some(_), None) => {}
    }
    problems.extend(of_tokens(key, &poll.expected()));
    problems.extend(of_topic((key, "topic"), (&poll.topic, Takes::Set), settings));
    problems
}

/// What is wrong with the address of `usher serve`.
pub(super) fn of_reads(receive: &ReceiveSettings) -> Vec<String> {
    let Some(url) = &receive.reads_at else { return Vec::new() };
    let mut problems = address::problems("receive.reads_at", url);
    if url.scheme() == "http" && !address::is_safe(url) {
        problems.push(
            "receive.reads_at: is http, and tokens would cross the network unencrypted; write https".to_owned(),
        );
    }
    problems
}
