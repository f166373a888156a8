//! What ibdoc takes to look around is never counted as the Gateway's time.

use std::thread::sleep;
use std::time::Duration;

use ibdoc::event::StageName;
use ibdoc::handshake::ahead::Ahead;
use ibdoc::handshake::footprint::Ledger;
use ibdoc::handshake::{Attempter, Speaker};
use ibdoc::machine::World;
use ibdoc::machine::pid::{Pid, ProcessId};
use ibdoc::machine::process;
use ibdoc::machine::process::{Facts, Owners, ProcessError, ProcessSource, Programs, Search};
use ibdoc::machine::sockets;
use ibdoc::machine::sockets::Socket;
use ibdoc::target::Target;

use crate::helpers::command::{Simulator, free_port};
use crate::helpers::scripted::plan;

/// So slow that what takes milliseconds takes less on a busy machine too.
const SLOW: Duration = Duration::from_secs(2);

/// This machine, on which naming the owner of a socket takes its time.
struct Busy(Box<dyn ProcessSource>);

impl ProcessSource for Busy {
    fn identify(&self, pid: Pid) -> Result<Option<ProcessId>, ProcessError> {
        self.0.identify(pid)
    }

    fn facts(&self, pid: Pid) -> Result<Option<Facts>, ProcessError> {
        self.0.facts(pid)
    }

    fn owners(&self, sockets: &[Socket], search: Search) -> Result<Owners, ProcessError> {
        sleep(SLOW);
        self.0.owners(sockets, search)
    }

    fn held<'a>(
        &self,
        pid: Pid,
        sockets: &'a [Socket],
    ) -> Result<Option<Vec<&'a Socket>>, ProcessError> {
        self.0.held(pid, sockets)
    }

    fn candidates(&self, known: Option<&Programs>) -> Result<Vec<Pid>, ProcessError> {
        sleep(SLOW);
        self.0.candidates(known)
    }
}

async fn attempt(port: u16) -> ibdoc::handshake::Attempt {
    let world = World::new(sockets::system(), Box::new(Busy(process::system())));
    let mut attempter = Attempter {
        world: &world,
        plan: &plan(),
        force: false,
        interrupt: ibdoc::event::interrupt::Interrupt::never(),
        speaker: Speaker::Ibdoc,
        ledger: &mut Ledger::default(),
        ahead: Ahead::default(),
    };
    let target = Target::loopback(port);
    attempter.run(&target, 9123, None, &mut |_| {}).await
}

#[tokio::test]
async fn naming_the_listener_is_no_part_of_the_connect() {
    let gateway = Simulator::start("normal");
    let port = gateway.target().parse().expect("a port");
    let attempt = attempt(port).await;
    let connect = attempt.record.stage(StageName::Connect).expect("a connect");
    assert!(connect.start >= SLOW, "it was looked before: {connect:?}");
    assert!(connect.elapsed < SLOW, "{connect:?}");
    assert!(attempt.record.ready.is_some_and(|ready| ready < SLOW));
}

#[tokio::test]
async fn the_search_for_other_gateways_is_no_part_of_a_refused_connect() {
    let attempt = attempt(free_port()).await;
    let connect = attempt.record.stage(StageName::Connect).expect("a connect");
    assert!(
        connect.code.is_some() && connect.elapsed < SLOW,
        "{connect:?}"
    );
}
