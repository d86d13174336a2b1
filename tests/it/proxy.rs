//! A proxy of the environment has no business with a target on this machine.

use crate::support::cache;
use crate::support::replica::PROGRAM;
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Answers 404 to everybody, and counts them.
fn target() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/scim/v2", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            count.fetch_add(1, Ordering::SeqCst);
            // Whoever hangs up early has been counted.
            let _gone = stream.read(&mut [0; 4096]);
            let _gone = stream.write_all(
                b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            );
        }
    });
    (url, asked)
}

#[test]
fn a_target_on_loopback_is_never_asked_through_a_proxy() {
    let (url, asked) = target();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let proxy_url = format!("http://{}", proxy.local_addr().unwrap());

    let files = cache::run_directory().join("proxy");
    std::fs::create_dir_all(&files).unwrap();
    std::fs::write(files.join("token"), "a-token").unwrap();
    let target = json!({ "name": "main", "url": url, "token_file": "token", "mode": "observe" });
    let source = json!({ "topic": "hr", "format": "cloudevents", "types": ["worker.*"] });
    let tenant = json!({
        "name": "acme", "rules": ["none.yaml"], "sources": [source], "targets": [target],
    });
    let settings = json!({ "kafka": { "brokers": "localhost:1" }, "tenants": [tenant] });
    let file = files.join("usher.yaml");
    std::fs::write(&file, settings.to_string()).unwrap();

    let mut check = Command::new(PROGRAM);
    check.args(["target", "check", "main", "--config"]).arg(&file);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        check.env(name, &proxy_url);
    }
    check.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = check.output().unwrap();

    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(asked.load(Ordering::SeqCst) > 0, "the target was not asked: {said}");
    let met = proxy.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(met, Err(ErrorKind::WouldBlock), "the proxy was asked");
}
