use super::*;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Keeps what is written.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What two events below a span look like.
fn logged(level: &str, format: LogFormat) -> String {
    let page = Page::default();
    let writer = page.clone();
    let settings = LogSettings { level: level.to_owned(), format };
    let lines = lines(&settings, move || writer.clone(), false).unwrap();
    tracing::subscriber::with_default(Registry::default().with(lines), || {
        tracing::info_span!("call", target.name = "main").in_scope(|| {
            tracing::info!(person.id = "p-1", attempt = 2, "called");
            tracing::debug!("a detail");
        });
    });
    page.text()
}

#[test]
fn a_json_line_has_its_ids_as_fields() {
    let text = logged("info", LogFormat::Json);
    let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(line["message"], "called");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["person.id"], "p-1");
    assert_eq!(line["attempt"], 2);
    assert_eq!(line["span"]["target.name"], "main");
}

#[test]
fn the_level_may_differ_by_room() {
    assert!(!logged("info", LogFormat::Text).contains("a detail"));
    assert!(logged("warn,usher=debug", LogFormat::Text).contains("a detail"));
    assert_eq!(logged("off", LogFormat::Text), "");
}

#[test]
fn an_unknown_level_is_refused() {
    let settings = LogSettings { level: "usher=loud".to_owned(), format: LogFormat::Json };
    let error = lines::<Registry, _>(&settings, std::io::sink, false).err().unwrap();
    assert!(error.to_string().contains("usher=loud"));
}

/// As the crate `log` has a line of a library judged that is then not written.
fn judge_a_foreign_line() {
    let callsite = tracing::callsite! {
        name: "foreign",
        kind: tracing::metadata::Kind::EVENT,
        target: "rdkafka::client",
        level: tracing::Level::DEBUG,
        fields: message
    };
    let metadata = tracing::callsite::Callsite::metadata(callsite);
    let _judged = tracing::dispatcher::get_default(|dispatch| dispatch.enabled(metadata));
}

#[test]
fn a_level_by_room_loses_no_line_of_another_room() {
    let page = Page::default();
    let writer = page.clone();
    let level = "info,usher::scim=debug".to_owned();
    let settings = LogSettings { level, format: LogFormat::Text };
    let lines = lines(&settings, move || writer.clone(), false).unwrap();
    tracing::subscriber::with_default(Registry::default().with(lines), || {
        for _ in 0..3 {
            judge_a_foreign_line();
            tracing::info!("the shard is taken over");
            judge_a_foreign_line();
            tracing::debug!(target: "usher::scim::client", "a call");
            tracing::debug!("a detail");
        }
    });
    let text = page.text();
    assert_eq!(text.matches("the shard is taken over").count(), 3, "{text}");
    assert_eq!(text.matches("a call").count(), 3, "{text}");
    assert!(!text.contains("a detail"));
}

#[test]
fn the_tls_library_is_silent_unless_it_is_asked() {
    let said = |level: &str| {
        let page = Page::default();
        let writer = page.clone();
        let settings = LogSettings { level: level.to_owned(), format: LogFormat::Text };
        let lines = lines(&settings, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(Registry::default().with(lines), || {
            tracing::error!(target: "rustls_platform_verifier::verification", "failed to verify");
        });
        page.text()
    };
    assert_eq!(said("info"), "");
    assert_ne!(said("info,rustls_platform_verifier=debug"), "");
}
