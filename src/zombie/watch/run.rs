//! `--watch`: keeps looking, and tells each change until a signal or the deadline comes.

use std::time::{Duration, SystemTime};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Watch;
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events, Owner, WatchStart};
use crate::machine::World;
use crate::machine::pid::ProcessId;
use crate::machine::process::Search;
use crate::machine::sockets::{Ports, Socket};
use crate::text::clock::with_millis;
use crate::zombie::count;
use crate::zombie::end::passed;

/// Looks every `every` until a signal or the deadline comes; errs where it cannot go on looking.
pub(crate) async fn run(
    world: &World,
    ports: &Ports,
    every: Duration,
    deadline: Option<Instant>,
    interrupt: &mut Interrupt,
    events: Events<'_>,
) -> Result<(), String> {
    let began = Instant::now();
    let over = passed(deadline);
    tokio::pin!(over);
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = Watch::new(ports.clone());
    let mut is_first = true;
    loop {
        tokio::select! {
            _ = interrupt.received() => return Ok(()),
            () = &mut over => return Ok(()),
            _ = ticks.tick() => {}
        }
        let now = began.elapsed();
        // Its end changes nothing about a socket that a child of it shares.
        let ended = watch.ended(|id: ProcessId| !world.processes.has_ended(id));
        let snapshot = world
            .table
            .snapshot(ports)
            .map_err(|error| error.to_string())?;
        let time = with_millis(SystemTime::now());
        if is_first {
            events(Event::Watching(start(ports, &time, &snapshot.sockets)));
            is_first = false;
        }
        watch.set_time(time);
        let name = |sockets: &[Socket]| owners(world, sockets);
        for change in watch.update(&snapshot.sockets, now, &ended, name) {
            events(Event::Socket(change));
        }
    }
}

fn start(ports: &Ports, time: &str, sockets: &[Socket]) -> WatchStart {
    let count = count(sockets, ports);
    WatchStart {
        ports: ports.iter().collect(),
        time: time.to_owned(),
        established: count.established,
        close_wait: count.close_wait,
        unaccepted: count.unaccepted,
    }
}

fn owners(world: &World, sockets: &[Socket]) -> Vec<Option<Owner>> {
    let owners = world.processes.owners(sockets, Search::First);
    let holders = owners.map(|owners| owners.holders).unwrap_or_default();
    let first = holders.iter().map(|holders| {
        let pid = *holders.first()?;
        let facts = world.processes.facts(pid).ok().flatten()?;
        Some(Owner {
            pid,
            name: facts.title(),
            started: facts.id.started,
        })
    });
    let mut named: Vec<Option<Owner>> = first.collect();
    named.resize(sockets.len(), None);
    named
}
