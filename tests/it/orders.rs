//! What operators say on the command line, from a key that is made by `ssh-keygen` to an account that
//! changes.

use crate::support::events::{Event, Person};
use crate::support::office::{ANN, Office};
use crate::support::replica::Replica;
use crate::support::world::REST;
use crate::support::{World, eventually};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

async fn is_active(world: &World, person: &Person) -> Option<bool> {
    world.acme().directory.user(&person.user_name).await?.active
}

/// Two leave within the hour, and one of them is held.
async fn one_is_held(world: &World, office: &Office, people: &[Person]) -> (Person, Vec<String>) {
    let acme = world.acme();
    for person in people {
        world.send(acme, &Event::hired(person)).await;
    }
    world.at_rest().await;
    for person in people {
        world.send(acme, &Event::terminated(person)).await;
    }
    eventually("one is cut, and one held", REST, async || {
        let mut inactive = 0;
        for person in people {
            inactive += usize::from(is_active(world, person).await == Some(false));
        }
        (inactive == 1 && !office.rows().is_empty()).then_some(())
    })
    .await;
    let rows = office.rows();
    let known_as = rows[0]["known_as"].as_str().unwrap();
    let held = people.iter().find(|it| it.user_name == known_as).expect("one of the two");
    assert_eq!(is_active(world, held).await, Some(true));
    for row in &rows {
        assert_eq!((&row["known_as"], &row["code"]), (&json!(known_as), &json!("limit.reached")));
        assert_eq!(row["event"]["type"], "worker.terminated");
        assert_eq!(
            (&row["verdict"]["word"], &row["released_by"]),
            (&json!("open"), &json!("verdict"))
        );
    }
    let short = |row: &Value| row["digest"].as_str().unwrap().chars().take(12).collect();
    let digests = rows.iter().map(short);
    let held = Person { employee_id: held.employee_id.clone(), user_name: held.user_name.clone() };
    (held, digests.collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_goes_when_an_operator_says_so_and_no_sooner() {
    let Some(world) = World::set_up("orders").await else { return };
    let mut usher = world.replica("a").await;
    let office = Office::at(&usher, &json!({ "cut": { "hour": { "count": 1 } } }));
    usher.start().await;
    let people = ["kim", "lee"].map(Person::named);
    let (held, digests) = one_is_held(&world, &office, &people).await;
    let digests: Vec<&str> = digests.iter().map(String::as_str).collect();
    let approve = [&["approve"][..], &digests].concat();

    let (code, status) = office.status();
    assert_eq!((code, &status["waits"]), (Some(3), &json!(true)), "{status}");
    assert_eq!(status["held"][0]["code"], "limit.reached");
    // What is spent of a limit is so, whoever is asked and whatever became of them.
    let spent = office.spent();
    assert_eq!(spent, (json!(1), json!(1)));
    usher.kill().await;
    assert_eq!(office.spent(), spent);
    usher.start().await;
    assert_eq!(office.spent(), spent);

    let (code, told) = office.say("stranger", &approve);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("command.key_unknown"), "{told}");
    assert_eq!(is_active(&world, &held).await, Some(true));

    let (code, told) = office.say("ann", &approve);
    assert_eq!(code, Some(0), "{told}");
    eventually("the other is out, too", REST, async || {
        (is_active(&world, &held).await == Some(false)).then_some(())
    })
    .await;
    assert_eq!(office.say("ann", &approve).0, Some(1), "nothing waits under these any more");
    let (code, status) = office.status();
    assert_eq!((code, &status["held"]), (Some(0), &json!([])), "{status}");
    assert_eq!(status["lately"]["commands_refused"][0]["code"], "command.key_unknown");

    let audit = office.run(&["audit", "--kind", "command"]);
    let told = String::from_utf8(audit.stdout).unwrap();
    let said = format!("approve  by ann@example.com  (tried)  {} approved", digests.len());
    assert!(told.contains(&said), "{told}");
    let audit = office.run(&["audit", "--person", &held.user_name, "--json"]);
    let lines = String::from_utf8(audit.stdout).unwrap();
    let lines: Vec<Value> = lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert!(lines.iter().any(|line| line["outcome"] == "held"), "{lines:?}");
    let (said, done): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line["kind"] == "command");
    assert!(done.iter().all(|line| line["person"] == done[0]["person"]), "{lines:?}");
    assert_eq!(said[0]["command"]["word"], "approve", "{lines:?}");

    what_is_typed_becomes_an_event(&world, &office).await;
    a_pause_holds_until_it_is_resumed(&world, &office).await;
    a_file_stops_a_replica(&world, &office, &usher).await;
    a_command_is_signed_elsewhere(&office);
}

async fn what_is_typed_becomes_an_event(world: &World, office: &Office) {
    let eva = Person::named("eva");
    let about = ["--user-name", &eva.user_name, "--employee-id", &eva.employee_id];
    let output = office.run(&[&["send", "worker.hired", "--yes"], &about[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    eventually("Eva is in", REST, async || is_active(world, &eva).await.filter(|it| *it)).await;
}

async fn a_pause_holds_until_it_is_resumed(world: &World, office: &Office) {
    let mia = Person::named("mia");
    let (code, told) = office.say("ann", &["pause", "target", "main"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(office.say("ann", &["pause", "target", "main"]).0, Some(3), "it is paused");
    world.send(world.acme(), &Event::hired(&mia)).await;
    eventually("Mia waits", REST, async || {
        let rows = office.rows();
        rows.iter().any(|row| row["code"] == "pause.ordered").then_some(())
    })
    .await;
    assert_eq!(office.held()["pauses"][0]["by"], ANN);
    assert!(is_active(world, &mia).await.is_none());

    let (code, told) = office.say("ann", &["resume", "target", "main"]);
    assert_eq!(code, Some(0), "{told}");
    eventually("Mia is in", REST, async || is_active(world, &mia).await.filter(|it| *it)).await;
    assert_eq!(office.held()["pauses"], json!([]));
}

async fn a_file_stops_a_replica(world: &World, office: &Office, usher: &Replica) {
    let ned = Person::named("ned");
    let file = office.directory.join("stop");
    fs::write(&file, "").unwrap();
    eventually("usher has seen the file", REST, async || {
        usher.log().contains("the file `pause_file` was put there").then_some(())
    })
    .await;
    world.send(world.acme(), &Event::hired(&ned)).await;
    eventually("Ned waits", REST, async || {
        office.rows().iter().any(|row| row["code"] == "pause.file").then_some(())
    })
    .await;
    assert!(is_active(world, &ned).await.is_none());
    fs::remove_file(&file).unwrap();
    eventually("Ned is in", REST, async || is_active(world, &ned).await.filter(|it| *it)).await;
}

fn a_command_is_signed_elsewhere(office: &Office) {
    let file = written_and_signed(office, &["pause", "destructive"]);
    let signature = format!("{file}.sig");
    let (code, told) = office.say("nobody", &["pause", "--send", &file, "--signature", &signature]);
    assert_eq!(code, Some(0), "{told}");
    let again = office.run(&["pause", "--send", &file, "--signature", &signature, "--yes"]);
    assert_eq!(again.status.code(), Some(2), "a command is obeyed once");
    let other = office.run(&["resume", "--send", &file, "--signature", &signature, "--yes"]);
    assert_eq!(other.status.code(), Some(1), "it is no command to resume");
}

/// Prints a command to a file, and signs it with Ann's key, as is done where usher is not. Gives the file.
fn written_and_signed(office: &Office, words: &[&str]) -> String {
    let file = office.directory.join("command.json").to_str().unwrap().to_owned();
    let (code, told) = office.say("nobody", &[words, &[&format!("--print={file}")]].concat());
    assert_eq!(code, Some(0), "{told}");
    let mut sign = Command::new("ssh-keygen");
    sign.args(["-q", "-Y", "sign", "-n", "command@usher", "-f"]);
    assert!(sign.arg(office.directory.join("ann")).arg(&file).status().unwrap().success());
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_seen_before_its_rule_was_edited_is_not_called() {
    let Some(world) = World::set_up("edited").await else { return };
    let mut usher = world.replica("a").await;
    let office = Office::at(&usher, &json!({ "cut": { "hour": { "count": 1 } } }));
    let rules = office.copy_rules();
    usher.start().await;
    let people = ["kim", "lee"].map(Person::named);
    let (held, digests) = one_is_held(&world, &office, &people).await;
    let approve: Vec<&str> =
        ["approve"].into_iter().chain(digests.iter().map(String::as_str)).collect();
    let file = written_and_signed(&office, &approve);
    let calls = usher.target(world.acme()).writes().len();

    let (status, _) = usher.stop().await;
    assert!(status.success());
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text.replace("after: 30d", "after: 60d")).unwrap();
    usher.start().await;
    let signature = format!("{file}.sig");
    let (code, told) =
        office.say("nobody", &["approve", "--send", &file, "--signature", &signature]);
    assert_eq!(code, Some(3), "{told}");
    assert_eq!(office.say("ann", &approve).0, Some(1), "nothing waits under these any more");
    assert_eq!(usher.target(world.acme()).writes().len(), calls, "nothing is called");
    assert_eq!(is_active(&world, &held).await, Some(true));

    let rows = office.rows();
    let digests = rows.iter().map(|row| row["digest"].as_str().unwrap());
    let approve: Vec<&str> = ["approve"].into_iter().chain(digests).collect();
    let (code, told) = office.say("ann", &approve);
    assert_eq!(code, Some(0), "{told}");
    eventually("it goes as it is seen now", REST, async || {
        (is_active(&world, &held).await == Some(false)).then_some(())
    })
    .await;
}
