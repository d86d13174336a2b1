//! The real headers of well-known exports.

use super::*;
use jiff::civil::date;

#[test]
fn workday_reports_are_read_as_json_and_as_csv() {
    let json = r#"{"Report_Entry":[
        {"Employee_ID":"0042","Display_Name":"Kim Lee","Work_Email":"Kim.Lee@Example.com",
         "Worker_Status":"Terminated","Termination_Date":"2026-09-15-07:00",
         "Supervisory_Organization":"Sales","Manager_Employee_ID":"0007","Hire_Date":"2020-01-01",
         "Scheduled_Weekly_Hours":38.5,"Roles":[{"Employee_ID":"not this"}]},
        {"Employee_ID":"0043","Worker_Status":"On Leave","Work_Email":null}]}"#;
    let csv = "Employee_ID,Display_Name,Work_Email,Worker_Status,Termination_Date,Supervisory_Organization,\
         Manager_Employee_ID,Hire_Date\n\
         0042,Kim Lee,Kim.Lee@Example.com,Terminated,2026-09-15-07:00,Sales,0007,2020-01-01\n\
         0043,,,On Leave,,,,\n";
    for text in [json, csv] {
        let roster = read(text.as_bytes(), &form(Preset::Workday), &lenient(), None).unwrap();
        let people: Vec<_> = roster.people().collect();
        let [kim, other] = people[..] else { panic!("{people:?}") };
        assert_eq!(roster.text(kim, Column::EmployeeNumber), "0042");
        assert_eq!(roster.text(kim, Column::Email), "kim.lee@example.com");
        assert_eq!(roster.text(kim, Column::Department), "Sales");
        assert_eq!(roster.row(kim).unwrap().ends, Some(date(2026, 9, 15)));
        assert_eq!(roster.standing(kim, date(2026, 10, 1)), Standing::Ended);
        assert_eq!(roster.standing(other, date(2026, 10, 1)), Standing::OnLeave);
        assert_eq!(roster.named(Space::Name, "kim.lee@example.com").collect::<Vec<_>>(), [kim]);
    }
}

#[test]
fn bamboohr_writes_zeros_for_no_date() {
    let text = "id,employeeNumber,workEmail,hireDate,terminationDate,status\n\
        17,300,kim@example.com,2024-01-01,0000-00-00,Active\n";
    let roster = read(text.as_bytes(), &form(Preset::Bamboohr), &lenient(), None).unwrap();
    let kim = only(&roster);
    assert_eq!(roster.row(kim).unwrap().ends, None);
    assert_eq!(roster.standing(kim, date(2026, 10, 1)), Standing::Current);
    // Its id is not its number.
    assert_eq!(roster.text(kim, Column::ExternalId), "bamboohr:17");
}

#[test]
fn entra_has_flags_ids_and_guests() {
    let text = "userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,\
        accountEnabled,usageLocation,createdDateTime\n\
        kim@example.com,=3+1,Lee,kim@example.com,Kim,4F0C-11,Member,Nurse,Care,False,DE,8/19/2021 1:25:31 PM\n\
        bo_x.org#EXT#@example.onmicrosoft.com,Bo,,,,4f0c-12,Guest,,,True,,\n";
    let roster = read(text.as_bytes(), &form(Preset::Entra), &lenient(), None).unwrap();
    let people: Vec<_> = roster.people().collect();
    assert_eq!(roster.text(people[0], Column::ExternalId), "entra:4f0c-11");
    assert_eq!(roster.text(people[0], Column::DisplayName), "=3+1");
    assert_eq!(roster.standing(people[0], date(2026, 10, 1)), Standing::Disabled);
    assert_eq!(roster.text(people[1], Column::WorkerType), "Guest");
    assert_eq!(roster.standing(people[1], date(2026, 10, 1)), Standing::Current);
}

#[test]
fn entras_files_for_uploads_begin_with_a_version() {
    let text = "version:v1.0\r\nName [displayName] Required,User name [userPrincipalName] Required,\
        Block sign in (Yes/No) [accountEnabled] Required\r\nKim,kim@example.com,Yes\r\n";
    let roster = read(text.as_bytes(), &form(Preset::Entra), &lenient(), None).unwrap();
    let kim = only(&roster);
    assert_eq!(roster.row(kim).unwrap().line, 3);
    assert_eq!(roster.standing(kim, date(2026, 10, 1)), Standing::Disabled);
}

#[test]
fn microsoft_365_says_who_is_blocked() {
    let text = "Block credential,City,Country/Region,Department,Display name,First name,Last name,\
        User principal name\nTrue,X,DE,Care,Kim,Kim,Lee,kim@example.com\n\
        False,X,DE,Care,Bo,Bo,Lee,bo@example.com\n";
    let roster = read(text.as_bytes(), &form(Preset::M365), &lenient(), None).unwrap();
    let standings: Vec<_> =
        roster.people().map(|it| roster.standing(it, date(2026, 10, 1))).collect();
    assert_eq!(standings, [Standing::Disabled, Standing::Current]);
}

#[test]
fn google_tells_who_never_logged_in() {
    let text = "First Name [Required],Last Name [Required],Email Address [Required],\
        Password [Required],Status [READ ONLY],Last Sign In [READ ONLY],Employee ID,Department\n\
        Kim,Lee,kim@example.com,****,Active,2019/07/11 15:36:14,0042,Care\n\
        Bo,Lee,bo@example.com,****,Suspended,Never logged in,0043,Care\n";
    let roster = read(text.as_bytes(), &form(Preset::Google), &lenient(), None).unwrap();
    let people: Vec<_> = roster.people().collect();
    assert_eq!(roster.row(people[0]).unwrap().seen, Seen::On(date(2019, 7, 11)));
    assert_eq!(roster.row(people[1]).unwrap().seen, Seen::Never);
    assert_eq!(roster.standing(people[1], date(2026, 10, 1)), Standing::Disabled);
}

#[test]
fn okta_is_read_from_its_report_and_its_api() {
    let report = "User,Login,Status,Last Login\nKim Lee,kim@example.com,LOCKED_OUT,\n";
    let api = "{\"id\":\"00u1\",\"status\":\"LOCKED_OUT\",\"lastLogin\":null,\"profile\":{\"login\":\
        \"kim@example.com\",\"email\":\"kim@example.com\",\"employeeNumber\":\"0042\"}}\n\
        {\"id\":\"00u2\",\"status\":\"DEPROVISIONED\",\"profile\":{\"login\":\"bo@example.com\"}}\n";
    for text in [report, api] {
        let roster = read(text.as_bytes(), &form(Preset::Okta), &lenient(), None).unwrap();
        let kim = roster.people().next().unwrap();
        assert_eq!(roster.text(kim, Column::UserName), "kim@example.com");
        // Locked out is not gone.
        assert_eq!(roster.standing(kim, date(2026, 10, 1)), Standing::Current);
    }
    let roster = read(api.as_bytes(), &form(Preset::Okta), &lenient(), None).unwrap();
    let bo = roster.people().nth(1).unwrap();
    assert_eq!(roster.text(bo, Column::ExternalId), "okta:00u2");
    assert_eq!(roster.row(bo).unwrap().line, 2);
    assert_eq!(roster.standing(bo, date(2026, 10, 1)), Standing::Disabled);
}

#[test]
fn any_column_can_be_mapped() {
    let mut form = form(Preset::Plain);
    form.columns.insert(Column::EmployeeNumber, "Pers.-Nr.".to_owned());
    form.columns.insert(Column::Status, "Zustand".to_owned());
    form.words.insert("ausgeschieden".to_owned(), Standing::Ended);
    let text =
        "PERS NR;Zustand;E-Mail\n17;Ausgeschieden;kim@example.com\n18;komisch;bo@example.com\n";
    let roster = read(text.as_bytes(), &form, &lenient(), None).unwrap();
    let people: Vec<_> = roster.people().collect();
    assert_eq!(roster.standing(people[0], date(2026, 10, 1)), Standing::Ended);
    // A word that nobody has explained makes no leaver, and is told.
    assert_eq!(roster.standing(people[1], date(2026, 10, 1)), Standing::Unclear);
    assert_eq!(roster.oddities().unknown_words, Noted { times: 1, lines: vec![3] });

    let other = text.replace("PERS NR", "Nummer");
    assert_eq!(
        refusal(read(other.as_bytes(), &form, &lenient(), None)),
        "roster.columns people.csv:1, `employee_number`: no column is called `Pers.-Nr.`, as \
         `columns` says; its columns are: Nummer, Zustand, E-Mail"
    );
}
