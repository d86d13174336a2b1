//! A large list: what is kept of it is small, and everybody in it is found.

use super::*;

#[test]
fn a_large_list_is_read_in_every_syntax_alike() {
    let rows = 0..3_000_usize;
    let csv = company(rows.clone());
    let json: Vec<_> = rows
        .map(|number| {
            let department = number / 10;
            format!(
                "{{\"employee_id\":\"{number:05}\",\"email\":\"p{number}@example.com\",\"department\":\"D{department}\"}}"
            )
        })
        .collect();
    let lines = json.join("\n");
    let list = format!("{{\"schemas\":[\"urn:x\"],\"data\":[{}]}}", json.join(","));
    let rosters = [csv, lines, list].map(|text| plain(&text).unwrap());
    for roster in &rosters {
        assert_eq!(roster.people().count(), 3_000);
        let found: Vec<_> = roster.named(Space::EmployeeNumber, "02999").collect();
        assert_eq!(found.len(), 1);
        assert_eq!(roster.text(found[0], Column::Email), "p2999@example.com");
        assert_eq!(roster.text(found[0], Column::Department), "D299");
        assert_eq!(roster.named(Space::Name, "02999").count(), 0);
        assert_eq!(roster.census().departments, rosters[0].census().departments);
    }
}
