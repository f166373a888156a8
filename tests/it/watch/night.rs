//! A night in shortened time, against the simulated Gateway and one in a JVM, each in processes of its
//! own that end and come back: the states come in their order, each once, no socket is left, and no more
//! connections are made than may be.

use std::cell::RefCell;
use std::io::BufRead;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use ibdoc::event::interrupt::Interrupt;
use ibdoc::event::{Event, State, StateChange};
use ibdoc::finding::Code;
use ibdoc::finding::verdict::ExitStatus;
use ibdoc::machine::World;
use ibdoc::session::{Plan, Timeouts};
use ibdoc::target::Target;
use ibdoc::watch::run::{Outlets, WatchPlan, Watched, run};
use ibdoc::watch::{Notify, Pace};
use ibdoc::wire::VersionRange;
use rustix::process::{Pid, Signal, kill_process};

use crate::helpers::command::{PATH, PATIENCE, free_port, ibdoc, skipped, sockets};

/// A night is this much faster; a time request cannot come more often.
fn pace() -> Pace {
    Pace {
        look: Duration::from_millis(400),
        look_absent: Duration::from_millis(100),
        ping: Duration::from_secs(2),
        fresh: Some(Duration::from_millis(1500)),
        first_wait: Duration::from_millis(200),
        longest_wait: Duration::from_secs(2),
        between_connections: Duration::from_secs(1),
        after_silence: Duration::from_secs(3),
        give_up: Duration::from_secs(600),
        announced: Duration::ZERO,
    }
}

/// The two Gateways.
#[derive(Clone, Copy)]
enum Kind {
    Simulated,
    Java,
}

impl Kind {
    /// How each names these ways to behave.
    fn words(self, mode: &str) -> &str {
        match (self, mode) {
            (Self::Simulated, "mute") => "stops-answering-after=2",
            (Self::Simulated, "hang-new") => "normal;8s:silent;26s:normal",
            (Self::Simulated, "farm") => "normal;8s:farm-down;16s:flapping=2",
            (Self::Simulated, "stops-accepting") => "normal;8s:never-accepts;24s:normal",
            (Self::Simulated | Self::Java, mode) => mode,
        }
    }
}

/// A Gateway's process, which is ended when it goes out of scope.
struct Process(Child);

impl Process {
    fn start(kind: Kind, port: u16, mode: &str) -> Self {
        let (port, mode) = (port.to_string(), kind.words(mode));
        let mut command = match kind {
            Kind::Simulated => {
                let typed = format!("sim --port {port} --scenario {mode} --deadline 240s");
                ibdoc(&typed.split(' ').collect::<Vec<_>>())
            }
            Kind::Java => {
                let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/watch/Gateway.java");
                let mut java = Command::new("java");
                java.env("PATH", PATH).args([source, &port, mode]);
                java
            }
        };
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().expect("a Gateway");
        let mut said = String::new();
        let stdout = child.stdout.as_mut().expect("its stdout");
        let mut lines = std::io::BufReader::new(stdout);
        lines.read_line(&mut said).expect("a line");
        assert!(said.starts_with("listening"), "{said:?}");
        Self(child)
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a pid"), signal).expect("the signal is sent");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the watch has told.
#[derive(Clone, Default)]
struct Told(Rc<RefCell<Vec<StateChange>>>);

impl Told {
    /// While a Gateway of another test runs, an empty port is that of one that starts, or a wrong one.
    fn note(&self, mut change: StateChange) {
        let empty = [Code::GatewayStarting, Code::WrongPort];
        if change.code.is_some_and(|code| empty.contains(&code)) {
            change.code = Some(Code::NotListening);
        }
        let mut told = self.0.borrow_mut();
        let is_same = |it: &StateChange| (it.state, it.code) == (change.state, change.code);
        if !told.last().is_some_and(is_same) {
            told.push(change);
        }
    }

    /// Waits for this as the last that was told.
    async fn until(&self, state: State, code: Option<Code>) {
        let began = Instant::now();
        let is_last = || {
            let told = self.0.borrow();
            told.last()
                .is_some_and(|it| (it.state, it.code) == (state, code))
        };
        while !is_last() {
            let told = self.0.borrow().last().cloned();
            assert!(
                began.elapsed() < PATIENCE * 2,
                "no {state:?} {code:?} after {told:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn healthy(&self) {
        self.until(State::Healthy, None).await;
    }

    /// What came, from this place on.
    fn since(&self, place: usize) -> Vec<(State, Option<Code>)> {
        let told = self.0.borrow();
        told[place..].iter().map(|it| (it.state, it.code)).collect()
    }

    fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

const HEALTHY: (State, Option<Code>) = (State::Healthy, None);

/// What becomes of a session whose Gateway ends: it is dropped, and its port may be seen to be empty
/// before or after.
fn is_restart(told: &[(State, Option<Code>)]) -> bool {
    let down = [Some(Code::Dropped), Some(Code::NotListening)];
    let [before @ .., last] = told else {
        return false;
    };
    let is_down = |it: &(State, Option<Code>)| it.0 == State::Down && down.contains(&it.1);
    *last == HEALTHY && (1..=2).contains(&before.len()) && before.iter().all(is_down)
}

/// Ends the Gateway, waits until its port is seen to be empty, and lets another one come.
async fn restart(kind: Kind, port: u16, mode: &str, process: Process, told: &Told) -> Process {
    let place = told.len();
    drop(process);
    told.until(State::Down, Some(Code::NotListening)).await;
    let process = Process::start(kind, port, mode);
    told.healthy().await;
    assert!(is_restart(&told.since(place)), "{:?}", told.since(place));
    process
}

async fn night(kind: Kind, port: u16, process: Process, told: &Told) {
    told.healthy().await;
    // The session drops and its port is gone for a while: nothing is connected meanwhile.
    let process = restart(kind, port, "mute", process, told).await;

    // Silence on the held session.
    let place = told.len();
    told.until(State::Down, Some(Code::HeartbeatLost)).await;
    assert_eq!(
        told.since(place),
        [
            (State::Attention, Some(Code::HeartbeatLost)),
            (State::Down, Some(Code::HeartbeatLost))
        ]
    );
    let process = restart_untold(kind, port, "hang-new", process, told).await;

    // Sessions that go on while new ones hang.
    let place = told.len();
    let hangs = (State::Attention, Some(Code::NewSessionsHang));
    told.until(hangs.0, hangs.1).await;
    told.healthy().await;
    assert_eq!(told.since(place), [hangs, HEALTHY]);
    let process = restart(kind, port, "farm", process, told).await;

    // 2103 and back.
    let place = told.len();
    let farm = (State::Attention, Some(Code::DataFarmDown));
    told.until(farm.0, farm.1).await;
    told.healthy().await;
    assert_eq!(told.since(place)[..2], [farm, HEALTHY]);
    let process = restart_untold(kind, port, "normal", process, told).await;
    second_half(kind, port, process, told).await;
}

/// A Gateway that is stopped, and one that does not accept.
async fn second_half(kind: Kind, port: u16, process: Process, told: &Told) {
    // A Gateway that is stopped, and goes on.
    let place = told.len();
    process.signal(Signal::STOP);
    told.until(State::Down, Some(Code::HeartbeatLost)).await;
    process.signal(Signal::CONT);
    told.healthy().await;
    let heartbeat = Some(Code::HeartbeatLost);
    let told_now = told.since(place);
    assert_eq!(told_now.last(), Some(&HEALTHY));
    let hung = |it: &&(State, Option<Code>)| it.1 == heartbeat;
    assert_eq!(told_now.iter().filter(hung).count(), 2, "{told_now:?}");
    let process = restart(kind, port, "stops-accepting", process, told).await;

    // A queue from which nothing is taken.
    let place = told.len();
    let stuck = (State::Attention, Some(Code::AcceptQueueStuck));
    let began = Instant::now();
    let mut waiting = Vec::new();
    while told.len() == place {
        assert!(began.elapsed() < PATIENCE, "no stuck queue");
        // Those of them that come too early are accepted.
        waiting.extend(TcpStream::connect(("127.0.0.1", port)).ok());
        tokio::time::sleep(Duration::from_millis(1500)).await;
    }
    assert_eq!(told.since(place)[0], stuck);
    drop(waiting);
    told.healthy().await;
    drop(process);
}

/// The same as [`restart`] from a session that is down already, or that may need attention again at any
/// moment.
async fn restart_untold(
    kind: Kind,
    port: u16,
    mode: &str,
    process: Process,
    told: &Told,
) -> Process {
    drop(process);
    told.until(State::Down, Some(Code::NotListening)).await;
    let process = Process::start(kind, port, mode);
    told.healthy().await;
    process
}

fn plan(port: u16) -> WatchPlan {
    WatchPlan {
        targets: vec![Target::loopback(port)],
        pace: pace(),
        restart: None,
        session: Plan {
            announced: VersionRange::SPOKEN,
            timeouts: Timeouts {
                version: Duration::from_secs(3),
                ..Timeouts::default()
            },
            client_timeout: Duration::from_secs(4),
            queries: Vec::new(),
            start_up: None,
            deadline: None,
        },
        force: false,
        deadline: None,
    }
}

async fn watched(kind: Kind) {
    let port = free_port();
    let process = Process::start(kind, port, "normal");
    let told = Told::default();
    let (stop, interrupt) = Interrupt::by_hand();
    let kept = told.clone();
    let mut events = move |event: Event| {
        if let Event::State(change) = event {
            kept.note(change);
        }
    };
    let outlets = Outlets {
        listener: None,
        metrics: Rc::new(|_, _| String::new()),
        hook: None,
        notify: Notify::default(),
        saves: Vec::new(),
    };
    let (plan, world) = (Rc::new(plan(port)), Rc::new(World::open()));
    let course = async {
        night(kind, port, process, &told).await;
        stop.raise(ExitStatus::Terminated);
    };
    let (watched, ()) = tokio::join!(
        run(&plan, &world, interrupt, outlets, &mut events),
        Box::pin(course)
    );
    check(&watched, port);
}

fn check(watched: &Watched, port: u16) {
    let target = &watched.watch.targets[0];
    // Each session that was made, each try that failed, each fresh handshake, and nothing else.
    let sessions = &target.sessions;
    let failures: u32 = sessions.failures.values().sum();
    let allowed = sessions.made + failures + target.fresh.run;
    let footprint = watched.footprint;
    assert!(
        footprint.connections <= allowed,
        "{footprint:?}, {target:#?}"
    );
    assert!(sessions.made >= 6, "{sessions:?}");
    assert_eq!(footprint.sockets_left.unwrap_or(0), 0, "{footprint:?}");
    assert!(sockets(port).is_empty(), "{:?}", sockets(port));
    assert!(target.pings.answered > 0 && target.pings.missed > 0);
    assert_eq!(target.notices.get("2103").map(|it| *it > 0), Some(true));
}

#[tokio::test]
async fn a_night_with_the_simulated_gateway_is_told_in_order_and_leaves_nothing() {
    watched(Kind::Simulated).await;
}

#[tokio::test]
async fn a_night_with_a_gateway_in_a_jvm_is_told_in_order_and_leaves_nothing() {
    if Command::new("java")
        .env("PATH", PATH)
        .arg("-version")
        .output()
        .is_err()
    {
        return skipped("java is not installed");
    }
    watched(Kind::Java).await;
}
