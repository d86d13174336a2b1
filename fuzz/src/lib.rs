//! What fuzz targets share: records of sources, and inputs in two parts.

use std::sync::LazyLock;
use usher_core::decode::{MAPPING_PRESETS, SourceSettings};
use usher_core::model::RawRecord;

/// A source of every format, with every description that ships.
pub static SOURCES: LazyLock<Vec<SourceSettings>> = LazyLock::new(|| {
    let of = |format: &str, more: &str| {
        let text = format!(r#"{{"topic":"t","format":"{format}","types":["*"]{more}}}"#);
        serde_json::from_str(&text).expect("the settings of a source")
    };
    let formats = [
        "cloudevents",
        "netskope",
        "entra",
        "defender",
        "crowdstrike",
        "sentinelone",
        "cortex",
        "ocsf",
        "adp",
    ];
    let decoded = r#","transmitters":[{"issuer":"https://tx.example.com","trust":"decoded","max_age":"87600h"}]"#;
    let signed = r#","transmitters":[{"issuer":"https://tx.example.com","audience":["a"],"jwks":"https://tx.example.com/k"}]"#;
    let mut sources: Vec<SourceSettings> = formats.iter().map(|format| of(format, "")).collect();
    sources.extend([of("set", decoded), of("set", signed), SourceSettings::of_findings("t")]);
    let mapped = MAPPING_PRESETS.iter();
    sources.extend(mapped.map(|preset| of("mapped", &format!(r#","mapping":"{preset}""#))));
    sources
});

/// A record with this value, and the header of gzip or that of events in binary mode if asked for.
pub fn record(value: &[u8], headers: u8) -> RawRecord {
    let header = |name: &str, text: &str| (name.to_owned(), Some(text.as_bytes().to_vec()));
    let headers = match headers & 3 {
        0 | 1 => Vec::new(),
        2 => vec![header("content-encoding", "gzip")],
        _ => vec![
            header("ce_specversion", "1.0"),
            header("ce_id", "1"),
            header("ce_source", "urn:hr"),
            header("ce_type", "io.usher.worker.terminated.v1"),
        ],
    };
    RawRecord {
        topic: "t".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: "2026-10-01T09:00:00Z".parse().expect("an instant"),
        key: None,
        value: Some(value.to_vec()),
        headers,
    }
}

/// What stands before the first byte 0, and what behind it.
pub fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    let mut halves = data.splitn(2, |byte| *byte == 0);
    (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
}
