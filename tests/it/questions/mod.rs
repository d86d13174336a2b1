//! `usher explain`, `usher simulate` and `usher rules diff` beside a worker: what they answer, and
//! that they leave nothing behind.

mod asked;

use crate::rules_walk;
use crate::support::events::{Event, Person};
use crate::support::replica::PROGRAM;
use crate::support::settings::{VPN, topic};
use crate::support::world::Plan;
use crate::support::{World, cache};
use asked::{Asked, milder_rules, remove_records, traces, write_garbage};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::process::Command;

/// An HR event about somebody, effective at an instant.
fn dated(kind: &str, person: &Person, effective_at: Timestamp) -> Event {
    let worker = json!({ "employee_id": person.employee_id, "user_name": person.user_name });
    let data = json!({ "worker": worker, "effective_at": effective_at.to_string() });
    Event::new(kind, "https://hr.example.com", data)
}

fn joined<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [first, more].concat()
}

/// The field of the only target.
fn field<'a>(explained: &'a Value, name: &str) -> &'a Value {
    let fields = explained["targets"][0]["fields"].as_array().unwrap();
    fields.iter().find(|field| field["field"] == name).unwrap_or_else(|| panic!("{explained:#}"))
}

fn group(name: &str) -> String {
    format!("group {name}")
}

/// Kim is hired, to leave in three days, and quarantined; Lee is hired.
struct Company {
    world: World,
    asked: Asked,
    kim: Person,
    leaves_at: Timestamp,
    risk: Event,
    terminated: Event,
}

impl Company {
    async fn with_a_worker() -> Option<(Self, crate::support::replica::Replica)> {
        let world = World::set_up("questions").await?;
        let usher = world.started("a").await;
        let acme = world.acme();
        let [kim, lee] = ["kim", "lee"].map(Person::named);
        // Whose user name is Kim's number.
        let other = Person { employee_id: "E-other".to_owned(), user_name: "e-kim".to_owned() };
        for event in [Event::hired(&kim), Event::hired(&lee), Event::updated(&other, "Sales")] {
            world.send(acme, &event).await;
        }
        world.at_rest().await;
        let leaves_at = Timestamp::now() + SignedDuration::from_hours(72);
        let terminated = dated("worker.terminated", &kim, leaves_at);
        let risk = Event::risk_raised(&kim, "high", "4711");
        for event in [&terminated, &risk] {
            world.send(acme, event).await;
        }
        world.at_rest().await;
        let asked = Asked { configuration: usher.configuration() };
        Some((Self { world, asked, kim, leaves_at, risk, terminated }, usher))
    }

    fn explanation_names_winner_loser_and_what_comes(&self) {
        let Self { asked, kim, leaves_at, risk, terminated, .. } = self;
        let told = asked.json(&["explain", &kim.user_name.to_uppercase(), "--json"]);
        let vpn = field(&told, &group(VPN));
        assert_eq!((&vpn["wanted"], &vpn["decided_by"]), (&json!("outside"), &json!("claim")));
        assert_eq!(vpn["winner"]["claim"], "quarantine");
        assert_eq!(vpn["winner"]["rule"]["name"], "quarantine");
        assert_eq!(vpn["winner"]["rule"]["today"], "as_it_is");
        assert_eq!(vpn["winner"]["event"]["id"], risk.id);
        assert_eq!(vpn["winner"]["event"]["type"], "risk.raised");
        let loses: Vec<_> = vpn["others"].as_array().unwrap().iter().collect();
        let loses: Vec<_> = loses.iter().map(|it| (&it["claim"], &it["loses"])).collect();
        assert_eq!(
            loses,
            [
                (&json!("terminated"), &json!("not_yet")),
                (&json!("employed"), &json!("lower_precedence"))
            ]
        );
        let seat = &told["targets"][0]["seat"];
        assert_eq!((&seat["stage"], &seat["result"]), (&json!("at_rest"), &json!("applied")));
        assert_eq!(told["next"][1]["claim"], "terminated");
        assert_eq!(told["next"][1]["at"], json!(leaves_at));

        let id = told["person"].as_str().unwrap();
        let page = asked.text(&["explain", id, "--zone", "Europe/Berlin"]);
        for line in [
            "  group VPN_Allowed: outside",
            "    by `quarantine` (detection 4711 of https://xdr.example.com), precedence security, rule `quarantine`",
            "wants member; has the lower precedence",
            "`terminated` (the person) begins",
            &format!("said by worker.terminated `{}` of https://hr.example.com", terminated.id),
            &format!("decision asserted: risk.raised `{}`", risk.id),
            "result applied at main, revision 2, read back",
            "add_member Quarantine_HighRisk: 2",
            "Europe/Berlin",
        ] {
            assert!(page.contains(line), "{line}\nis not in\n{page}");
        }
    }

    fn explanation_of_another_day_is_judged_by_what_is_known_now(&self) {
        let Self { asked, kim, leaves_at, .. } = self;
        let later = (*leaves_at + SignedDuration::from_hours(1)).to_string();
        let then = asked.json(&["explain", &kim.user_name, "--at", &later, "--json"]);
        assert_eq!(then["is_now"], false);
        assert_eq!(field(&then, "active")["wanted"], "no");
        assert_eq!(field(&then, "active")["winner"]["claim"], "terminated");
        assert_eq!(field(&then, &group(VPN))["winner"]["claim"], "terminated");
        let before = asked.text(&["explain", &kim.user_name, "--at", "2026-01-01T00:00:00Z"]);
        assert!(before.contains("by what is known now about that time"), "{before}");
        assert!(before.contains("(from the audit)\n  nothing\n"), "{before}");
    }

    fn nobody_and_several_are_told(&self) {
        let (code, complaint) = self.asked.refusal(&["explain", "nobody@example.com"]);
        assert_eq!(code, Some(1));
        for part in ["error[person.not_found]", "employee number", "user name", "3 people"] {
            assert!(complaint.contains(part), "{part}: {complaint}");
        }
        assert!(!complaint.contains("nobody@"), "an error repeats no name: {complaint}");
        let output = self.asked.run(&["explain", "E-KIM"]);
        assert_eq!(output.status.code(), Some(1));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(complaint.contains("error[person.several]: 2 people"), "{complaint}");
        let listed = String::from_utf8_lossy(&output.stdout);
        let ids: Vec<_> =
            listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(ids.len(), 2, "{listed}");
        assert!(self.asked.text(&["explain", ids[0]]).contains(ids[0]));
    }

    fn simulation_tells_who_would_end_differently(&self, rules: &str) {
        let whole = ["simulate", "--from", "earliest", "--to", "now", "--rules", rules];
        let asked = |more| joined(&whole, more);
        let told = self.asked.json(&asked(&["--format", "json"]));
        assert_eq!((&told["people"], &told["today"]["people"]), (&json!(1), &json!(3)));
        assert_eq!((&told["today"]["events"], &told["new"]["events"]), (&json!(5), &json!(5)));
        self.rows_are_as_expected(&told["rows"]);

        let csv = self.asked.text(&asked(&["--format", "csv"]));
        assert!(csv.starts_with("person,known_as,target,field,since,today_wanted,"), "{csv}");
        assert_eq!(csv.lines().count(), 3, "{csv}");
        let (code, complaint) = self.asked.refusal(&asked(&["--fail-on-difference"]));
        assert_eq!(code, Some(1));
        assert!(complaint.contains("error[rules.differ]: 1 people"), "{complaint}");

        let alone = ["simulate", "--from", "earliest", "--to", "now"];
        let ends = self.asked.text(&alone);
        assert!(ends.contains("what 3 people end with"), "{ends}");
        assert!(ends.contains("outside (`quarantine`)"), "{ends}");
        let old = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
        let none =
            self.asked.text(&["simulate", "--from", old[0], "--to", old[1], "--rules", rules]);
        assert!(none.contains("0 people would end differently"), "{none}");
        assert!(none.contains("the range holds no record"), "{none}");
        let late = self.terminated.time.to_string();
        let part = ["simulate", "--from", &late, "--to", "now", "--rules", rules];
        let part = self.asked.text(&part);
        assert!(part.contains("3 records lie before the range"), "{part}");
        assert!(
            part.contains("today's rules: 1 people, 2 events in 2 records: 2 asserted"),
            "{part}"
        );
    }

    fn diff_tells_who_would_change(&self, rules: &str) {
        let told = self.asked.json(&["rules", "diff", "--rules", rules, "--format", "json"]);
        assert_eq!((&told["people"], &told["would_change"]), (&json!(3), &json!(1)));
        self.rows_are_as_expected(&told["rows"]);
        let quarantine = &told["rules"]["quarantine"];
        assert_eq!((&quarantine["restated"], &quarantine["people"]), (&json!(1), &json!(1)));
        assert_eq!(told["rules"]["hired"]["restated"], 0);
        let page = self.asked.text(&["rules", "diff", "--rules", rules]);
        assert!(page.contains("1 of 3 people would change"), "{page}");
        assert!(
            page.contains("rule `quarantine`: 1 assertions held, 1 told anew, 0 withdrawn"),
            "{page}"
        );
        let same = Plan::plain("acme", "enforce").rules[0].clone();
        let same = ["rules", "diff", "--fail-on-difference", "--rules", same.to_str().unwrap()];
        assert!(self.asked.text(&same).contains("0 of 3 people would change"));
    }

    /// The end of the walk in `docs/rules.md`, with the commands that stand there.
    fn rules_of_the_walk_can_be_simulated_and_compared(&self) {
        let desk = &self.world.directory;
        rules_walk::write_files(desk);
        let at_the_desk = |word: String| {
            let file = desk.join(&word);
            if file.is_file() { file.display().to_string() } else { word }
        };
        let told: Vec<String> = rules_walk::questions_to_kafka()
            .into_iter()
            .map(|words| words.into_iter().map(at_the_desk).collect::<Vec<_>>())
            .map(|words| self.asked.text(&words.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        let [simulated, compared] = told.try_into().unwrap();
        assert!(simulated.contains("people would end differently"), "{simulated}");
        assert!(compared.contains("of 3 people would change"), "{compared}");
    }

    async fn what_the_retention_has_removed_is_told(&self, rules: &str) {
        let Self { world, asked, .. } = self;
        remove_records(world, &topic(&world.name, "audit")).await;
        let page = asked.text(&["explain", &self.kim.user_name]);
        assert!(page.contains("older lines may be missing"), "{page}");
        assert!(page.contains("by `quarantine`"), "the claims are known all the same: {page}");
        remove_records(world, &world.acme().topic).await;
        let since = ["simulate", "--from", "2026-01-01T00:00:00Z", "--to", "now", "--rules", rules];
        let told = asked.text(&since);
        for part in [
            "has removed records of this range",
            "the range holds no record",
            "5 records lie before",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    /// The VPN now, and the deletion that comes sooner.
    fn rows_are_as_expected(&self, rows: &Value) {
        let [account, vpn] = rows.as_array().unwrap().as_slice() else { panic!("{rows:#}") };
        assert_eq!(
            (&vpn["field"], &vpn["known_as"]),
            (&json!(group(VPN)), &json!(self.kim.user_name))
        );
        assert_eq!(
            (&vpn["today"]["wanted"], &vpn["new"]["wanted"]),
            (&json!("outside"), &json!("member"))
        );
        assert_eq!(
            (&vpn["today"]["rule"], &vpn["new"]["rule"]),
            (&json!("quarantine"), &json!("hired"))
        );
        assert_eq!(
            (&account["field"], &account["new"]["wanted"]),
            (&json!("account"), &json!("absent"))
        );
        assert_eq!(account["since"], json!(self.leaves_at + SignedDuration::from_hours(48)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_answered_and_leave_nothing_behind() {
    let Some((company, mut usher)) = Company::with_a_worker().await else { return };
    let rules = milder_rules(&company.world.directory);
    let rules = rules.to_str().unwrap();
    company.explanation_names_winner_loser_and_what_comes();
    company.simulation_tells_who_would_end_differently(rules);

    // What they leave can be told from what the worker does only when there is none.
    assert!(usher.stop().await.0.success());
    let before = traces(&company.world);
    let targets = usher.target(company.world.acme()).writes().len();
    company.explanation_names_winner_loser_and_what_comes();
    company.explanation_of_another_day_is_judged_by_what_is_known_now();
    company.nobody_and_several_are_told();
    company.simulation_tells_who_would_end_differently(rules);
    company.diff_tells_who_would_change(rules);
    company.rules_of_the_walk_can_be_simulated_and_compared();
    assert_eq!(traces(&company.world), before);
    assert_eq!(usher.target(company.world.acme()).writes().len(), targets);

    company.what_the_retention_has_removed_is_told(rules).await;
    write_garbage(&company.world).await;
    let (code, complaint) = company.asked.refusal(&["explain", &company.kim.user_name]);
    assert_eq!(code, Some(1));
    assert!(
        complaint.contains("error[shard.unreadable]: could not read the state record `acme/p-x`"),
        "{complaint}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_that_are_not_there_are_told_with_the_cure() {
    let Some(world) = World::bare("questions-bare", &["acme"], "observe").await else { return };
    let asked = Asked { configuration: world.replica("a").await.configuration() };
    let (code, complaint) = asked.refusal(&["explain", "kim"]);
    assert_eq!(code, Some(1));
    assert!(complaint.contains("error[topics.missing]: there is no topic"), "{complaint}");
    assert!(complaint.contains("run `usher init`"), "{complaint}");
    // The inputs are there, and empty.
    let told = asked.text(&["simulate", "--from", "earliest", "--to", "now"]);
    assert!(told.contains("the range holds no record"), "{told}");
}

#[test]
fn reader_who_has_seen_enough_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(PROGRAM).args(["schema", "rules"]).stdout(writer).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{complaint}");
}

#[test]
fn kafka_that_does_not_answer_is_told() {
    let directory = cache::run_directory().join("questions-silent");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("rules.yaml"), "rules: []").unwrap();
    let target = json!({ "name": "main", "url": "https://example.com", "token_file": "t", "mode": "observe" });
    let source = json!({ "topic": "hr", "format": "cloudevents", "types": ["*"] });
    let tenant = json!({
        "name": "acme", "rules": ["rules.yaml"], "sources": [source], "targets": [target],
    });
    let settings = json!({ "kafka": { "brokers": "127.0.0.1:1" }, "tenants": [tenant] });
    let configuration = directory.join("usher.yaml");
    std::fs::write(&configuration, settings.to_string()).unwrap();
    let output = Command::new(PROGRAM)
        .args(["explain", "kim", "--config"])
        .arg(configuration)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("error[kafka.silent]: Kafka at `127.0.0.1:1`"), "{complaint}");
}
