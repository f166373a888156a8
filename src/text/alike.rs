//! Which of the known names was probably meant by one that is not known.

/// Names this much alike, from 0 to 1, are taken for a slip of the fingers.
const ALIKE: f64 = 0.8;
/// How much of what was typed is compared, in characters: the effort grows with its square.
const COMPARED: usize = 60;

/// The name that is most like what was typed, in capitals or not, if one is much alike.
pub fn likest<N: AsRef<str>>(typed: &str, names: impl IntoIterator<Item = N>) -> Option<N> {
    let typed: String = typed.chars().take(COMPARED).collect();
    let typed = typed.to_lowercase();
    let names = names.into_iter();
    let alike = names.map(|name| (strsim::jaro_winkler(name.as_ref(), &typed), name));
    let likest = alike.max_by(|(a, _), (b, _)| a.total_cmp(b));
    likest
        .filter(|(alike, _)| *alike >= ALIKE)
        .map(|(_, name)| name)
}

/// What is asked behind an error where a name was probably meant; nothing where none was.
pub fn did_you_mean<N: AsRef<str>>(typed: &str, names: impl IntoIterator<Item = N>) -> String {
    let meant = likest(typed, names);
    meant.map_or_else(String::new, |meant| {
        format!("; did you mean {}?", meant.as_ref())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_is_told_from_another_word() {
        let names = ["localhost", "paper", "tws-paper"];
        assert_eq!(likest("locahost", names), Some("localhost"));
        assert_eq!(likest("TWS-papr", names), Some("tws-paper"));
        for typed in ["gateway", "", "\u{1b}[2J", &"p".repeat(100_000)] {
            assert_eq!(likest(typed, names), None, "{typed:.20}");
        }
        assert_eq!(did_you_mean("papre", names), "; did you mean paper?");
        assert_eq!(did_you_mean("gw", names), "");
    }
}
