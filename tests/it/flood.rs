//! A faulty feed terminates everybody, and one of them has really left. usher is killed while it takes in
//! the feed, and still cuts no more people than the limit says; the rest waits for operators. They let the
//! real one go, reject the rest, and undo what got through.

use crate::support::audit::Line;
use crate::support::events::{Event, Person};
use crate::support::office::Office;
use crate::support::proxy::{Blow, Moment, Seen, Strike};
use crate::support::replica::Replica;
use crate::support::settings::VPN;
use crate::support::world::Tenant;
use crate::support::{World, eventually, measured};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};
use usher::model::decision::WarrantedBy;
use usher::model::ordered::Became;

const STAFF: usize = 300;
/// So many may be cut within an hour.
const LIMIT: usize = 25;
/// They come in this order; whoever has really left is in the middle of it.
const LEAVER: usize = STAFF / 2;
/// The first kill falls at this cut, when so many have come.
const CUTS_BEFORE: usize = 10;
const FIRST_PART: usize = 15;
const KILLS: usize = 6;
const RULE: &str = "zero-day-offboarding";
const LONG: Duration = Duration::from_mins(3);

/// What all of this is about.
struct Flood<'a> {
    world: &'a World,
    office: &'a Office,
    staff: &'a [Person],
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn false_terminations_stop_at_the_limit_and_are_undone_and_the_real_one_is_let_through() {
    let Some(world) = World::set_up("flood").await else { return };
    let acme = world.acme();
    let mut usher = world.replica("a").await;
    let of_cuts = json!({ "hour": { "count": LIMIT, "percent": "none" }, "day": "none" });
    let others = "none";
    let office = Office::at(
        &usher,
        &json!({ "cut": of_cuts, "create": others, "grant": others, "group": others }),
    );
    usher.start().await;
    let staff: Vec<Person> =
        (0..=STAFF).map(|number| Person::named(&format!("p{number:03}"))).collect();
    for person in &staff {
        world.send(acme, &Event::hired(person)).await;
    }
    world.at_rest().await;
    let as_it_was = Portrait::of(acme).await;
    assert_eq!(as_it_was.members.len(), staff.len());

    let flood = Flood { world: &world, office: &office, staff: &staff };
    let events = flood.terminates_everybody(&mut usher).await;
    eventually("all but the limit is held", LONG, async || {
        let people: BTreeSet<_> =
            office.rows().iter().map(|row| row["person"].to_string()).collect();
        (people.len() == staff.len() - LIMIT && cut_off(acme).await.len() == LIMIT).then_some(())
    })
    .await;
    assert_eq!(ever_cut(&usher, acme).len(), LIMIT, "whom a call has ever cut");

    flood.the_leaver_is_let_through(&usher).await;
    flood.the_rest_is_rejected();
    assert_eq!(cut_off(acme).await.len(), LIMIT + 1);

    let undone = flood.the_false_cuts_are_undone(&events).await;
    let leaver = &staff[LEAVER].user_name;
    eventually("all but the leaver are back as they were", LONG, async || {
        (Portrait::of(acme).await.without(leaver) == as_it_was.clone().without(leaver))
            .then_some(())
    })
    .await;
    assert_eq!(cut_off(acme).await, BTreeSet::from([leaver.clone()]));
    flood.the_audit_tells_it(&events, &undone).await;
}

/// A tenant's accounts by user name, without what a server says of its own writing, and who is in the VPN.
#[derive(Clone, PartialEq)]
struct Portrait {
    accounts: BTreeMap<String, Value>,
    members: BTreeSet<String>,
}

impl Portrait {
    async fn of(acme: &Tenant) -> Self {
        let users = acme.directory.users().await;
        let ids: BTreeMap<_, _> =
            users.iter().map(|(name, user)| (user.id.clone(), name.clone())).collect();
        let accounts = users.into_iter().map(|(name, user)| {
            let mut account = user.json;
            account.as_object_mut().unwrap().remove("meta");
            (name, account)
        });
        let members = acme.directory.members(VPN).await;
        let members = members.iter().map(|id| ids[id].clone()).collect();
        Self { accounts: accounts.collect(), members }
    }

    fn without(mut self, name: &str) -> Self {
        self.accounts.remove(name);
        self.members.remove(name);
        self
    }
}

/// Who is inactive at the target, by user name.
async fn cut_off(acme: &Tenant) -> BTreeSet<String> {
    let users = acme.directory.users().await.into_iter();
    users.filter(|(_, user)| user.active == Some(false)).map(|(name, _)| name).collect()
}

fn cuts(usher: &Replica, acme: &Tenant) -> Vec<Seen> {
    let mut writes = usher.target(acme).writes();
    writes.retain(|seen| {
        seen.what.starts_with("PATCH ")
            && seen.what.contains("/Users/")
            && seen.body.contains("false")
    });
    writes
}

fn ever_cut(usher: &Replica, acme: &Tenant) -> BTreeSet<String> {
    cuts(usher, acme).into_iter().map(|seen| seen.what).collect()
}

impl Flood<'_> {
    /// Part after part, and usher is killed in the midst of each. Gives the events by whom each is about.
    async fn terminates_everybody(&self, usher: &mut Replica) -> BTreeMap<String, Event> {
        let all: Vec<_> =
            self.staff.iter().map(|person| (person, Event::terminated(person))).collect();
        let (first, rest) = all.split_at(FIRST_PART);
        self.a_kill_in_the_midst_of_cuts(usher, first).await;
        for part in rest.chunks(rest.len().div_ceil(KILLS - 1)) {
            self.a_kill_in_the_midst_of_decisions(usher, part).await;
        }
        all.into_iter().map(|(person, event)| (person.user_name.clone(), event)).collect()
    }

    async fn send(&self, part: &[(&Person, Event)]) {
        for (_, event) in part {
            self.world.send(self.world.acme(), event).await;
        }
    }

    /// What is left of the limit is the same before and after, whoever is asked.
    async fn a_kill_in_the_midst_of_cuts(&self, usher: &mut Replica, part: &[(&Person, Event)]) {
        let acme = self.world.acme();
        let strike = Strike {
            on: format!("PATCH {}/Users/", acme.directory.path()),
            with: "false".to_owned(),
            nth: CUTS_BEFORE,
            moment: Moment::Answer,
            blow: Blow::Freeze(usher.victim.clone()),
        };
        let watch = &usher.target(acme).watch;
        watch.arm(strike);
        self.send(part).await;
        eventually("ten are cut", LONG, async || (watch.struck() == 1).then_some(())).await;
        let before = self.office.spent();
        usher.kill().await;
        assert_eq!(self.office.spent(), before);
        // Stopped, so that nothing is spent while it is looked at.
        let stop = self.office.directory.join("stop");
        fs::write(&stop, "").unwrap();
        usher.start().await;
        eventually("what was under way waits", LONG, async || {
            self.office.rows().iter().any(|row| row["code"] == "pause.file").then_some(())
        })
        .await;
        assert_eq!(self.office.spent(), before);
        let (spent, limit) = (before.0.as_u64().unwrap(), before.1.as_u64().unwrap());
        assert_eq!(limit, u64::try_from(LIMIT).unwrap());
        let possible = u64::try_from(CUTS_BEFORE).unwrap()..limit;
        assert!(possible.contains(&spent), "{spent} are spent, and something is left");
        fs::remove_file(&stop).unwrap();
    }

    async fn a_kill_in_the_midst_of_decisions(
        &self,
        usher: &mut Replica,
        part: &[(&Person, Event)],
    ) {
        self.send(part).await;
        let ids: BTreeSet<&str> = part.iter().map(|(_, event)| event.id.as_str()).collect();
        eventually("some of them are decided", LONG, async || {
            let is_one = |line: &Line| {
                line.kind() == "decision" && line.event().is_some_and(|event| ids.contains(event))
            };
            self.world.audit().iter().any(is_one).then_some(())
        })
        .await;
        usher.kill().await;
        usher.spawn();
    }

    async fn the_leaver_is_let_through(&self, usher: &Replica) {
        let (acme, leaver) = (self.world.acme(), &self.staff[LEAVER]);
        let mut rows = self.office.rows();
        rows.retain(|row| row["known_as"] == leaver.user_name.as_str());
        let digests = rows.iter().map(|row| row["digest"].as_str().unwrap());
        let approve: Vec<&str> = ["approve"].into_iter().chain(digests).collect();
        assert!(approve.len() > 1, "the leaver is held, too");
        let (code, told) = self.office.say("ann", &approve);
        let obeyed = Instant::now();
        assert_eq!(code, Some(0), "{told}");
        let id = acme.directory.user(&leaver.user_name).await.unwrap().id;
        let cut = eventually("the leaver is cut", Duration::from_secs(10), async || {
            cuts(usher, acme).into_iter().find(|seen| seen.what.ends_with(&id))
        })
        .await;
        let taken = cut.at.saturating_duration_since(obeyed);
        measured("approved to cut", taken);
        assert!(taken < Duration::from_secs(1), "it took {taken:?}");
        eventually("the leaver is out", LONG, async || {
            cut_off(acme).await.contains(&leaver.user_name).then_some(())
        })
        .await;
    }

    /// To let nothing happen takes one operator, however many rows there are.
    fn the_rest_is_rejected(&self) {
        let (code, told) =
            self.office.say("ann", &["reject", "--all-of", "--code", "limit.reached"]);
        assert_eq!(code, Some(0), "{told}");
        let rows = self.office.rows();
        assert!(rows.iter().all(|row| row["verdict"]["word"] == "rejected"), "{:?}", rows.first());
    }

    /// By the audit alone operators find whom the rule has cut. Two must say that it was wrong, and must
    /// name them, for somebody might have left indeed. Gives the people by their ids, and their names.
    async fn the_false_cuts_are_undone(
        &self,
        events: &BTreeMap<String, Event>,
    ) -> BTreeMap<String, String> {
        let by_event: BTreeMap<&str, &str> =
            events.iter().map(|(name, event)| (event.id.as_str(), name.as_str())).collect();
        let audit = self.world.audit();
        let cut = audit.iter().filter_map(|line| {
            let name = by_event[cut_by(line)?];
            Some((line.person.clone()?, name.to_owned()))
        });
        let mut cut: BTreeMap<String, String> = cut.collect();
        cut.retain(|_, name| *name != self.staff[LEAVER].user_name);
        assert_eq!(cut.len(), LIMIT);

        let since = events.values().map(|event| event.time).min().unwrap().to_string();
        let undo = ["undo", "--rule", RULE, "--since", since.as_str()];
        let (code, told) = self.office.say("ann", &undo);
        assert_eq!(code, Some(1), "nobody is let in who is not named: {told}");
        let only: Vec<String> = cut.keys().map(|person| format!("--only={person}@main")).collect();
        let only = only.iter().map(String::as_str);
        let undo: Vec<&str> = undo.into_iter().chain(only).collect();
        let (code, told) = self.office.say("ann", &undo);
        assert_eq!(code, Some(4), "it takes two: {told}");
        assert_eq!(cut_off(self.world.acme()).await.len(), LIMIT + 1);
        let (code, told) = self.office.bob_says(&undo);
        assert_eq!(code, Some(0), "{told}");
        cut
    }

    /// Of each: cut by which event, undone by which command, and both read back.
    async fn the_audit_tells_it(
        &self,
        events: &BTreeMap<String, Event>,
        undone: &BTreeMap<String, String>,
    ) {
        let audit = eventually("each has its result", LONG, async || {
            let audit = self.world.audit();
            let is_told = |person: &String| {
                let of_them = audit.iter().filter(|line| line.person.as_ref() == Some(person));
                of_them.filter(|line| line.kind() == "result").count() >= 3
            };
            undone.keys().all(is_told).then_some(audit)
        })
        .await;
        for (person, name) in undone {
            let of_them: Vec<&Line> =
                audit.iter().filter(|line| line.person.as_ref() == Some(person)).collect();
            let cut = of_them.iter().find_map(|line| Some((line, cut_by(line)?)));
            let (cut, event) = cut.expect("a result of the cut");
            assert_eq!(event, events[name].id);
            assert!(cut.is_verified());
            let last = of_them.iter().rfind(|line| line.kind() == "result").unwrap();
            assert_eq!(last.outcome(), "applied");
            assert!(last.is_verified());
        }
        let command = audit
            .iter()
            .filter_map(|line| line.own().command.as_ref())
            .rfind(|command| command.word.as_deref() == Some("undo"));
        let command = command.expect("the undo");
        let rows = command.rows.iter().filter(|row| row.became == Became::Undone);
        let told: BTreeSet<&str> = rows.map(|row| row.person.as_ref().unwrap().as_str()).collect();
        assert_eq!(told, undone.keys().map(String::as_str).collect());
        self.whoever_asks_reads_it(undone.values().next().unwrap(), events);
    }

    /// As operators read it.
    fn whoever_asks_reads_it(&self, name: &str, events: &BTreeMap<String, Event>) {
        let output = self.office.run(&["audit", "--person", name]);
        let told = String::from_utf8(output.stdout).unwrap();
        let by = format!("worker.terminated `{}`", events[name].id);
        let is_told =
            |words: &[&str]| told.lines().any(|line| words.iter().all(|it| line.contains(it)));
        assert!(is_told(&["result", "applied", &by, "deactivate active", "verified"]), "{told}");
        assert!(is_told(&["command", "undo", "by bob@example.com", "1 undone"]), "{told}");
        assert!(is_told(&["result", "applied", "  activate active", "verified"]), "{told}");
    }
}

/// The id of the event by whose word the rule has made an account inactive, if the line says so.
fn cut_by(line: &Line) -> Option<&str> {
    if (line.kind(), line.outcome()) != ("result", "applied") {
        return None;
    }
    line.own().because.iter().find_map(|warrant| match &warrant.by {
        WarrantedBy::Claim { rule, said: Some(said), .. } if rule.as_str() == RULE => {
            let is_it = warrant.fields.iter().any(|field| field == "active");
            is_it.then_some(said.event_id.as_str())
        }
        WarrantedBy::Claim { .. }
        | WarrantedBy::Profile { .. }
        | WarrantedBy::Override { .. }
        | WarrantedBy::WayBack => None,
    })
}
