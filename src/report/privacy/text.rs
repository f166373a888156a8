//! Account numbers in a text: those that look like one, and those that a session has named.

/// Known accounts that are kept; a session names a thousand at most.
const KNOWN: usize = 10_000;
/// An account this short may be part of a word: it counts only where it stands alone.
const SHORT: usize = 5;

/// The accounts that the sessions of this run have named, the longest first.
#[derive(Clone, Debug, Default)]
pub struct Accounts(Vec<String>);

impl Accounts {
    /// Takes the accounts of a session.
    pub fn learn(&mut self, accounts: &[String]) {
        for account in accounts {
            let known = account.to_ascii_lowercase();
            if known.len() > 2 && self.0.len() < KNOWN && !self.0.contains(&known) {
                self.0.push(known);
            }
        }
        // One that is the beginning of another would leave the rest of it.
        self.0.sort_by_key(|known| std::cmp::Reverse(known.len()));
    }

    /// Shortens the known accounts wherever they stand, and everything that looks like one.
    pub fn mask(&self, text: &str) -> String {
        let known = self.0.iter();
        let text = known.fold(text.to_owned(), |text, account| without(&text, account));
        mask(&text)
    }
}

/// `text` with this account shortened, in capitals or not.
fn without(text: &str, account: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut masked = String::with_capacity(text.len());
    let mut rest = 0;
    for (start, found) in lower.match_indices(account) {
        let end = start + found.len();
        let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let before = start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
        let alone = !is_part(before) && !is_part(text.as_bytes().get(end));
        if account.len() >= SHORT || alone {
            masked.push_str(&text[rest..start]);
            masked.push_str(&shorten(&text[start..end]));
            rest = end;
        }
    }
    masked.push_str(&text[rest..]);
    masked
}

/// `DU9000021` as `DU…21`; what is too short to hide anything becomes `…`.
pub fn shorten(account: &str) -> String {
    let chars: Vec<char> = account.chars().collect();
    // Out of a report that is read again.
    if matches!(chars.as_slice(), [_, _, '…', _, _]) {
        return account.to_owned();
    }
    if chars.len() < 6 {
        return "…".to_owned();
    }
    let head: String = chars[..2].iter().collect();
    let tail: String = chars[chars.len() - 2..].iter().collect();
    format!("{head}…{tail}")
}

/// Shortens everything in a text that looks like an account, also in full-width letters and digits,
/// as Chinese and Japanese keyboards write them.
pub fn mask(text: &str) -> String {
    let narrow: String = text.chars().map(narrow).collect();
    let masked = mask_narrow(&narrow);
    if masked == narrow {
        return text.to_owned();
    }
    masked
}

/// A full-width character as that of ASCII (U+FF01 to U+FF5E stand for U+0021 to U+007E).
fn narrow(c: char) -> char {
    let code = u32::from(c);
    let ascii = ('\u{ff01}'..='\u{ff5e}')
        .contains(&c)
        .then(|| code - 0xfee0);
    ascii.and_then(char::from_u32).unwrap_or(c)
}

/// What is no letter or digit of ASCII ends an account: in Chinese words stand side by side.
fn mask_narrow(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric();
    let mut masked = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !is_part(c)) {
        let token = word.trim_end_matches(|c: char| !is_part(c));
        if is_account(token) {
            masked.push_str(&shorten(token));
        } else {
            mask_within(token, &mut masked);
        }
        masked.push_str(&word[token.len()..]);
    }
    masked
}

/// Shortens what the letters of an account begin and its digits end, as in `runDU9000021.py`: five
/// digits behind capitals at the start of the word or after a small letter, and seven behind a `U`
/// or `DU` anywhere, in small letters too, as in `BOTU9000021` and `botu9000021`.
fn mask_within(mut word: &str, masked: &mut String) {
    let mut is_after_digit = false;
    while let Some(at) = word.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = word.split_at(at);
        let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = digits.len() - rest.len();
        let start = at - letters_within(before, is_after_digit, count);
        masked.push_str(&word[..start]);
        let found = &word[start..at + count];
        if start < at {
            masked.push_str(&shorten(found));
        } else {
            masked.push_str(found);
        }
        word = rest;
        is_after_digit = true;
    }
    masked.push_str(word);
}

/// How many letters at the end of `before` begin an account with so many digits; 0 if none do.
fn letters_within(before: &str, is_after_digit: bool, digits: usize) -> usize {
    let small = before.trim_end_matches(|c: char| c.is_ascii_uppercase());
    let capitals = &before[small.len()..];
    let stands_alone = !(is_after_digit && small.is_empty());
    if digits >= 5 && stands_alone && is_kind(capitals, false) {
        return capitals.len();
    }
    let kinds = ["DU", "du", "U", "u"];
    let kind = kinds.iter().find(|kind| before.ends_with(**kind));
    let kind = kind.filter(|_| (7..=9).contains(&digits));
    kind.map_or(0, |kind| kind.len())
}

/// How IB numbers accounts: U for a client, F for an advisor, I for a broker, behind a D if it is for
/// paper trading; perhaps one letter more, five digits or more, perhaps a letter of a sub-account.
/// In small letters, as names of files and machines are, it takes six digits and no other letter.
fn is_account(token: &str) -> bool {
    let digits = token.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &token[..token.len() - digits.len()];
    let digits = digits
        .strip_suffix(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(digits);
    let is_small = letters.bytes().all(|byte| byte.is_ascii_lowercase());
    let least = if is_small { 6 } else { 5 };
    is_kind(letters, is_small)
        && digits.len() >= least
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether accounts begin with these letters.
fn is_kind(letters: &str, is_small: bool) -> bool {
    let letters = letters.to_ascii_uppercase();
    let behind_paper = letters.strip_prefix('D').unwrap_or(&letters);
    let mut rest = behind_paper.chars();
    matches!(rest.next(), Some('U' | 'F' | 'I')) && rest.count() <= usize::from(!is_small)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_keeps_its_kind_and_its_last_two_digits() {
        assert_eq!(shorten("DU9000021"), "DU…21");
        assert_eq!(shorten("U1234"), "…");
    }

    #[test]
    fn accounts_are_found_amid_text_and_other_words_stay() {
        let text = "Order for DU9000021, (U1234567): farm usfarm.nj AAPL 20261122 EUR12";
        let masked = "Order for DU…21, (U1…67): farm usfarm.nj AAPL 20261122 EUR12";
        assert_eq!(mask(text), masked);
        assert_eq!(mask("ends in DF1234567"), "ends in DF…67");
        assert_eq!(mask("sub DU1234567A or u7654321"), "sub DU…7A or u7…21");
        assert_eq!(mask("DUM123456 F74649 I12345"), "DU…56 F7…49 I1…45");
        assert_eq!(mask("…ünicode\u{fffd}U12345"), "…ünicode\u{fffd}U1…45");
    }

    #[test]
    fn accounts_are_found_within_words() {
        assert_eq!(mask("runDU9000021.py"), "runDU…21.py");
        assert_eq!(mask("U1234567bot.py --x"), "U1…67bot.py --x");
        assert_eq!(mask("a DU9000021v2U1234567 b"), "a DU…21v2U1…67 b");
        assert_eq!(mask("bot_DU9000021_x.service"), "bot_DU…21_x.service");
        assert_eq!(mask("BOTDU9000021.py botu7654321"), "BOTDU…21.py botu7…21");
        for word in [
            "a12345678bcd",
            "menu202611",
            "v2U12345",
            "3F1234567a2I99999",
            "20261122T101500Z",
            "ABCD12345",
            "SIGTERM",
            "getU1234",
        ] {
            assert_eq!(mask(word), word);
        }
    }

    #[test]
    fn letters_of_other_scripts_are_no_part_of_an_account() {
        assert_eq!(mask("账户DU1234567已连接"), "账户DU…67已连接");
        assert_eq!(mask("счётU1234567закрыт"), "счётU1…67закрыт");
        assert_eq!(mask("küU1234567ß"), "küU1…67ß");
        assert_eq!(mask("bot_DU1234567_live.py"), "bot_DU…67_live.py");
    }

    #[test]
    fn full_width_letters_and_digits_are_those_of_ascii() {
        assert_eq!(mask("Ｕ1234567x"), "U1…7x");
        assert_eq!(mask("账户ＤＵ１２３４５６７已连接"), "账户DU…67已连接");
        assert_eq!(mask("ＡＢ１２"), "ＡＢ１２", "no account, and no change");
    }

    #[test]
    fn names_of_machines_and_other_numbers_are_no_accounts() {
        for name in [
            "vm10023",
            "VM10023",
            "ip10012345",
            "i12345",
            "web00001",
            "node-u1234",
            "EUR123456",
            "ES202612",
            "pid1234567",
            "U1234",
            "DUABC12345",
            "a1b2c3d4e5",
        ] {
            assert_eq!(mask(name), name);
        }
    }

    #[test]
    fn the_accounts_of_a_session_are_shortened_wherever_they_stand() {
        let mut accounts = Accounts::default();
        accounts.learn(&["FAM-1".to_owned(), "XQ77".to_owned(), "FAM-1-2".to_owned()]);
        accounts.learn(&["ab".to_owned(), String::new()]);
        let masked = accounts.mask("of FAM-1: x, xfam-1y, FAM-1-2, XQ77, AXQ77 and ab");
        assert_eq!(masked, "of …: x, x…y, FA…-2, …, AXQ77 and ab");
        assert_eq!(accounts.mask("账户FAM-1"), "账户…");
    }
}
