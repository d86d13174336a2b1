//! What must hold within `receive`, and between its doors and what tenants read.

use super::clients;
use super::{Door, Proof, ReceiveSettings, SetSettings, Takes};
use crate::config::Settings;
use crate::config::address;
use crate::decode::Format;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::mem::discriminant;
use std::net::IpAddr;

mod polls;

/// A sender does not wait for longer; most give up after ten to thirty seconds.
const WITHIN_MOST: SignedDuration = SignedDuration::from_secs(30);

/// Kafka takes no record of a megabyte unless it is told to.
const BODY_BYTES_MOST: usize = 8 * 1024 * 1024;

/// Everything that is wrong with `receive`; each begins with the key and ends with the cure.
pub(in crate::config) fn problems(settings: &Settings) -> Vec<String> {
    let receive = &settings.receive;
    let mut problems = of_the_process(receive);
    problems.extend(polls::of_reads(receive));
    problems.extend(clients::problems(settings));
    let mut paths = BTreeMap::new();
    let mut topics: BTreeMap<&str, (usize, &Proof)> = BTreeMap::new();
    for (index, door) in receive.doors.iter().enumerate() {
        let key = format!("receive.doors[{index}]");
        problems.extend(of_door(&key, door));
        problems.extend(of_topic((&key, "takes"), (&door.topic, door.takes), settings));
        if let Some(first) = paths.insert(&door.path, index) {
            problems.push(format!(
                "{key}.path: `{}` is also that of receive.doors[{first}]; each door has its own",
                door.path
            ));
        }
        match topics.get(door.topic.as_str()) {
            Some((first, proof)) if discriminant(*proof) != discriminant(&door.proof) => {
                problems.push(format!(
                    "{key}.topic: `{}` is also that of receive.doors[{first}], whose senders show \
                     otherwise who they are; a topic holds what is trusted alike, so give each its own",
                    door.topic
                ));
            }
            Some(_) => {}
            None => {
                topics.insert(&door.topic, (index, &door.proof));
            }
        }
    }
    for (index, poll) in receive.polls.iter().enumerate() {
        let key = format!("receive.polls[{index}]");
        problems.extend(polls::of_poll(&key, poll, settings));
        if receive.polls.iter().take(index).any(|it| it.name == poll.name) {
            problems.push(format!(
                "{key}.name: `{}` stands there twice; each poll has its own",
                poll.name
            ));
        }
        if let Some((first, proof)) = topics.get(poll.topic.as_str())
            && !matches!(proof, Proof::Set(_))
        {
            problems.push(format!(
                "{key}.topic: `{}` is also that of receive.doors[{first}], whose senders show otherwise who \
                 they are; a topic holds what is trusted alike, so give each its own",
                poll.topic
            ));
        }
    }
    problems
}

fn of_the_process(receive: &ReceiveSettings) -> Vec<String> {
    let mut problems = Vec::new();
    let is_encrypted = receive.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    if !is_of_this_machine(receive.listen.ip()) && !is_encrypted {
        problems.push(format!(
            "receive.listen: {} can be reached from outside, and tokens and events would cross the \
             network unencrypted; end TLS before it and say so by `receive.public_url: https://…`, or \
             listen on 127.0.0.1",
            receive.listen
        ));
    }
    if let Some(url) = &receive.public_url {
        problems.extend(address::problems("receive.public_url", url));
    }
    if receive.within > WITHIN_MOST {
        problems.push("receive.within: is more than 30s; senders give up sooner".to_owned());
    }
    if receive.body_bytes_max.get() > BODY_BYTES_MOST {
        problems.push(format!(
            "receive.body_bytes_max: is more than {BODY_BYTES_MOST}; send less at once"
        ));
    }
    problems
}

fn of_door(key: &str, door: &Door) -> Vec<String> {
    let mut problems = Vec::new();
    if !is_path(&door.path) {
        problems.push(format!(
            "{key}.path: `{}` is no path of a door; write it as /hr or /security/okta, in small letters, \
             digits and `-`",
            door.path
        ));
    }
    if door.topic.trim().is_empty() {
        problems.push(format!("{key}.topic: is empty; name a topic"));
    }
    match (door.takes, &door.source) {
        (Takes::Data(_), None) => problems.push(format!(
            "{key}.source: is not said, and the events that the door makes need one; write a URI such as \
             https://hr.example.com"
        )),
        (Takes::Json | Takes::Set, Some(_)) => problems.push(format!(
            "{key}.source: says nothing where `takes` is `json` or `set`, for the body is passed on as it \
             is; leave it out"
        )),
        (_, Some(source)) if source.trim().is_empty() || source.len() > 255 => {
            problems.push(format!("{key}.source: is empty or too long; write a URI"));
        }
        (Takes::Cloudevents | Takes::Json | Takes::Set, None)
        | (Takes::Cloudevents | Takes::Data(_), Some(_)) => {}
    }
    for pointer in &door.key {
        if !pointer.starts_with('/') {
            problems.push(format!(
                "{key}.key: `{pointer}` is no JSON pointer; write it as /data/worker/employee_id"
            ));
        }
    }
    problems.extend(of_proof(&format!("{key}.proof"), door));
    problems
}

fn of_proof(key: &str, door: &Door) -> Vec<String> {
    let takes_tokens = door.takes == Takes::Set;
    match &door.proof {
        Proof::Signature(signature) if !takes_tokens => {
            signature.scheme.pieces().problems(&format!("{key}.signature.scheme"))
        }
        Proof::Bearer(_) if !takes_tokens => Vec::new(),
        Proof::Set(set) if takes_tokens => of_tokens(&format!("{key}.set"), set),
        Proof::Bearer(_) | Proof::Signature(_) | Proof::Set(_) => vec![format!(
            "{key}: `set` goes with `takes: set`, and with nothing else; say both, or neither"
        )],
    }
}

fn of_tokens(key: &str, set: &SetSettings) -> Vec<String> {
    let is_empty = |text: &String| text.trim().is_empty();
    let mut problems = Vec::new();
    if is_empty(&set.issuer) {
        problems.push(format!("{key}.issuer: is empty; write what tokens say in `iss`"));
    }
    if set.audience.is_empty() || set.audience.iter().any(is_empty) {
        problems.push(format!(
            "{key}.audience: is empty, so tokens for others would be taken; write what the transmitter was \
             told to say in `aud`"
        ));
    }
    problems
}

/// Where records go: never among usher's own, and to somebody who can read them. `member`: which of the key's
/// says in what form they come.
fn of_topic(
    (key, member): (&str, &str),
    (its_topic, takes): (&str, Takes),
    settings: &Settings,
) -> Vec<String> {
    let mut problems = Vec::new();
    let topics = &settings.kafka.topics;
    if let Some((name, _)) = topics.named().iter().find(|(_, topic)| *topic == its_topic) {
        problems.push(format!(
            "{key}.topic: `{its_topic}` is kafka.topics.{name}; senders must not write there, so name \
             another"
        ));
    }
    let sources = settings.tenants.iter().flat_map(|tenant| &tenant.sources);
    for source in sources.filter(|source| source.topic == its_topic) {
        let wanted = match takes {
            Takes::Cloudevents | Takes::Data(_) => {
                (Format::Cloudevents, "CloudEvents", "cloudevents")
            }
            Takes::Set => (Format::Set, "security event tokens", "set"),
            Takes::Json => continue,
        };
        let (format, what, word) = wanted;
        if source.format != format {
            problems.push(format!(
                "{key}.{member}: {what} go to `{its_topic}`, whose source is of another `format`; say \
                 `format: {word}` there"
            ));
        }
    }
    problems
}

/// What can be meant, but is probably not; each with the cure.
pub(in crate::config) fn doubts(settings: &Settings) -> Vec<String> {
    let is_read = |topic: &str| {
        settings.tenants.iter().flat_map(|tenant| &tenant.sources).any(|it| it.topic == topic)
    };
    let unread =
        settings.receive.doors.iter().enumerate().filter(|(_, door)| !is_read(&door.topic));
    let mut doubts: Vec<String> = unread
        .map(|(index, door)| {
            format!(
                "receive.doors[{index}].topic: no tenant's sources name `{}`, so nobody would act on what \
                 comes in; add it to a tenant's `sources`",
                door.topic
            )
        })
        .collect();
    for (index, door) in settings.receive.doors.iter().enumerate() {
        let Proof::Set(set) = &door.proof else { continue };
        let key = format!("receive.doors[{index}].proof.set.issuer");
        doubts.extend(doubt_of_issuer(&key, (&door.topic, &set.issuer), settings));
    }
    for (index, poll) in settings.receive.polls.iter().enumerate() {
        let key = format!("receive.polls[{index}]");
        if !is_read(&poll.topic) {
            doubts.push(format!(
                "{key}.topic: no tenant's sources name `{}`, so nobody would act on what comes in; add it to \
                 a tenant's `sources`",
                poll.topic
            ));
        }
        let (key, of) = (format!("{key}.issuer"), (poll.topic.as_str(), poll.issuer.as_str()));
        doubts.extend(doubt_of_issuer(&key, of, settings));
    }
    doubts.extend(clients::doubts(settings));
    doubts
}

/// A topic that is read, but by nobody who knows the issuer: every token would be parked.
fn doubt_of_issuer(
    key: &str,
    (topic, issuer): (&str, &str),
    settings: &Settings,
) -> Option<String> {
    let sources = settings.tenants.iter().flat_map(|tenant| &tenant.sources);
    let mut readers = sources.filter(|source| source.topic == topic).peekable();
    readers.peek()?;
    let is_known = readers.any(|source| source.transmitters.iter().any(|it| it.issuer == issuer));
    (!is_known).then(|| {
        format!(
            "{key}: no source of `{topic}` has `{issuer}` among its `transmitters`, so its tokens are not \
             proved here and are parked by the worker; name it there"
        )
    })
}

fn is_path(path: &str) -> bool {
    let is_sign = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_sign);
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_part)) && path.len() <= 100
}

fn is_of_this_machine(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}
