//! What each thread has done over all looks: what it did at every one of them, or on how much of the
//! time it was on a processor.

use std::time::Duration;

use super::judgement::Judgement;
use super::service::is_service;
use crate::event::Conduct;
use crate::machine::activity::{Kind, On, Thread, ThreadState, Wait};
use crate::machine::inspect::Look;

/// A thread on a processor for this part of the time computes, whatever it did at the looks.
const MOST: f64 = 0.5;

/// One that is ready for most of the time and gets less than this part of it is kept from running.
const LITTLE: f64 = 0.1;

/// What a thread has done over all looks.
#[derive(Clone, Debug)]
pub(super) struct Steady {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) is_main: bool,
    /// Whether its runtime sleeps in the way in which it waits for a lock.
    sleeps_by_lock: bool,
    pub(super) doing: Doing,
}

/// What it did.
#[derive(Clone, Debug)]
pub(super) enum Doing {
    /// It was on a processor for most of the time.
    Computes,
    /// It was ready for most of the time and had no processor.
    Starved,
    /// It waited for the same at every look.
    Waits(Wait, Option<On>),
    /// None of these.
    Varies,
}

/// Every thread of the program's own that was there at every look.
pub(super) fn steady(looks: &[&Look]) -> Vec<Steady> {
    let [first, .., last] = looks else {
        return Vec::new();
    };
    let threads = &last.activity.threads;
    let is_jvm = threads.iter().any(|thread| thread.name == "VM Thread");
    let is_clr = |thread: &Thread| {
        [".NET", "SGen"]
            .iter()
            .any(|it| thread.name.starts_with(it))
    };
    let sleeps_by_lock = is_jvm || threads.iter().any(is_clr);
    // The first thread of a JVM only waits for the one that runs `main`, which comes next.
    let own = threads.iter().skip(usize::from(is_jvm));
    let own = own.filter(|it| it.state != ThreadState::Ended && !is_service(&it.name));
    let main = threads.get(usize::from(is_jvm)).map(|thread| thread.id);
    let follow = |thread: &Thread| {
        let each = looks.iter().map(|look| {
            let mut threads = look.activity.threads.iter();
            threads.find(|it| it.id == thread.id)
        });
        let each: Vec<&Thread> = each.collect::<Option<_>>()?;
        Some(Steady {
            id: thread.id,
            name: thread.name.clone(),
            is_main: Some(thread.id) == main,
            sleeps_by_lock,
            doing: doing(&each, last.at.saturating_sub(first.at)),
        })
    };
    own.filter_map(follow).collect()
}

fn doing(each: &[&Thread], watched: Duration) -> Doing {
    let [first, .., last] = each else {
        return Doing::Varies;
    };
    let part = |now: Duration, before: Duration| {
        now.saturating_sub(before).as_secs_f64() / watched.as_secs_f64().max(0.001)
    };
    let (ran, queued) = (part(last.cpu, first.cpu), part(last.queued, first.queued));
    if ran + queued >= MOST {
        return if ran < LITTLE {
            Doing::Starved
        } else {
            Doing::Computes
        };
    }
    let is_same = |thread: &&&Thread| thread.wait == last.wait && thread.on == last.on;
    let waits =
        |thread: &&&Thread| matches!(thread.state, ThreadState::Waiting | ThreadState::Disk);
    match last.wait {
        Some(wait) if each.iter().all(|thread| waits(&thread) && is_same(&thread)) => {
            Doing::Waits(wait, last.on.clone())
        }
        _ => Doing::Varies,
    }
}

impl Steady {
    /// Whether it does something from which a loop would have to come back.
    pub(super) fn is_busy(&self) -> bool {
        match self.doing {
            Doing::Computes | Doing::Starved => true,
            Doing::Waits(wait, _) => !matches!(
                wait,
                Wait::Events | Wait::Poll | Wait::Lock | Wait::Signal | Wait::Other
            ),
            Doing::Varies => false,
        }
    }

    /// Whether it had enough to do for a processor of its own.
    pub(super) fn is_computing(&self) -> bool {
        matches!(self.doing, Doing::Computes | Doing::Starved)
    }

    /// Whether it waits for events or for descriptors, as a loop does that has nothing to do.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.doing, Doing::Waits(Wait::Events | Wait::Poll, _))
    }

    /// Whether it waits for a lock or another thread.
    pub(super) fn is_locked(&self) -> bool {
        matches!(self.doing, Doing::Waits(Wait::Lock, _))
    }

    /// Whether it waits for this socket, for this purpose.
    pub(super) fn waits_to(&self, purpose: Wait, inode: u64) -> bool {
        let is_socket = |on: &On| on.kind == Kind::Socket(inode);
        matches!(&self.doing, Doing::Waits(wait, Some(on)) if *wait == purpose && is_socket(on))
    }

    /// That this thread is why nothing is read.
    pub(super) fn judgement(&self) -> Judgement {
        Judgement::new(self.conduct(), self.words())
    }

    fn conduct(&self) -> Conduct {
        let (wait, on) = match &self.doing {
            Doing::Computes => return Conduct::Computes,
            Doing::Starved => return Conduct::Starved,
            Doing::Varies => return Conduct::NotReading,
            Doing::Waits(wait, on) => (*wait, on.as_ref().map(|on| on.kind)),
        };
        match (wait, on) {
            (Wait::Sleep, _) => Conduct::Sleeps,
            (Wait::Lock | Wait::FileLock, _) => Conduct::WaitsForLock,
            (Wait::Receive | Wait::Send, Some(Kind::Pipe | Kind::Terminal | Kind::Other)) => {
                Conduct::WaitsForOther
            }
            (Wait::Receive | Wait::Send | Wait::Connect, _) => Conduct::WaitsForSocket,
            (Wait::Signal | Wait::Other, _) => Conduct::NotReading,
            _ => Conduct::WaitsForOther,
        }
    }

    /// What it is called.
    pub(super) fn title(&self) -> String {
        if self.is_main {
            "its main thread".to_owned()
        } else {
            format!("its thread {} ({})", self.id, self.name)
        }
    }

    /// What it does, such as `its main thread sleeps`.
    pub(super) fn words(&self) -> String {
        let title = self.title();
        let what = match &self.doing {
            Doing::Computes => "computes",
            Doing::Starved => "is ready to run and gets no processor: this machine is too busy",
            Doing::Varies => "does not read",
            Doing::Waits(Wait::Lock, _) if self.sleeps_by_lock => {
                "waits for a lock or another thread, or sleeps: its runtime does both in one way"
            }
            Doing::Waits(wait, on) => waiting(*wait, on.as_ref().map(|on| on.kind)),
        };
        format!("{title} {what}")
    }
}

fn waiting(wait: Wait, on: Option<Kind>) -> &'static str {
    match (wait, on) {
        (Wait::Receive | Wait::Pipe, Some(Kind::Pipe)) | (Wait::Pipe, _) => "waits for a pipe",
        (Wait::Receive, Some(Kind::Terminal)) | (Wait::Terminal, _) => {
            "waits for input at a terminal"
        }
        (Wait::Receive | Wait::Send, Some(Kind::Other)) => "waits for another descriptor",
        (Wait::Receive, _) => "waits for another socket",
        (Wait::Send, _) => "waits for another socket to take what it sends",
        (Wait::Connect, _) => "waits for a connection to be made",
        (Wait::Sleep, _) => "sleeps",
        (Wait::Lock, _) => "waits for a lock or another thread",
        (Wait::FileLock, _) => "waits for a lock on a file",
        (Wait::Child, _) => "waits for a child to end",
        (Wait::Disk, _) => "waits for a disk",
        (Wait::Events, _) => "waits for the events of another loop",
        (Wait::Poll, _) => "waits for other descriptors",
        (Wait::Signal, _) => "waits for a signal",
        (Wait::Other, _) => "waits for something that is not known",
    }
}
