//! `--kill`: ends what the plan names, and looks again before each signal and after the last.

#[cfg(target_os = "linux")]
pub(crate) mod heal;
use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::look;
use super::look::{Question, Reader};
use super::{Plan, Setting, Sight, Subject, Wishes, class, plan, worded};
use crate::event::interrupt::Interrupt;
use crate::finding::verdict::ExitStatus;
use crate::finding::{Code, Finding};
use crate::machine::kill::{Ending, Fate, Killer, Recheck, end};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::sockets::Socket;
use crate::report::Class;
use crate::report::{Healed, Killed};

/// While one of a family ends, another may be unreadable for a moment.
const LOOKS: u32 = 4;
/// Between two such looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// What the kill did.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) killed: Vec<Killed>,
    pub(crate) healed: Vec<Healed>,
    pub(crate) findings: Vec<Finding>,
    /// Whether and why it sent no more signals than it had.
    pub(crate) stopped: Option<Stopped>,
}

/// What ends a kill before its time.
pub(crate) struct Limits {
    /// The end of a process's grace, counted from its SIGTERM.
    pub(crate) grace: Duration,
    /// Signals to ibdoc itself.
    pub(crate) interrupt: Interrupt,
    /// The end of the command.
    pub(crate) deadline: Option<Instant>,
}

/// Why a kill ended before its time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// By a signal to ibdoc, which exits with this.
    Signal(ExitStatus),
    /// By the deadline.
    Deadline,
}

impl Stopped {
    const fn reason(self) -> &'static str {
        match self {
            Self::Signal(_) => "ibdoc was interrupted",
            Self::Deadline => "the deadline of the command passed",
        }
    }
}

impl Limits {
    async fn passed(&mut self) -> Stopped {
        let deadline = self.deadline;
        let over = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            status = self.interrupt.received() => Stopped::Signal(status),
            () = over => Stopped::Deadline,
        }
    }
}

/// Ends those that the plan names, until a signal to ibdoc or the deadline comes.
pub(crate) async fn carry_out(
    sight: &Sight,
    decided: &Plan,
    question: &Question<'_>,
    wishes: &Wishes,
    limits: &mut Limits,
) -> Done {
    let mut conscience = Conscience {
        before: sight,
        doomed: decided.ends.iter().copied().collect(),
        question,
        wishes,
        again: None,
    };
    let killer = killer(question);
    let (killer, grace) = (killer.as_ref(), limits.grace);
    let mut done = Done::default();
    let endings = {
        let stop = std::pin::pin!(async {
            let stopped = limits.passed().await;
            done.stopped = Some(stopped);
            stopped.reason().to_owned()
        });
        end(&decided.ends, killer, &mut conscience, grace, stop).await
    };
    let is_over = |ending: &Ending| matches!(ending.fate, Fate::Ended(..) | Fate::Gone);
    if endings.iter().all(is_over) {
        // A deadline that left nothing undone cut nothing short.
        done.stopped = done.stopped.filter(|stopped| *stopped != Stopped::Deadline);
    }
    for ending in &endings {
        note(ending, sight, question, &mut done);
    }
    done
}

fn killer<'a>(question: &'a Question<'_>) -> Box<dyn Killer + 'a> {
    let processes = question.world.processes.as_ref();
    #[cfg(target_os = "linux")]
    if !question.by_pid {
        return Box::new(crate::machine::kill::Pidfd::new(processes));
    }
    Box::new(crate::machine::kill::ByPid::new(processes))
}

fn note(ending: &Ending, sight: &Sight, question: &Question<'_>, done: &mut Done) {
    let Some(subject) = sight.people.get(&ending.id.pid) else {
        return;
    };
    let facts = &subject.facts;
    let failed = |what: &str, why: &str| {
        let subject = format!("pid {}", facts.id.pid);
        let summary = format!("{} {what}", facts.title());
        Finding::new(Code::KillFailed, &subject, summary).with_evidence(why)
    };
    match &ending.fate {
        Fate::Ended(signal, elapsed) => {
            done.killed.push(Killed {
                pid: facts.id.pid,
                name: facts.title(),
                signal: signal.name(),
                elapsed: *elapsed,
            });
            let left = still_there(subject, question);
            if !left.is_empty() {
                let why = format!("still there: {}", left.join(", "));
                done.findings
                    .push(failed("has ended, and its socket has not", &why));
            }
        }
        Fate::Gone => {}
        Fate::Spared(why) => done.findings.push(failed("was left alone after all", why)),
        Fate::Failed(why) => done.findings.push(failed("could not be ended", why)),
    }
}

/// Its half-closed sockets that are still in the table, by their addresses and cookies.
fn still_there(subject: &Subject, question: &Question<'_>) -> Vec<String> {
    let sockets = subject.sockets.iter().flatten();
    let touching = sockets.filter(|socket| socket.touches(question.ports));
    let left = touching.filter(|socket| {
        let found = question.world.table.find(socket.local, socket.remote);
        found
            .ok()
            .flatten()
            .is_some_and(|row| row.state == socket.state && row.cookie == socket.cookie)
    });
    left.map(|socket| format!("{} to {}", socket.local, socket.remote))
        .collect()
}

/// Looks again, by itself, at what was decided.
struct Conscience<'a> {
    before: &'a Sight,
    doomed: BTreeSet<ProcessId>,
    question: &'a Question<'a>,
    wishes: &'a Wishes,
    /// The second plan, made once every process was held fast.
    again: Option<Plan>,
}

impl Recheck for Conscience<'_> {
    fn everything(&mut self) -> Result<(), String> {
        let sight = look::look(self.question).map_err(|error| error.to_string())?;
        self.again = Some(plan(&sight, self.wishes));
        Ok(())
    }

    fn process(&mut self, id: ProcessId) -> Result<(), String> {
        let answer = self.look_at(id);
        if answer.is_err() {
            // Whoever leaned on its end has to be judged without it.
            self.doomed.remove(&id);
        }
        answer
    }
}

impl Conscience<'_> {
    fn look_at(&self, id: ProcessId) -> Result<(), String> {
        let again = self.again.as_ref();
        let again = again.ok_or_else(|| "it was not looked at again".to_owned())?;
        if !again.ends.contains(&id) {
            let refused = again.refused.get(&id.pid).cloned();
            let judged = again
                .judged
                .get(&id.pid)
                .map(|judged| judged.reason.clone());
            let gone = || "it holds no half-closed socket any more".to_owned();
            return Err(refused.or(judged).unwrap_or_else(gone));
        }
        for _ in 1..LOOKS {
            match self.now(id) {
                // Its parent may just be ending.
                Err(Doubt::Unreadable(_)) => std::thread::sleep(BETWEEN_LOOKS),
                Err(Doubt::Changed(why)) => return Err(why),
                Ok(()) => return Ok(()),
            }
        }
        self.now(id).map_err(|doubt| match doubt {
            Doubt::Unreadable(why) | Doubt::Changed(why) => why,
        })
    }
}

enum Doubt {
    /// Something could not be read.
    Unreadable(String),
    /// It is not what it was.
    Changed(String),
}

impl Conscience<'_> {
    /// Reads the process anew and holds it against what was decided.
    fn now(&self, id: ProcessId) -> Result<(), Doubt> {
        let changed = |what: &str| Doubt::Changed(what.to_owned());
        let before = self.before.people.get(&id.pid);
        let before = before.ok_or_else(|| changed("it was not looked at"))?;
        let reader = Reader::new(self.question.world);
        let (own, ports) = (&self.before.own, &self.before.gateway_ports);
        let subject = reader.subject(id.pid, own, ports);
        let now = subject.ok_or_else(|| changed("it has gone"))?;
        if !before.facts.is_still(&now.facts) {
            return Err(changed("it is another process by now"));
        }
        let setting = Setting {
            own,
            ports,
            orphans: &self.doomed,
        };
        let judged = class(&now, &setting);
        match judged.class {
            Class::Unknown => return Err(Doubt::Unreadable(judged.reason)),
            Class::Orphan => {}
            Class::Detached if self.wishes.named.contains(&id.pid) => {}
            other => {
                let class = worded(other);
                return Err(Doubt::Changed(format!("it is {class}: {}", judged.reason)));
            }
        }
        let doomed = |child: &Pid| self.doomed.iter().any(|id| id.pid == *child);
        match &now.facts.children {
            None => {
                return Err(Doubt::Unreadable(
                    "its children could not be read".to_owned(),
                ));
            }
            Some(children) if !children.iter().all(doomed) => {
                return Err(changed("a child of it is running and stays"));
            }
            Some(_) => {}
        }
        let held = half_closed(&now, ports);
        if held.is_empty() || held != half_closed(before, ports) {
            return Err(changed("its sockets have changed"));
        }
        Ok(())
    }
}

/// Its sockets on Gateway ports, each with its state: nothing about them may have changed.
fn half_closed(subject: &Subject, ports: &crate::machine::sockets::Ports) -> BTreeSet<String> {
    let sockets = subject.sockets.iter().flatten();
    let key = |socket: &Socket| {
        let (state, cookie) = (socket.state.name(), socket.cookie);
        format!(
            "{} {} {state} {:?} {cookie:?}",
            socket.local, socket.remote, socket.inode
        )
    };
    sockets
        .filter(|socket| socket.touches(ports))
        .map(key)
        .collect()
}
