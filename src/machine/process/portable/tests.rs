//! A Mac and a Windows as their programs describe them, judged by the rules of `--kill`.

use proptest::prelude::*;

use super::super::{Endpoint, Facts, Jvm, Script, Stdio, Terminal, agree};
use super::examine::examine;
use super::platform::{Platform, Program};
use super::program::{Programs, Silence};
use crate::machine::pid::Pid;
use crate::machine::pid::ProcessId;
use crate::machine::sockets::{Ports, Socket, TcpState};
use crate::report::{Class, MayEnd};
use crate::zombie::{Context, Judgement, Subject, class};

const OWN: Pid = Pid(90);

type Change = fn(&mut Mac);

/// A Mac on which every program answers, but for those that are missing.
#[derive(Clone)]
struct Mac {
    ps: &'static str,
    ignored: &'static str,
    lsof: &'static str,
    jobs: &'static str,
}

const MAC: Mac = Mac {
    ps: "1 0 1 0 0 9-01:00:00 ?? Ss\n90 1 90 501 501 00:01 ttys001 S+\n\
         2044 1 2040 501 501 10:00 ?? S\n2050 1 2050 501 501 05:00 ?? S\n",
    ignored: "90 1000\n2044 0\n",
    lsof: "p2044\nftxt\ntREG\nn/usr/local/bin/python3.12\nf0\ntCHR\nn/dev/null\n\
           f1\ntPIPE\nn->0x1\nf2\ntPIPE\nn->0x2\n\
           f3\ntIPv4\nPTCP\nn127.0.0.1:51000->127.0.0.1:4002\nTST=CLOSE_WAIT\n",
    jobs: "PID\tStatus\tLabel\n412\t0\tcom.apple.Finder\n",
};

impl Programs for Mac {
    fn ask(&self, program: Program, arguments: &[&str]) -> Result<String, Silence> {
        let answer = match program {
            Program::Ps if arguments.contains(&"ignored=") => self.ignored,
            Program::Ps => self.ps,
            Program::Lsof => self.lsof,
            Program::Launchctl if arguments == ["list"] => self.jobs,
            Program::Launchctl => "domain = {\n\tservices = {\n\t}\n}\n",
        };
        if answer.is_empty() {
            return Err(Silence::Absent(program.name()));
        }
        Ok(answer.to_owned())
    }
}

/// What `sysinfo` tells about a client on a Mac.
fn client() -> Facts {
    let id = ProcessId {
        pid: Pid(2044),
        started: 1_700_000_000,
    };
    let mut facts = Facts {
        uid: Some(501),
        users: Some(vec![501, 501]),
        is_tracker: Some(false),
        parent_gone: Some(true),
        executable: Some("/usr/local/bin/python3.12".to_owned()),
        argv0: Some("python3".to_owned()),
        script: Some(Script::File("bot.py".to_owned())),
        marks: Some(Vec::new()),
        kernel_thread: Some(false),
        parent: Some(Pid(1)),
        session: Some(Pid(2040)),
        ..Facts::unknown(id, "python3.12".to_owned())
    };
    Platform::MacOs.settle(&mut facts);
    facts
}

fn launchd() -> Facts {
    let id = ProcessId {
        pid: Pid(1),
        started: 1,
    };
    Facts {
        session: Some(Pid(1)),
        ..Facts::unknown(id, "launchd".to_owned())
    }
}

fn socket() -> Socket {
    let (local, remote) = (([127, 0, 0, 1], 51_000), ([127, 0, 0, 1], 4002));
    Socket {
        pids: Some(vec![Pid(2044)]),
        ..Socket::unknown(local.into(), remote.into(), TcpState::CloseWait)
    }
}

/// The class that the rules give with these answers, were it known that nothing reads the output,
/// which no program of macOS tells.
fn judged(mac: &Mac) -> (Class, Facts) {
    let mut facts = examine(client(), OWN, Platform::MacOs, mac);
    facts.stdio_open = [None, Some(false), Some(false)];
    let (judgement, facts) = judgement(facts);
    (judgement.class, facts)
}

fn judgement(facts: Facts) -> (Judgement, Facts) {
    let whole = |ends: &Vec<Endpoint>| agree(ends, &[&socket()]);
    let subject = Subject {
        sockets: facts
            .endpoints
            .as_ref()
            .filter(|ends| whole(ends))
            .map(|_| vec![socket()]),
        parent: Some(launchd()),
        family: Some(Vec::new()),
        peers: Some(Vec::new()),
        ..Subject::of(facts)
    };
    let own = Facts {
        id: ProcessId {
            pid: OWN,
            started: 1,
        },
        ancestors: Some(Vec::new()),
        ..client()
    };
    let ports = Ports::from([4002]);
    let context = Context::alone(&own, &ports);
    (class(&subject, &context), subject.facts)
}

#[test]
fn a_mac_on_which_every_question_is_answered_has_orphans() {
    let (class, facts) = judged(&MAC);
    assert_eq!(class, Class::Orphan, "{facts:?}");
    assert_eq!(facts.silences, [""; 0]);
    assert_eq!((facts.group, facts.traced), (Some(Pid(2040)), Some(false)));
    assert_eq!(
        (facts.terminal, facts.jvm),
        (Some(Terminal::Absent), Some(Jvm::No))
    );
    assert_eq!(facts.children, Some(Vec::new()));
    assert_eq!(facts.stdio[1], Some(Stdio::Pipe));
}

#[test]
fn an_output_of_which_nothing_is_known_makes_a_process_that_is_ended_only_if_named() {
    let facts = examine(client(), OWN, Platform::MacOs, &MAC);
    assert_eq!(facts.stdio_open, [None; 3]);
    assert_eq!(judgement(facts).0.answer, MayEnd::IfNamed);
}

#[test]
fn a_program_that_does_not_answer_leaves_everybody_unknown_and_is_named() {
    let silent: [(Change, &str); 4] = [
        (|mac| mac.ps = "", "this system has no ps"),
        (|mac| mac.ignored = "", "this system has no ps"),
        (|mac| mac.lsof = "", "this system has no lsof"),
        (|mac| mac.jobs = "", "this system has no launchctl"),
    ];
    for (change, why) in silent {
        let mut mac = MAC.clone();
        change(&mut mac);
        let (class, facts) = judged(&mac);
        assert_eq!(
            (class, facts.silences),
            (Class::Unknown, vec![why.to_owned()])
        );
    }
    let odd = Mac {
        ignored: "90 0\n2044 0\n",
        ..MAC
    };
    assert_eq!(judged(&odd).0, Class::Unknown, "ibdoc ignores SIGPIPE");
}

#[test]
fn each_answer_against_an_end_spares() {
    let answers: [(Change, Class); 9] = [
        (
            |mac| mac.jobs = "PID\tStatus\tLabel\n2044\t0\tapplication.bot.1.2\n",
            Class::Service,
        ),
        (
            |mac| mac.ps = "2044 1 2040 501 501 10:00 ttys003 S\n",
            Class::Unknown,
        ),
        (
            |mac| mac.ps = "1 0 1 0 0 10:00 ?? S\n2044 1 2040 501 501 10:00 ?? SX\n",
            Class::Supervised,
        ),
        (
            |mac| mac.ps = "2044 7 2040 501 501 10:00 ?? S\n",
            Class::Unknown,
        ),
        (|mac| mac.ignored = "90 1000\n2044 1\n", Class::Detached),
        (
            |mac| mac.lsof = "p2044\nftxt\ntREG\nn/x/libjvm.dylib\nf0\ntCHR\nn/dev/null\n",
            Class::Protected,
        ),
        (
            |mac| mac.lsof = "p2044\nftxt\ntREG\nn/usr/bin/other\nf0\ntPIPE\nn\n",
            Class::Unknown,
        ),
        (|mac| mac.lsof = "p2045\nf0\ntPIPE\nn\n", Class::Unknown),
        (
            |mac| {
                mac.lsof = "p2044\nftxt\ntREG\nn/usr/local/bin/python3.12\n\
                f0\ntCHR\nn/dev/null\nf1\ntPIPE\nn\nf2\ntPIPE\nn\n\
                f3\ntIPv4\nPTCP\nn127.0.0.1:51000->127.0.0.1:4002\nTST=CLOSE_WAIT\n\
                f4\ntunix\nn/tmp/bot.sock\n";
            },
            Class::Connected,
        ),
    ];
    for (at, (change, expected)) in answers.into_iter().enumerate() {
        let mut mac = MAC.clone();
        change(&mut mac);
        assert_eq!(judged(&mac).0, expected, "{at}");
    }
}

#[test]
fn children_that_run_are_counted_and_those_that_ended_are_not() {
    let ps = "1 0 1 0 0 10:00 ?? S\n2044 1 2040 501 501 10:00 ?? S\n\
              2045 2044 2040 501 501 10:00 ?? S\n2046 2044 2040 501 501 10:00 ?? Z\n";
    let facts = examine(client(), OWN, Platform::MacOs, &Mac { ps, ..MAC });
    assert_eq!(facts.children, Some(vec![Pid(2045)]));
}

#[test]
fn windows_has_none_of_these_programs_and_nobody_to_end() {
    struct Nothing;
    impl Programs for Nothing {
        fn ask(&self, program: Program, _: &[&str]) -> Result<String, Silence> {
            assert!(Platform::Windows.paths(program).is_empty());
            Err(Silence::Absent(program.name()))
        }
    }
    let facts = examine(client(), OWN, Platform::Windows, &Nothing);
    assert_eq!(
        facts.silences,
        ["this system has no ps", "this system has no lsof"]
    );
    assert_eq!(
        (facts.jvm, facts.children, facts.endpoints),
        (None, None, None)
    );
}

proptest! {
    #[test]
    fn no_answer_makes_ibdoc_panic(text in "(?s)[pftnPT0-9 .:*>\\[\\]\\-\n\\PC]{0,200}") {
        for opened in super::lsof::processes(&text) {
            let _ = (opened.stdio(), opened.endpoints(), opened.jvm(Some("/bin/sh")));
        }
        let _ = super::ps::rows(&text);
        let _ = super::ps::ignores_hangup(&text, Pid(1), Pid(2));
        let said = Said(text);
        prop_assert_ne!(super::launchctl::is_job(&said, Pid(7), 501), Ok(false));
    }
}

/// Every program says this, which is no list of jobs.
struct Said(String);

impl Programs for Said {
    fn ask(&self, _: Program, _: &[&str]) -> Result<String, Silence> {
        Ok(self.0.clone())
    }
}
