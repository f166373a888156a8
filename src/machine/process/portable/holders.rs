//! Who holds a socket, by the table and by `lsof` together: one may miss whom the other names.

use super::super::Owners;
use super::platform::Program;
use super::program::Programs;
use super::{lsof, ps};
use crate::machine::pid::Pid;
use crate::machine::sockets::{Socket, TcpState};

/// The holders that the table itself names.
pub(super) fn named(sockets: &[Socket]) -> Owners {
    let holders = sockets.iter().map(|socket| {
        let mut pids = socket.pids.clone().unwrap_or_default();
        pids.sort_unstable();
        pids.dedup();
        pids
    });
    Owners {
        holders: holders.collect(),
        invisible: true,
        ..Owners::default()
    }
}

/// Adds those whom `lsof` names; if it does not even list a socket, someone may be missed.
pub(super) fn add(owners: &mut Owners, sockets: &[Socket], programs: &dyn Programs) {
    let arguments = [&lsof::FIELDS[..], &["-i", "TCP"]].concat();
    let text = match programs.ask(Program::Lsof, &arguments) {
        Ok(text) => text,
        Err(silence) => {
            owners.missed = Some(format!("who else holds a socket is not known: {silence}"));
            return;
        }
    };
    let processes = lsof::processes(&text);
    for (socket, holders) in sockets.iter().zip(&mut owners.holders) {
        // The holder of a listener is not ended, and needs no second witness.
        if socket.state == TcpState::Listen {
            continue;
        }
        let holding = processes
            .iter()
            .filter(|process| process.has(socket.local, socket.remote));
        let mut found = false;
        for process in holding {
            found = true;
            match process.pid {
                Some(pid) => holders.push(pid),
                None => owners.missed = Some("lsof names a holder without a pid".to_owned()),
            }
        }
        if !found {
            let (local, remote) = (socket.local, socket.remote);
            owners.missed = Some(format!("lsof does not list {local} to {remote}"));
        }
        holders.sort_unstable();
        holders.dedup();
    }
}

/// Adds those near the holders into whom `own` cannot look.
pub(super) fn add_unreadable(
    owners: &mut Owners,
    own: Pid,
    session: &dyn Fn(Pid) -> Option<Pid>,
    programs: &dyn Programs,
) {
    let holders = owners.holders.concat();
    let listed = programs.ask(Program::Ps, &ps::LIST);
    let beyond = listed
        .map_err(|silence| silence.to_string())
        .and_then(|text| {
            let rows = ps::rows(&text);
            let beyond = rows.and_then(|rows| ps::out_of_reach(&rows, own, &holders, session));
            beyond.ok_or_else(|| "the list of ps is not understood".to_owned())
        });
    match beyond {
        Ok(beyond) => owners.unreadable = beyond,
        Err(why) => {
            owners.missed = Some(format!("who else may hold a socket is not known: {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::program::Silence;
    use super::*;

    struct Said(Option<&'static str>);

    impl Programs for Said {
        fn ask(&self, program: Program, _: &[&str]) -> Result<String, Silence> {
            let said = self.0.ok_or(Silence::Absent(program.name()));
            said.map(str::to_owned)
        }
    }

    fn half_closed(pids: &[u32]) -> Socket {
        let (local, remote) = (([127, 0, 0, 1], 50_000), ([127, 0, 0, 1], 4002));
        Socket {
            pids: Some(pids.iter().copied().map(Pid).collect()),
            ..Socket::unknown(local.into(), remote.into(), TcpState::CloseWait)
        }
    }

    fn asked(said: Option<&'static str>) -> Owners {
        let sockets = [half_closed(&[7])];
        let mut owners = named(&sockets);
        add(&mut owners, &sockets, &Said(said));
        owners
    }

    const BOTH: &str = "p7\nf3\ntIPv4\nPTCP\nn127.0.0.1:50000->127.0.0.1:4002\nTST=CLOSE_WAIT\n\
         p9\nf3\ntIPv4\nPTCP\nn127.0.0.1:50000->127.0.0.1:4002\nTST=CLOSE_WAIT\n";

    #[test]
    fn a_holder_that_only_lsof_names_is_one_too() {
        let owners = asked(Some(BOTH));
        assert_eq!(owners.holders, [[Pid(7), Pid(9)]]);
        assert_eq!(owners.missed, None);
    }

    #[test]
    fn without_ps_someone_may_be_missed_too() {
        let sockets = [half_closed(&[7])];
        let unread = |said| {
            let mut owners = named(&sockets);
            add_unreadable(&mut owners, Pid(9), &|_| None, &Said(said));
            owners
        };
        let list = "7 1 7 501 501 01:00 ?? S\n8 7 7 0 0 00:30 ?? S\n9 1 9 501 501 00:01 ?? R\n";
        let known = unread(Some(list));
        assert_eq!((known.unreadable, known.missed), (vec![Pid(8)], None));
        assert!(unread(None).missed.unwrap().contains("no ps"));
        assert!(unread(Some("no list")).missed.is_some());
    }

    #[test]
    fn without_lsof_or_without_its_row_someone_may_be_missed() {
        let absent = asked(None);
        assert_eq!(absent.holders, [[Pid(7)]]);
        assert!(absent.missed.unwrap().contains("no lsof"));
        let other = asked(Some("p7\nf3\ntIPv4\nPTCP\nn*:8000\nTST=LISTEN\n"));
        assert_eq!(
            other.missed.unwrap(),
            "lsof does not list 127.0.0.1:50000 to 127.0.0.1:4002"
        );
    }
}
