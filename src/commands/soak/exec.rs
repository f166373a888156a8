//! `ibdoc soak --exec`: the user's own program, run again and again, with ibdoc's own handshakes
//! before, between and after its runs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::time::Instant;

use super::tally::Runs;
use super::{Shaken, Soaking, Stop};
use crate::event::{Event, Events};
use crate::exec::{Evidence, Outcome, Pair, Program, Seen, fault};
use crate::finding::Code;
use crate::process::title;
use crate::queue;
use crate::report::{self, ExecRun};
use crate::stats::{Samples, failure_rate_upper_95};
use crate::table::{Ports, SocketTable};
use crate::target::Target;
use crate::zombie;

/// Sockets that are remembered to be looked up again at the end.
const LEFT_KEPT: usize = 10_000;

/// The runs of the program, counted.
pub(super) struct Book {
    program: String,
    planned: u32,
    pub(super) succeeded: u32,
    failed: u32,
    /// Of these, those that only left sockets.
    failed_for_left: u32,
    elapsed: Samples,
    peak_memory: Option<u64>,
    runs: Runs<ExecRun>,
    pub(super) evidence: Evidence,
    left: Vec<Pair>,
    left_unseen: bool,
    unclear: u32,
    neutral: (u32, u32),
}

impl Book {
    pub(super) fn new(program: String, planned: u32) -> Self {
        Self {
            program,
            planned,
            succeeded: 0,
            failed: 0,
            failed_for_left: 0,
            elapsed: Samples::default(),
            peak_memory: None,
            runs: Runs::default(),
            evidence: Evidence::default(),
            left: Vec::new(),
            left_unseen: false,
            unclear: 0,
            neutral: (0, 0),
        }
    }

    /// Runs that came to their end or deadline.
    pub(super) fn run(&self) -> u32 {
        self.succeeded + self.failed
    }

    /// What each run is called in sentences.
    pub(super) fn program(&self) -> &str {
        &self.program
    }

    fn handshake(&mut self, shaken: &Shaken) {
        let kept = self.count(shaken);
        self.evidence.handshake(shaken.succeeded, kept);
        self.forgive();
    }

    fn second_handshake(&mut self, shaken: &Shaken) {
        let kept = self.count(shaken);
        self.evidence.second_handshake(shaken.succeeded, kept);
        self.forgive();
    }

    /// Counts a handshake; returns whether the Gateway kept its socket.
    fn count(&mut self, shaken: &Shaken) -> bool {
        self.neutral.0 += 1;
        self.neutral.1 += u32::from(shaken.succeeded);
        shaken.codes.contains(&Code::GatewayKeepsClosedSockets)
    }

    /// Where the Gateway keeps everybody's sockets, no run has failed for the ones it left.
    fn forgive(&mut self) {
        if self.evidence.keeps_closed() {
            let forgiven = std::mem::take(&mut self.failed_for_left);
            self.succeeded += forgiven;
            self.failed -= forgiven;
        }
    }

    /// Whether a run would count as succeeded.
    fn would_succeed(&self, seen: &Seen) -> bool {
        let clean = seen.held.unwrap_or(0) == 0;
        let leaves_none = seen.left.as_ref().is_none_or(Vec::is_empty);
        let kept = leaves_none || self.evidence.keeps_closed();
        seen.exit_status == Some(0) && !seen.timed_out && clean && kept
    }

    /// Whether the run failed for nothing but the sockets that it left, if it failed.
    fn is_forgivable(run: &ExecRun) -> bool {
        run.exit_status == Some(0) && !run.timed_out && run.held.unwrap_or(0) == 0
    }

    /// Counts one run, before the handshakes after it are counted.
    fn add(&mut self, seen: Seen, neutral: Option<bool>) -> ExecRun {
        let left = seen.left.as_ref().map(Vec::len);
        let left = left.map(|left| u32::try_from(left).unwrap_or(u32::MAX));
        let run = ExecRun {
            run: self.run() + 1,
            exit_status: seen.exit_status,
            signal: seen.signal,
            timed_out: seen.timed_out,
            succeeded: self.would_succeed(&seen),
            elapsed: seen.elapsed,
            peak_memory_bytes: seen.peak_memory,
            connected: seen.connected,
            unread_bytes: seen.unread,
            left,
            held: seen.held,
            others_ended: seen.others_ended,
            others_left: seen.others_left,
            neutral,
        };
        self.failed_for_left += u32::from(Self::is_forgivable(&run) && !run.succeeded);
        if run.succeeded {
            self.succeeded += 1;
        } else {
            self.failed += 1;
        }
        self.elapsed.record(run.elapsed);
        self.peak_memory = self.peak_memory.max(run.peak_memory_bytes);
        self.left_unseen |= left.is_none();
        self.left.extend(seen.left.unwrap_or_default());
        self.left.truncate(LEFT_KEPT);
        self.unclear += seen.unclear;
        self.evidence.run(&run);
        self.evidence.unclear(seen.unclear);
        self.runs.push(run.clone(), run.succeeded);
        run
    }

    /// Sockets that are still left now; nothing where that cannot be seen.
    pub(super) fn still_left(&mut self, table: &dyn SocketTable) -> Option<u32> {
        self.left.retain(|(client, gateway)| {
            let ports: Ports = std::iter::once(gateway.port()).collect();
            let row = table.find(*gateway, *client).ok().flatten();
            row.is_some_and(|row| zombie::is_zombie(&row, &ports))
        });
        let left = u32::try_from(self.left.len()).unwrap_or(u32::MAX);
        (left > 0 || !self.left_unseen).then_some(left)
    }

    /// Notes how many stuck sockets there are more than before, other than ibdoc's own.
    pub(super) fn census(&mut self, before: Option<usize>, after: Option<usize>, ours: u32) {
        let grown = after.zip(before);
        let grown = grown.map_or(0, |(after, before)| after.saturating_sub(before));
        let grown = u32::try_from(grown).unwrap_or(u32::MAX);
        self.evidence.grown(grown.saturating_sub(ours));
    }

    /// Its part of the report.
    pub(super) fn report(&self, left: Option<u32>) -> report::Exec {
        let (fault, reason) = fault(&self.evidence);
        let mut runs = self.runs.kept();
        if self.evidence.keeps_closed() {
            for run in &mut runs {
                run.succeeded |= Self::is_forgivable(run);
            }
        }
        report::Exec {
            program: self.program.clone(),
            planned: self.planned,
            run: self.run(),
            succeeded: self.succeeded,
            failed: self.failed,
            failure_rate_upper_95: failure_rate_upper_95(self.failed, self.run()),
            elapsed_ms: self.elapsed.summary(),
            peak_memory_bytes: self.peak_memory,
            left,
            unclear: self.unclear,
            neutral_run: self.neutral.0,
            neutral_succeeded: self.neutral.1,
            runs,
            fault,
            reason,
        }
    }
}

impl Soaking<'_> {
    /// Runs the program as often as planned, between handshakes of ibdoc's own.
    pub(super) async fn programs(
        &mut self,
        book: &mut Book,
        events: Events<'_>,
    ) -> Result<(), Stop> {
        let own = &self.args.own;
        events(Event::Runs {
            planned: book.planned,
            shows_output: own.show_output,
        });
        if own.neutral {
            let shaken = self.handshake(events).await?;
            book.handshake(&shaken);
            shaken.go_on()?;
        }
        for number in 1..=book.planned {
            if number > 1 || own.neutral {
                self.pause().await?;
            }
            let seen = self.program(book.program(), number).await?;
            let heirs = heirs(&seen, number);
            if !own.neutral {
                events(Event::Exec(book.add(seen, None)));
                heirs.map_or(Ok(()), Err)?;
                continue;
            }
            self.neutral(book, seen, events).await?;
            heirs.map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    /// The handshake after a run, and a second one where it alone would make the run look worse
    /// than the Gateway: one that fails every other client would not be seen by every other one.
    async fn neutral(
        &mut self,
        book: &mut Book,
        seen: Seen,
        events: Events<'_>,
    ) -> Result<(), Stop> {
        let first = match self.handshake(events).await {
            Ok(first) => first,
            Err(stop) => {
                events(Event::Exec(book.add(seen, None)));
                return Err(stop);
            }
        };
        let again = first.succeeded && first.stop.is_none() && !book.would_succeed(&seen);
        let second = if again {
            self.tally.plan_another();
            Some(self.handshake(events).await)
        } else {
            None
        };
        let both = match &second {
            Some(Ok(second)) => second.succeeded,
            _ => first.succeeded,
        };
        events(Event::Exec(book.add(seen, Some(both))));
        book.handshake(&first);
        first.go_on()?;
        let Some(second) = second else {
            return Ok(());
        };
        let second = second?;
        book.second_handshake(&second);
        second.go_on()
    }

    /// One run; none is begun when the Gateway's accept queue is stuck.
    async fn program(&mut self, title: &str, number: u32) -> Result<Seen, Stop> {
        let plan = self.plan();
        let now = Instant::now();
        if plan.is_over(now) {
            return Err(Stop::OutOfTime);
        }
        let own = &self.args.own;
        let local = local(self.target);
        if let Some(local) = local.filter(|_| !own.neutral && !self.setup.force) {
            let stuck = queue::watch(self.setup.world.table.as_ref(), local).await;
            if let Some(stuck) = stuck.ok().flatten() {
                return Err(Stop::stuck(&stuck.words()));
            }
        }
        let left = plan
            .deadline
            .map(|deadline| deadline.saturating_duration_since(now));
        let timeout = left.map_or(own.exec_timeout, |left| left.min(own.exec_timeout));
        let program = Program {
            command: &own.command,
            target: self.target,
            local,
            timeout,
            shows_output: own.show_output,
        };
        let mut interrupt = self.interrupt.clone();
        match program.run(&self.setup.world, &mut interrupt).await {
            Ok(Outcome::Ran(seen)) if seen.timed_out && timeout < own.exec_timeout => {
                Err(Stop::OutOfTime)
            }
            Ok(Outcome::Ran(seen)) => Ok(seen),
            Ok(Outcome::Interrupted(status)) => Err(Stop::Interrupted(status)),
            Ok(Outcome::Spared(reason)) => Err(Stop::Because(reason)),
            Ok(Outcome::Lost(error)) => {
                let trouble = format!("failed to learn how run {number} of {title} ended: {error}");
                self.trouble = Some(trouble.clone());
                Err(Stop::Because(trouble))
            }
            Err(error) => {
                let trouble = format!("failed to start run {number} of {title}: {error}");
                self.trouble = Some(trouble.clone());
                Err(Stop::Because(trouble))
            }
        }
    }
}

/// Why no further run is begun: what was left on purpose keeps a client's place in the Gateway.
fn heirs(seen: &Seen, number: u32) -> Option<Stop> {
    let kept = seen.others_left.unwrap_or(0) > 0 && seen.held.unwrap_or(0) > 0;
    kept.then(|| {
        Stop::Because(format!(
            "a process that run {number} left on purpose (nohup) is still connected: each further \
             run would add one"
        ))
    })
}

/// What is run, as sentences name it.
pub(super) fn book(args: &crate::cli::Own, planned: u32) -> Option<Book> {
    args.exec.then(|| Book::new(title(&args.command), planned))
}

/// The address of a target of this machine.
fn local(target: &Target) -> Option<SocketAddr> {
    let ip = if target.host == "localhost" {
        IpAddr::from(Ipv4Addr::LOCALHOST)
    } else {
        target.host.parse().ok()?
    };
    crate::connect::is_local(ip).then(|| SocketAddr::new(ip, target.port))
}
