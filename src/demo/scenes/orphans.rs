//! Accounts that nobody has, and what lists make of them.

use super::{Act, Scene, active};
use crate::demo::company::Company;
use crate::demo::expect::Expectation::{Account, Compared, Inventoried, Obeyed};
use crate::demo::orders::Order;
use std::sync::Arc;

/// One list is waited for, two disable, and what is a machine's or was excepted stays.
pub(super) fn found(company: &Company, target: &'static str, tenant: &'static str) -> Scene {
    let of = |is_active: bool| {
        let orphans = company.orphans.iter().map(Arc::clone);
        orphans.map(move |person| Account { person, is_active })
    };
    let mut after_two = vec![Compared { tenant, orphans: company.orphans.len() }];
    after_two.extend(of(false));
    after_two.extend(company.spared.iter().map(active));
    let mut after_one = vec![Compared { tenant, orphans: 0 }];
    after_one.extend(of(true));
    Scene {
        title: "Accounts that nobody has",
        intro: vec![
            "Four accounts were there before usher: two are nobody's, one is a machine's, and one stays"
                .to_owned(),
            "because somebody said so. Two lists of HR make an orphan: moments apart here, and else 12 hours."
                .to_owned(),
        ],
        acts: vec![
            Act {
                order: Some(Order::Refresh { target, why: "what does the provider have?" }),
                expects: vec![Obeyed { word: "refresh", times: 1 }, Inventoried],
                ..Act::default()
            },
            Act { list: Some(company.list(false)), expects: after_one, ..Act::default() },
            Act { list: Some(company.list(true)), expects: after_two, ..Act::default() },
        ],
    }
}
