//! The real program, with rules that hire and terminate.

use super::figures::Usage;
use crate::support::broker::{Broker, free_ports};
use crate::support::cache;
use crate::support::eventually;
use crate::support::replica::PROGRAM;
use crate::support::supervised::Supervised;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(2);

const RULES: &str = "
profile:
  on: [worker.hired]
  attributes: { userName: worker.user_name }
rules:
  - name: hired
    on: [worker.hired]
    assert: { claim: employed, precedence: profile, want: { account: present } }
  - name: terminated
    on: [worker.terminated]
    assert: { claim: terminated, precedence: leaver, from: effective_at, want: { active: false } }
";

pub(crate) struct Replica {
    process: Supervised,
    http_port: u16,
}

impl Replica {
    /// A deployment of its own, ready.
    pub(crate) async fn start(broker: &Broker, topic: &str, url: &str) -> Self {
        let directory = cache::run_directory().join(topic);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("rules.yaml"), RULES).unwrap();
        fs::write(directory.join("token"), "token").unwrap();
        let [http_port] = free_ports();
        let settings = settings(&broker.address, topic, url, http_port);
        let file = directory.join("usher.yaml");
        fs::write(&file, format!("{settings:#}")).unwrap();
        let init = command("init", &file).output().unwrap();
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        let process = Supervised::start(&command("run", &file), &directory.join("log"), None);
        let replica = Self { process, http_port };
        eventually("usher is ready", PATIENCE, async || replica.get("readyz").await.map(|_| ()))
            .await;
        replica
    }

    /// Waits until nobody is being worked on.
    pub(crate) async fn at_rest(&self) {
        eventually("everybody is at rest", PATIENCE, async || {
            let text = self.get("metrics").await?;
            let line = text.lines().find(|line| line.starts_with("usher_dirty_people{"))?;
            line.ends_with(" 0").then_some(())
        })
        .await;
    }

    async fn get(&self, path: &str) -> Option<String> {
        let url = format!("http://127.0.0.1:{}/{path}", self.http_port);
        let answer = reqwest::get(url).await.ok()?.error_for_status().ok()?;
        answer.text().await.ok()
    }

    /// What the process has used until now, as Linux counts it (`proc(5)`).
    pub(crate) fn usage(&self) -> Usage {
        let of = |file: &str| {
            fs::read_to_string(format!("/proc/{}/{file}", self.process.process())).unwrap()
        };
        let stat = of("stat");
        let after_name = stat.rsplit(')').next().unwrap();
        let field = |index: usize| -> u64 {
            after_name.split_whitespace().nth(index).unwrap().parse().unwrap()
        };
        // utime and stime, in hundredths of a second; rss, in pages of 4 KiB.
        let cpu = Duration::from_millis((field(11) + field(12)) * 10);
        Usage { at: Instant::now(), cpu, resident_bytes: field(21) * 4096 }
    }
}

fn command(name: &str, settings: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg(name).arg("--config").arg(settings);
    command
}

fn settings(brokers: &str, topic: &str, url: &str, http_port: u16) -> Value {
    let own = |which: &str| format!("{topic}.{which}");
    json!({
        "kafka": {
            "brokers": brokers,
            "group": topic,
            "instance_id": "a",
            "topics": {
                "control": own("control"),
                "people": own("people"),
                "audit": own("audit"),
                "parked": own("parked"),
            },
        },
        "http": { "listen": format!("127.0.0.1:{http_port}") },
        "tenants": [{
            "name": "acme",
            "rules": ["rules.yaml"],
            "sources": [{ "topic": topic, "format": "cloudevents", "types": ["worker.*"] }],
            "targets": [{
                "name": "main",
                "url": url,
                "token_file": "token",
                "limits": "none",
                "dialect": "rfc7644",
                "mode": "enforce",
                "concurrency": 16,
                "calls_per_second": 1_000,
            }],
        }],
    })
}
