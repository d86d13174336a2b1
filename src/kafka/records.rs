//! A message of the client library as a record of ours.

use crate::model::RawRecord;
use jiff::Timestamp;
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers, Message};
use std::panic::{AssertUnwindSafe, catch_unwind};

pub fn raw_record(message: &BorrowedMessage<'_>) -> RawRecord {
    let timestamp = message
        .timestamp()
        .to_millis()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH);
    RawRecord {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        timestamp,
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: message.headers().map(headers_of).unwrap_or_default(),
    }
}

/// The client library panics on a header whose name is not UTF-8; any producer can send one. Such a
/// header is passed on under a name that says so, without its value, which cannot be had.
fn headers_of(headers: &BorrowedHeaders) -> Vec<(String, Option<Vec<u8>>)> {
    (0..headers.count())
        .map(|index| {
            let header = catch_unwind(AssertUnwindSafe(|| {
                let header = headers.get(index);
                (header.key.to_owned(), header.value.map(<[u8]>::to_vec))
            }));
            header.unwrap_or_else(|_not_utf8| ("(name is not UTF-8)".to_owned(), None))
        })
        .collect()
}
