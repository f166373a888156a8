//! The names of users, as the file of local accounts has them.

use std::collections::BTreeMap;

use crate::text::printable::clean;

/// User names by id; an account that only a directory service knows is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Users(BTreeMap<u32, String>);

impl Users {
    /// The local accounts of this machine; none where there is no such file.
    pub fn local() -> Self {
        let content = std::fs::read("/etc/passwd").unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&content))
    }

    fn parse(content: &str) -> Self {
        let mut users = BTreeMap::new();
        for line in content.lines() {
            let mut fields = line.split(':');
            if let (Some(name), _, Some(uid)) = (fields.next(), fields.next(), fields.next())
                && let Ok(uid) = uid.parse()
                && !name.is_empty()
            {
                // The first account of an id is the one that other tools show.
                users.entry(uid).or_insert_with(|| clean(name, 64));
            }
        }
        Self(users)
    }

    /// The name of the user, or the id as text.
    pub fn name(&self, uid: u32) -> String {
        self.0.get(&uid).cloned().unwrap_or_else(|| uid.to_string())
    }

    /// The id of the user of this name; a number is an id itself.
    pub fn id(&self, name: &str) -> Option<u32> {
        let named = self.0.iter().find(|(_, known)| *known == name);
        named.map(|(uid, _)| *uid).or_else(|| name.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_lead_to_each_other_and_the_first_account_counts() {
        let users =
            Users::parse("root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\nbot:x:1000:\nx:y\n");
        assert_eq!(
            (users.name(0), users.name(1000)),
            ("root".to_owned(), "bot".to_owned())
        );
        assert_eq!(users.name(4711), "4711");
        assert_eq!(
            (users.id("bot"), users.id("4711")),
            (Some(1000), Some(4711))
        );
        assert_eq!(users.id("nobody here"), None);
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(Users::parse("a\x1b[2J:x:7:").name(7), "a\u{fffd}[2J");
    }
}
