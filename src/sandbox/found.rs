//! What a company's world has before usher comes: accounts that nobody has, and HR's list of people.

use serde_json::{Map, Value as Json, json};
use std::fmt::Write;

/// The headers of HR's list.
const COLUMNS: &str = "Employee ID,User name,Work email,Name,Department";

/// An account that is there before anything is sent.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub user_name: &'static str,
    pub given: &'static str,
    pub family: &'static str,
    user_type: Option<&'static str>,
}

/// Accounts that nobody has.
pub const ORPHANS: [Found; 2] = [
    Found {
        user_name: "summer.intern@example.com",
        given: "Summer",
        family: "Intern",
        user_type: None,
    },
    Found { user_name: "agency-7@example.com", given: "Agency", family: "Seven", user_type: None },
];

/// A machine's.
pub const SERVICE: Found = Found {
    user_name: "svc-backup@example.com",
    given: "Backup",
    family: "Service",
    user_type: Some("Service"),
};

/// Nobody has it, and it stays, for somebody said so.
pub const EXCEPTED: Found = Found {
    user_name: "lobby.screen@example.com",
    given: "Lobby",
    family: "Screen",
    user_type: None,
};

/// All of them, as a provider takes them.
pub fn accounts() -> Vec<Map<String, Json>> {
    ORPHANS.into_iter().chain([SERVICE, EXCEPTED]).map(Found::account).collect()
}

impl Found {
    fn account(self) -> Map<String, Json> {
        let mut account = Map::new();
        account.insert("userName".to_owned(), json!(self.user_name));
        account.insert("displayName".to_owned(), json!(format!("{} {}", self.given, self.family)));
        account.insert("active".to_owned(), json!(true));
        account.extend(self.user_type.map(|kind| ("userType".to_owned(), json!(kind))));
        account
    }
}

/// A list of HR's: of each the number, the user name, the name and the department.
pub fn roster<'a>(people: impl IntoIterator<Item = [&'a str; 4]>) -> String {
    let mut list = format!("{COLUMNS}\n");
    for [number, user_name, name, department] in people {
        // Writing to a string cannot fail.
        let _infallible = writeln!(list, "{number},{user_name},{user_name},{name},{department}");
    }
    list
}
