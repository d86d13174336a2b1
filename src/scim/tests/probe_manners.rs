//! What the trial finds of the sandbox's manners, what it proposes, and that it touches nobody.

use super::house::House;
use super::peer::{mark, proposed};
use crate::model::AttributeName;
use crate::scim::Dialect;
use crate::scim::dialect::{ClearForm, NoMatch};
use crate::scim::probe::{Mark, Proposal, Report};
use jiff::SignedDuration;
use usher_lab::provider::manners::Manners;
use usher_lab::provider::quirks::{Clearing, CreatedIds, Parameter, Quirks, Sifting};

fn filters(all: &[(&str, Sifting)]) -> Quirks {
    let filters = all.iter().map(|(name, sifting)| ((*name).to_owned(), *sifting)).collect();
    Quirks { filters, ..Quirks::default() }
}

/// The proposed dialect, of which a second trial finds nothing wrong, and which it keeps.
async fn settled(house: &House, report: &Report) -> Dialect {
    let Proposal::File(file) = &report.proposal else { panic!("{report:#?}") };
    let again = house.check(file, true).await;
    assert!(again.ok, "{again:#?}");
    assert_eq!(again.proposal, Proposal::Keep, "{again:#?}");
    proposed(report, "rfc7644")
}

#[tokio::test]
async fn a_provider_of_the_rfc_keeps_the_rfcs_dialect() {
    let house = House::with(Quirks::default()).await;
    let before = house.everything();
    for create_users in [false, true] {
        let report = house.check("rfc7644", create_users).await;
        assert_eq!(report.proposal, Proposal::Keep, "{report:#?}");
        assert!(report.ok, "{report:#?}");
    }
    assert_eq!(house.everything(), before);
}

#[tokio::test]
async fn a_filter_without_a_hit_that_is_404_is_put_into_the_dialect() {
    let quirks = Quirks { no_hit_is_404: true, ..Quirks::default() };
    let house = House::with(quirks).await;
    for begun_with in ["rfc7644", "netskope"] {
        let report = house.check(begun_with, true).await;
        let (found, conclusion) = mark(&report, "no_match");
        assert_eq!(found, Mark::Note, "{report:#?}");
        assert!(conclusion.contains("404"), "{conclusion}");
        assert_eq!(settled(&house, &report).await.no_match, NoMatch::NotFound);
    }
    let honest = House::with(Quirks::default()).await;
    let report = honest.check("no_match: not-found", true).await;
    assert_eq!(report.proposal, Proposal::BuiltIn("rfc7644".to_owned()), "{report:#?}");
}

#[tokio::test]
async fn filters_that_find_nobody_lead_to_whole_lists() {
    for sifting in [Sifting::Ignored, Sifting::Refused, Sifting::Blind] {
        let house = House::with(filters(&[("*", sifting)])).await;
        let before = house.everything();
        let report = house.check("rfc7644", true).await;
        assert_eq!(mark(&report, "lookup").0, Mark::Change, "{report:#?}");
        let dialect = proposed(&report, "rfc7644");
        assert!(dialect.ignores_filters, "{sifting:?}: {report:#?}");
        assert_eq!(dialect.lookup, Dialect::default().lookup, "each can be compared");
        let Proposal::File(file) = &report.proposal else { panic!("{report:#?}") };
        let again = house.check(file, true).await;
        assert_eq!(mark(&again, "lookup").0, Mark::Note, "{again:#?}");
        assert_eq!(again.proposal, Proposal::Keep, "{again:#?}");
        assert!(house.untouched(&before), "{sifting:?}");
    }
}

#[tokio::test]
async fn an_attribute_whose_filter_is_ignored_is_left_out_where_another_one_works() {
    let ignored = [("emails", Sifting::Ignored), ("emails.value", Sifting::Ignored)];
    let house = House::with(filters(&ignored)).await;
    let report = house.check("rfc7644", true).await;
    let dialect = settled(&house, &report).await;
    assert_eq!(dialect.lookup, [AttributeName::USER_NAME]);
    assert!(!dialect.ignores_filters);
}

#[tokio::test]
async fn whole_lists_are_not_read_where_filters_are_heeded() {
    let house = House::with(Quirks::default()).await;
    let report = house.check("ignores_filters: true", true).await;
    assert_eq!(mark(&report, "ignores_filters").0, Mark::Note, "{report:#?}");
    assert_eq!(report.proposal, Proposal::BuiltIn("rfc7644".to_owned()), "{report:#?}");
}

#[tokio::test]
async fn accounts_in_very_many_groups_are_asked_for_without_them() {
    let heavy = Quirks { extra_groups_shown: 500, ..Quirks::default() };
    let house = House::with(heavy.clone()).await;
    for begun_with in ["rfc7644", "netskope"] {
        let report = house.check(begun_with, true).await;
        assert_eq!(mark(&report, "users_query").0, Mark::Note, "{report:#?}");
        let dialect = settled(&house, &report).await;
        assert_eq!(dialect.users.query, "excludedAttributes=groups");
    }
    for parameter in [Parameter::Ignored, Parameter::Refused] {
        let quirks = Quirks { excluded_attributes_parameter: parameter, ..heavy.clone() };
        let report = House::with(quirks).await.check("rfc7644", false).await;
        let (_, conclusion) = mark(&report, "users_query");
        assert!(conclusion.contains("do not come without"), "{conclusion}");
        assert_eq!(proposed(&report, "rfc7644").users.query, "");
    }
}

/// Without groups in accounts nobody could see who is in a group.
#[tokio::test]
async fn accounts_keep_their_groups_where_nothing_else_shows_them() {
    let quirks =
        Quirks { extra_groups_shown: 500, group_reads_refused: Some(400), ..Quirks::default() };
    let report = House::with(quirks).await.check("rfc7644", true).await;
    assert_eq!(mark(&report, "own_groups").0, Mark::Note, "{report:#?}");
    assert_eq!(mark(&report, "users_query").0, Mark::Note, "{report:#?}");
    assert_eq!(proposed(&report, "rfc7644").users.query, "");
}

#[tokio::test]
async fn a_query_for_accounts_that_is_refused_is_left_out() {
    let quirks = Quirks { excluded_attributes_parameter: Parameter::Refused, ..Quirks::default() };
    let house = House::with(quirks).await;
    let mine = "users: { query: excludedAttributes=groups }";
    let report = house.check(mine, true).await;
    assert_eq!(mark(&report, "users_query").0, Mark::Change, "{report:#?}");
    assert_eq!(settled(&house, &report).await.users.query, "");
}

#[tokio::test]
async fn late_reads_ways_to_clear_and_hidden_accounts_are_told() {
    let lag = SignedDuration::from_millis(150);
    let quirks = Quirks { user_reads_lag: lag, group_reads_lag: lag, ..Quirks::default() };
    let house = House::with(quirks).await;
    let before = house.everything();
    let report = house.check("rfc7644", true).await;
    assert_eq!(mark(&report, "reads").0, Mark::Note, "{report:#?}");
    assert_eq!(mark(&report, "remove_member").0, Mark::Good, "{report:#?}");
    assert_eq!(house.everything(), before);

    for (way, form) in [(Clearing::Null, ClearForm::Null), (Clearing::EmptyText, ClearForm::Empty)]
    {
        for is_silent in [false, true] {
            let quirks = Quirks {
                clears_by: way,
                other_clearing_is_ignored: is_silent,
                ..Quirks::default()
            };
            let house = House::with(quirks).await;
            let report = house.check("rfc7644", true).await;
            assert_eq!(settled(&house, &report).await.users.clear, form);
        }
    }

    let quirks = Quirks { inactive_users_are_hidden: true, ..Quirks::default() };
    let house = House::with(quirks).await;
    let before = house.everything();
    let (_, conclusion) = mark(&house.check("rfc7644", true).await, "update");
    assert!(conclusion.contains("hidden"), "{conclusion}");
    assert!(house.untouched(&before));
}

#[tokio::test]
async fn groups_that_nobody_may_read_are_seen_by_their_members_or_not_at_all() {
    let quirks = Quirks { group_reads_refused: Some(400), ..Quirks::default() };
    let house = House::with(quirks.clone()).await;
    let before = house.everything();
    let report = house.check("rfc7644", true).await;
    assert_eq!(mark(&report, "remove_member").0, Mark::Good, "{report:#?}");
    let (_, conclusion) = mark(&report, "own_groups");
    assert!(conclusion.contains("groups cannot be read"), "{conclusion}");
    assert_eq!(house.everything(), before);

    let house = House::of(Manners { users_show_groups: false, quirks, ..Manners::rfc7644() }).await;
    let before = house.everything();
    let report = house.check("rfc7644", true).await;
    assert_eq!(mark(&report, "members").0, Mark::Change, "{report:#?}");
    let (_, conclusion) = mark(&report, "own_groups");
    assert!(conclusion.contains("does not show"), "{conclusion}");
    assert!(house.untouched(&before));
}

/// Under every manner that could lead it to somebody else's.
#[tokio::test]
async fn nothing_is_written_to_what_was_there() {
    let ignored = filters(&[("*", Sifting::Ignored)]);
    let parameter = Parameter::Refused;
    let all = [
        Quirks { created_ids: CreatedIds::Anothers, ..Quirks::default() },
        Quirks { created_ids: CreatedIds::Changed, ..Quirks::default() },
        Quirks { created_ids: CreatedIds::Anothers, ..ignored.clone() },
        Quirks { excluded_attributes_parameter: parameter, ..ignored.clone() },
        Quirks { group_reads_refused: Some(500), ..ignored.clone() },
        Quirks { no_hit_is_404: true, inactive_users_are_hidden: true, ..ignored },
    ];
    for quirks in all {
        for create_users in [false, true] {
            let house = House::with(quirks.clone()).await;
            let before = house.everything();
            house.check("rfc7644", create_users).await;
            assert!(house.untouched(&before), "{quirks:?}: {:#?}", house.everything());
        }
    }
}
