//! Counts and lists as words.

use std::fmt::Display;

/// A noun in the number that fits `count`.
pub fn plural(count: impl Copy + PartialEq + From<u8>, noun: &str) -> String {
    if count == 1.into() {
        noun.to_owned()
    } else if noun.ends_with('s') {
        format!("{noun}es")
    } else {
        format!("{noun}s")
    }
}

/// A count with its noun: `1 socket`, `2 sockets`.
pub fn counted(count: impl Copy + Display + PartialEq + From<u8>, noun: &str) -> String {
    format!("{count} {}", plural(count, noun))
}

/// A number with a comma before each three digits: `2,514.331`.
pub fn grouped(number: f64) -> String {
    let digits = number.to_string();
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (index, digit) in whole.char_indices() {
        let behind = whole.len() - index;
        if index > 0 && behind % 3 == 0 && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// `a, b, c`.
pub fn joined(parts: impl IntoIterator<Item = impl Display>) -> String {
    let parts: Vec<String> = parts.into_iter().map(|part| part.to_string()).collect();
    parts.join(", ")
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed<S: AsRef<str>>(parts: &[S]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most = joined(most.iter().map(AsRef::as_ref));
            format!("{most} and {}", last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_stands_in_the_number_of_its_count() {
        assert_eq!(counted(0_u32, "socket"), "0 sockets");
        assert_eq!(counted(1_usize, "socket"), "1 socket");
        assert_eq!(counted(2_u64, "process"), "2 processes");
    }

    #[test]
    fn the_last_of_a_list_is_joined_by_and() {
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed(&["a", "b"]), "a and b");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(joined([4001, 4002]), "4001, 4002");
    }
}
