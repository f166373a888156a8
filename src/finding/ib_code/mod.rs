//! IB's own error and notice numbers, as far as they concern a connection, the start of a session,
//! permissions for market data and pacing: what each means, what to do, and which findings it
//! leads to.

mod table;

use super::Code;
pub use table::ALL;

/// The side that makes a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The Gateway or TWS sends it.
    Wire,
    /// Client libraries make it up; it never travels.
    Library,
}

/// Whether this number only says that a data farm is up or idle, as every login brings it.
pub fn is_routine(number: i32) -> bool {
    matches!(number, 2104 | 2106..=2108 | 2158)
}

/// One number of IB's, or a range of numbers that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IbCode {
    /// The number, or the first of the range.
    pub number: i32,
    /// The last of the range; the number itself where it stands alone.
    pub last: i32,
    /// The side that makes it.
    pub origin: Origin,
    /// What it means, in one or two sentences.
    pub meaning: &'static str,
    /// What to do, in the order in which to try it.
    pub remedies: &'static [&'static str],
    /// The findings that it makes, or is evidence for; the likeliest first.
    pub findings: &'static [Code],
}

impl IbCode {
    /// The number as text, or the range as `510-578`.
    pub fn name(&self) -> String {
        if self.number == self.last {
            self.number.to_string()
        } else {
            format!("{}-{}", self.number, self.last)
        }
    }

    fn is_single(&self) -> bool {
        self.number == self.last
    }
}

/// The entry of that number: its own before that of a range around it.
pub fn find(number: i32) -> Option<&'static IbCode> {
    let holds = |code: &&IbCode| (code.number..=code.last).contains(&number);
    let mut entries = ALL.iter().filter(holds);
    entries
        .clone()
        .find(|code| code.is_single())
        .or(entries.next())
}

/// Every number that makes this finding or is evidence for it, ascending.
pub fn of_finding(finding: Code) -> impl Iterator<Item = &'static IbCode> {
    ALL.iter()
        .filter(move |code| code.findings.contains(&finding))
}

/// The numbers of the table that are nearest to one that is not in it: the one below, the one above.
pub fn neighbours(number: i32) -> impl Iterator<Item = &'static IbCode> {
    let below = ALL
        .iter()
        .filter(|code| code.last < number)
        .max_by_key(|code| code.last);
    let above = ALL.iter().find(|code| code.number > number);
    below.into_iter().chain(above)
}

/// What IB uses the hundreds or thousands around a number for; `None` where that is not known.
pub fn band(number: i32) -> Option<&'static str> {
    let band = match number {
        100..=199 => "errors of orders and requests, sent by the Gateway",
        200..=449 => "refused contracts, orders and requests, sent by the Gateway",
        500..=599 => "errors that client libraries make up; those never travel on the wire",
        1100..=1399 => "the state of the Gateway's own link and port, sent by the Gateway",
        2100..=2199 => "warnings and notices, sent by the Gateway; most need no action",
        10_000..=10_999 => "newer errors of orders and market data, sent by the Gateway",
        _ => return None,
    };
    Some(band)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_ascend_and_those_of_libraries_are_501_to_589() {
        assert!(ALL.is_sorted_by(|a, b| a.number < b.number));
        for code in ALL {
            let made_up = (501..=589).contains(&code.number);
            assert_eq!(code.origin == Origin::Library, made_up, "{}", code.number);
            assert!(code.number <= code.last, "{}", code.number);
        }
    }

    #[test]
    fn every_number_of_connection_account_data_permission_and_pacing_is_there() {
        let singles = [
            -1, 0, 100, 101, 103, 162, 200, 201, 202, 300, 309, 317, 326, 327, 330, 331, 344, 354,
            357, 366, 399, 420, 520, 530, 1300, 2119, 2137, 2148, 2157, 2158, 2168, 2169, 10_089,
            10_090, 10_141, 10_147, 10_148, 10_167, 10_168, 10_182, 10_185, 10_186, 10_190, 10_197,
            10_225, 10_358,
        ];
        let ranges = [320..=323, 501..=578, 1100..=1102, 2100..=2110, 2150..=2152];
        for number in singles.into_iter().chain(ranges.into_iter().flatten()) {
            assert!(find(number).is_some(), "{number}");
        }
    }

    #[test]
    fn a_number_of_its_own_goes_before_the_range_around_it() {
        assert_eq!(find(520).map(IbCode::name).as_deref(), Some("520"));
        assert_eq!(find(521).map(IbCode::name).as_deref(), Some("510-578"));
        assert_eq!(find(4242), None);
    }

    #[test]
    fn every_text_is_a_plain_sentence_without_an_end() {
        for code in ALL {
            for text in std::iter::once(&code.meaning).chain(code.remedies) {
                assert!(!text.ends_with('.') && !text.contains("  "), "{text}");
            }
        }
    }

    #[test]
    fn the_neighbours_of_an_unknown_number_stand_beside_it() {
        let names = |number| neighbours(number).map(IbCode::name).collect::<Vec<_>>();
        assert_eq!(names(2111), ["2110", "2119"]);
        assert_eq!(names(590), ["579-589", "1100"]);
        assert_eq!(names(99_999_999), ["10358"]);
        assert_eq!(names(-5), ["-1"]);
    }
}
