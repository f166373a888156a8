//! What `ps` says: the process list of POSIX's `-o` columns, and the ignored signals.
//!
//! Each column has its own `-o`: in BSD's `ps` a header text goes on to the end of its argument.

use super::super::Terminal;
use crate::machine::pid::Pid;

/// The arguments for [`rows`].
pub(super) const LIST: [&str; 17] = [
    "-A", "-o", "pid=", "-o", "ppid=", "-o", "pgid=", "-o", "ruid=", "-o", "uid=", "-o", "etime=",
    "-o", "tty=", "-o", "stat=",
];

/// One process in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) pid: Pid,
    pub(super) parent: Pid,
    pub(super) group: Pid,
    /// Whose it is, and whose rights it has.
    users: [u32; 2],
    /// How long it has been running, in whole seconds.
    elapsed: u64,
    /// `None` if the word for it is not known.
    pub(super) terminal: Option<Terminal>,
    /// The letters of its state.
    state: String,
}

impl Row {
    /// Whether it has ended and its parent has not waited for it.
    pub(super) fn is_zombie(&self) -> bool {
        self.state.starts_with('Z')
    }

    /// Whether a debugger is attached, by the letter that macOS has for that (`X`, ps(1)).
    pub(super) fn is_traced_on_macos(&self) -> bool {
        self.state.chars().skip(1).any(|letter| letter == 'X')
    }
}

/// Every process; `None` if a line is not understood, since a child could be in it.
pub(super) fn rows(text: &str) -> Option<Vec<Row>> {
    let rows: Option<Vec<Row>> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(row)
        .collect();
    rows.filter(|rows| !rows.is_empty())
}

fn row(line: &str) -> Option<Row> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let [pid, parent, group, owner, rights, elapsed, terminal, state] = columns[..] else {
        return None;
    };
    let number = |text: &str| text.parse().ok().map(Pid);
    Some(Row {
        pid: number(pid)?,
        parent: number(parent)?,
        group: number(group)?,
        users: [owner.parse().ok()?, rights.parse().ok()?],
        elapsed: seconds(elapsed)?,
        terminal: match terminal {
            // Linux writes one, BSD two.
            "?" | "??" => Some(Terminal::Absent),
            name if name.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                Some(Terminal::Present)
            }
            _ => None,
        },
        state: state.to_owned(),
    })
}

/// POSIX's elapsed time: `[[dd-]hh:]mm:ss`.
fn seconds(text: &str) -> Option<u64> {
    let (days, time) = match text.split_once('-') {
        Some((days, time)) => (Some(days), time),
        None => (None, text),
    };
    let parts: Vec<&str> = time.split(':').collect();
    let (hours, rest) = match parts[..] {
        [minutes, seconds] if days.is_none() => (None, [minutes, seconds]),
        [hours, minutes, seconds] => (Some(hours), [minutes, seconds]),
        _ => return None,
    };
    let number = |text: Option<&str>| text.map_or(Some(0), |text| text.parse::<u64>().ok());
    let hours = number(days)?.checked_mul(24)?.checked_add(number(hours)?)?;
    let mut total = hours;
    for part in rest {
        total = total.checked_mul(60)?.checked_add(number(Some(part))?)?;
    }
    Some(total)
}

/// The parents of a process, nearest first; `None` if the chain breaks off.
pub(super) fn ancestors(rows: &[Row], of: Pid) -> Option<Vec<Pid>> {
    let parent = |pid: Pid| Some(rows.iter().find(|row| row.pid == pid)?.parent);
    let mut ancestors = Vec::new();
    let mut next = parent(of)?;
    while next != Pid(0) && ancestors.len() < rows.len() {
        ancestors.push(next);
        next = parent(next)?;
    }
    Some(ancestors)
}

/// Those into whom `own` cannot look, and who may have what one of these holders has: by the
/// rules of [`crate::zombie`] its family, session and group, and what its user started since.
///
/// `None` if ibdoc itself is not in the list.
pub(super) fn out_of_reach(
    rows: &[Row],
    own: Pid,
    holders: &[Pid],
    session: &dyn Fn(Pid) -> Option<Pid>,
) -> Option<Vec<Pid>> {
    let own = rows.iter().find(|row| row.pid == own)?;
    // A set-user-id program has other rights than its user.
    let can_look = |row: &Row| own.users[1] == 0 || row.users == [own.users[1]; 2];
    let near = |row: &Row, holder: Pid| {
        let Some(holder) = rows.iter().find(|row| row.pid == holder) else {
            return true;
        };
        let sessions = session(row.pid).zip(session(holder.pid));
        sessions.is_none_or(|(theirs, its)| theirs == its)
            || row.group == holder.group
            || row.parent == holder.pid
            || holder.parent == row.pid && row.pid.0 > 1
            || row.users[0] == holder.users[0] && row.elapsed <= holder.elapsed
    };
    let beyond = rows.iter().filter(|row| {
        !can_look(row) && !row.is_zombie() && holders.iter().any(|holder| near(row, *holder))
    });
    Some(beyond.map(|row| row.pid).collect())
}

/// SIGHUP and SIGPIPE in the masks of signals, which count from 1.
const HANGUP: u128 = 1 << 0;
const PIPE: u128 = 1 << 12;

/// Whether the process ignores SIGHUP, from lines of a pid and the mask of ignored signals.
///
/// ibdoc itself ignores SIGPIPE, as every Rust program does: where its own mask does not show
/// that, the column is something else or not filled in, and says nothing about others.
pub(super) fn ignores_hangup(text: &str, pid: Pid, own: Pid) -> Option<bool> {
    let mask = |wanted: Pid| {
        text.lines().find_map(|line| {
            let mut columns = line.split_whitespace();
            (columns.next()?.parse() == Ok(wanted.0)).then_some(())?;
            let mask = columns.next()?;
            columns.next().is_none().then_some(())?;
            u128::from_str_radix(mask, 16).ok()
        })
    };
    let witness = mask(own)? & PIPE != 0;
    witness.then_some(())?;
    Some(mask(pid)? & HANGUP != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACOS: &str = "\
    1     0     1     0     0 12-03:04:05 ??       Ss
  411     1   411   501   501    02:10:00 ??       S
 1501   411  1501     0     0    01:00:00 ttys001  Ss
 1502  1501  1502   501   501       59:59 ttys001  S+
 2044     1  2040   501   501       10:00 ??       SX
 2045  2044  2040   501   501       09:00 ??       Z
 2050  1502  1502   501     0       05:00 ttys001  S+
";

    #[test]
    fn the_columns_of_macos_are_understood() {
        let rows = rows(MACOS).unwrap();
        assert_eq!(rows.len(), 7);
        let bot = &rows[4];
        assert_eq!(
            (bot.pid, bot.parent, bot.group),
            (Pid(2044), Pid(1), Pid(2040))
        );
        assert_eq!((bot.users, bot.elapsed), ([501, 501], 600));
        assert_eq!(bot.terminal, Some(Terminal::Absent));
        assert!(bot.is_traced_on_macos() && !rows[0].is_traced_on_macos());
        assert_eq!(rows[3].terminal, Some(Terminal::Present));
        assert!(rows[5].is_zombie() && !bot.is_zombie());
    }

    #[test]
    fn the_columns_of_linux_are_understood() {
        let rows = rows(" 7 1 7 0 0 00:05 pts/0 Ssl+\n 8 7 7 0 0 00:00 ? R<\n").unwrap();
        assert_eq!(rows[0].terminal, Some(Terminal::Present));
        assert_eq!(rows[1].terminal, Some(Terminal::Absent));
    }

    #[test]
    fn a_list_with_a_line_that_is_not_understood_says_nothing() {
        for text in [
            "",
            "ps: pgid: keyword not found\n",
            "1 0 1 0 0 00:01 ?? S\n2 1 2 0 0 00:01 ??\n",
            "1 0 1 0 0 00:01 ?? S extra\n",
            "1 0 1 0 0 - ?? S\n",
            "1 0 1 root root 00:01 ?? S\n",
        ] {
            assert_eq!(rows(text), None, "{text}");
        }
        let odd = rows("1 0 1 0 0 00:01 - S\n").unwrap();
        assert_eq!(odd[0].terminal, None, "a word that nobody has explained");
    }

    #[test]
    fn an_elapsed_time_has_days_and_hours_or_not() {
        assert_eq!(seconds("00:07"), Some(7));
        assert_eq!(seconds("01:02:03"), Some(3723));
        assert_eq!(seconds("2-00:00:01"), Some(172_801));
        for odd in ["", "7", "-1:00", "1:2:3:4", "a:b", "1-2"] {
            assert_eq!(seconds(odd), None, "{odd}");
        }
    }

    #[test]
    fn parents_are_followed_to_the_first_process_or_not_known() {
        let rows = rows(MACOS).unwrap();
        let chain = vec![Pid(1501), Pid(411), Pid(1)];
        assert_eq!(ancestors(&rows, Pid(1502)), Some(chain));
        assert_eq!(ancestors(&rows, Pid(1)), Some(Vec::new()));
        assert_eq!(ancestors(&rows[1..], Pid(411)), None, "who is pid 1");
        let circle = super::rows("5 6 5 0 0 00:01 ? S\n6 5 5 0 0 00:01 ? S\n").unwrap();
        assert!(ancestors(&circle, Pid(5)).is_some_and(|chain| chain.len() == 2));
    }

    #[test]
    fn only_relatives_and_later_programs_of_its_user_may_share_unseen() {
        let rows = rows(MACOS).unwrap();
        let sessions = |pid: Pid| match pid.0 {
            1501 | 1502 | 2050 => Some(Pid(1501)),
            2044 | 2045 => Some(Pid(2000)),
            other => Some(Pid(other)),
        };
        let beyond = |own: u32, holder: u32, session: &dyn Fn(Pid) -> Option<Pid>| {
            out_of_reach(&rows, Pid(own), &[Pid(holder)], session)
        };
        // A set-user-id program that the same user started since the bot.
        assert_eq!(beyond(1502, 2044, &sessions), Some(vec![Pid(2050)]));
        // The login of the terminal is its parent, and in its session.
        let family = vec![Pid(1501), Pid(2050)];
        assert_eq!(beyond(1502, 1502, &sessions), Some(family));
        let unknown = vec![Pid(1), Pid(1501), Pid(2050)];
        assert_eq!(beyond(1502, 2044, &|_| None), Some(unknown.clone()));
        assert_eq!(beyond(1502, 9999, &sessions), Some(unknown), "it has gone");
        assert_eq!(beyond(1501, 2044, &|_| None), Some(Vec::new()), "root");
        assert_eq!(beyond(9999, 2044, &sessions), None);
    }

    #[test]
    fn an_ignored_hangup_is_read_only_beside_a_mask_that_is_right() {
        let own = Pid(9);
        let said = |mask: &str| ignores_hangup(&format!(" 9 1000\n 77 {mask}\n"), Pid(77), own);
        assert_eq!(said("0"), Some(false));
        assert_eq!(said("0000000000000001"), Some(true));
        assert_eq!(said("80001000"), Some(false));
        assert_eq!(said("-"), None);
        assert_eq!(said("<0000001"), None, "cut off");
        let of = |text: &str| ignores_hangup(text, Pid(77), own);
        assert_eq!(of("9 0\n77 0\n"), None, "ibdoc's own is wrong");
        assert_eq!(of("77 0\n"), None, "ibdoc's own is missing");
        assert_eq!(of("9 1000\n"), None);
        assert_eq!(of("9 1000\n77 0 1\n"), None);
    }
}
