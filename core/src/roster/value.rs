//! What cells say: nothing, a flag, a number that a spreadsheet has spoilt.

use super::column::Column;
use super::keys::Space;
use crate::model::{Alias, AliasKind, text};

/// Words for nothing, in small letters.
const NOTHING: [&str; 7] = ["null", "none", "n/a", "nan", "undefined", "-", "#n/a"];

/// A cell without blanks at its ends; empty if it says nothing.
pub(super) fn said(cell: &str) -> &str {
    let cell = text::trimmed(cell);
    let is_nothing = NOTHING.iter().any(|word| cell.eq_ignore_ascii_case(word));
    if is_nothing { "" } else { cell }
}

/// `True`, `yes`, `1`
pub(super) fn flag(cell: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    if is(&["true", "yes", "y", "1", "enabled", "active", "wahr", "ja"]) {
        return Some(true);
    }
    is(&["false", "no", "n", "0", "disabled", "inactive", "falsch", "nein"]).then_some(false)
}

/// `1.23E+11`, `1,23E+11`: what a spreadsheet makes of a long number. The last digits are lost.
pub(super) fn is_scientific(cell: &str) -> bool {
    let Some((number, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let Some(exponent) = exponent.strip_prefix(['+', '-']) else { return false };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    is_digits(exponent) && number.split(['.', ',']).all(is_digits)
}

/// The canonical name in a column that tells people apart; `None` if there is none.
pub(crate) fn name(column: Column, cell: &str, scheme: Option<&str>) -> Option<String> {
    let alias = match column.space()? {
        Space::EmployeeNumber => Alias::parse(AliasKind::EmployeeNumber, cell),
        Space::WorkerId => Alias::parse(AliasKind::WorkerId, cell),
        Space::Name if column == Column::UserName => Alias::parse(AliasKind::UserName, cell),
        Space::Name => Alias::parse(AliasKind::Email, cell),
        Space::External => Alias::external(scheme?, cell),
    }?;
    (!alias.is_placeholder()).then(|| alias.value().to_owned())
}
