//! Exports of a console: columns are found by what they are about, and what is cut is refused.

use crate::inventory::scope::{Unread, export};

#[test]
fn a_table_is_read_whatever_its_columns_are_called() {
    for text in [
        "Policy Name,Status,User Group,User,Action\nBlock risk,Enabled,Quarantine_HighRisk,,Block\n",
        "\u{feff}Rule Name;Enabled;User Groups;Users;Policy Action\r\nBlock risk;1;Quarantine_HighRisk;Any;Block\r\n",
        "name\tgroups\taction\nBlock risk\t\"Quarantine_HighRisk\"\tBlock\n",
    ] {
        let policies = export(text.as_bytes()).unwrap();
        let [policy] = &policies[..] else { panic!("{policies:?}") };
        assert_eq!(policy.name, "Block risk");
        assert!(policy.names("quarantine_highrisk") && policy.is_enabled(), "{policy:?}");
        assert!(policy.users.is_empty(), "`Any` is nobody in particular");
        assert_eq!(policy.action.as_deref(), Some("Block"));
    }
}

#[test]
fn a_cell_may_hold_several_groups() {
    let text = "Policy Name,User Group\nA,\"VPN; Sales, EMEA\"\nB,\"VPN, Sales\"\n";
    let policies = export(text.as_bytes()).unwrap();
    assert_eq!(policies[0].groups, ["VPN", "Sales, EMEA"]);
    assert_eq!(policies[1].groups, ["VPN", "Sales"]);
}

#[test]
fn json_is_read_as_the_interface_or_the_table_has_it() {
    for text in [
        r#"{"data": [{"rule_name": "A", "enabled": "0", "rule_data": {"user_groups": ["VPN"]}}]}"#,
        r#"[{"Policy Name": "A", "Status": "Disabled", "User Groups": ["VPN"]}]"#,
        r#"{"policies": [{"name": "A", "status": "disabled", "userGroup": "VPN"}]}"#,
    ] {
        let policies = export(text.as_bytes()).unwrap();
        assert_eq!(
            (policies[0].name.as_str(), &policies[0].groups[..]),
            ("A", &["VPN".to_owned()][..])
        );
        assert!(!policies[0].is_enabled());
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (text, why) in [
        ("", Unread::Empty),
        ("{\"data\": [", Unread::Json),
        ("{\"status\": \"ok\"}", Unread::NoPolicies),
        ("Policy Name,User Group\n", Unread::NoPolicies),
        ("Hostname,User Group\nx,y\n", Unread::NoName("Hostname, User Group".to_owned())),
        ("Policy Name,Port\nx,y\n", Unread::NoGroups("Policy Name, Port".to_owned())),
        ("Policy Name,User Group\nA,VPN\nB\n", Unread::Cut(3)),
        ("Policy Name,User Group\n,VPN\n", Unread::Nameless(2)),
        ("[{\"User Group\": \"VPN\"}]", Unread::Nameless(1)),
    ] {
        assert_eq!(export(text.as_bytes()), Err(why), "{text}");
    }
    assert_eq!(export(b"\xff\xfeP"), Err(Unread::Encoding));
}
