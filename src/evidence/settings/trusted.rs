//! Trusted addresses: each by itself, a range does not count.

use std::net::IpAddr;

/// More addresses of one list are not kept.
const MOST: usize = 64;

/// The addresses of a list, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted {
    /// Those that are addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether it has a range, or another thing that is no address: it does not count.
    pub has_range: bool,
}

impl Trusted {
    /// Reads a list; its separators are commas, semicolons and blanks.
    pub fn parse(text: &str) -> Self {
        let mut trusted = Self::default();
        let words = text.split(|c: char| matches!(c, ',' | ';') || c.is_whitespace());
        words.for_each(|word| trusted.add(word));
        trusted
    }

    fn add(&mut self, word: &str) {
        if word.parse::<IpAddr>().is_err() {
            self.has_range |= word.contains(['/', '*', '-']);
        }
        self.add_address(word);
    }

    /// Adds a word if it is an address.
    pub fn add_address(&mut self, word: &str) {
        if let Ok(ip) = word.trim().parse::<IpAddr>()
            && self.addresses.len() < MOST
        {
            self.addresses.push(ip.to_canonical());
        }
    }

    /// Whether it names this address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address.to_canonical())
    }
}
