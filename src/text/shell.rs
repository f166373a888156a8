//! Words of commands that are printed to be typed.

use std::borrow::Cow;

/// The word as a shell takes it: as it is where it has no character that means something to one, else
/// in single quotes.
pub fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.,:/%@+=".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_the_word_as_it_was() {
        assert_eq!(quoted("bot@1.service"), "bot@1.service");
        assert_eq!(quoted(r"CORP\trader"), r"'CORP\trader'");
        assert_eq!(quoted("x;touch y"), "'x;touch y'");
        assert_eq!(quoted("o'neil $(id)"), r"'o'\''neil $(id)'");
        assert_eq!(quoted("~root"), "'~root'");
        assert_eq!(quoted(""), "''");
    }
}
