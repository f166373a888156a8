//! `ibdoc soak --exec`: the user's own program, run again and again, with ibdoc's own handshakes
//! before, between and after its runs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::time::Instant;

use super::{Soaking, Stop};
use crate::event::{Event, Events};
use crate::machine::accept_queue;
use crate::machine::process::title;
use crate::soak::book::Book;
use crate::soak::program::{Outcome, Program, Seen};
use crate::target::Target;

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
            book.handshake(shaken.succeeded, &shaken.codes);
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
        book.handshake(first.succeeded, &first.codes);
        first.go_on()?;
        let Some(second) = second else {
            return Ok(());
        };
        let second = second?;
        book.second_handshake(second.succeeded, &second.codes);
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
            let stuck = accept_queue::watch(self.setup.world.table.as_ref(), local).await;
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
pub(super) fn book(args: &super::args::Own, planned: u32) -> Option<Book> {
    args.exec.then(|| Book::new(title(&args.command), planned))
}

/// The address of a target of this machine.
fn local(target: &Target) -> Option<SocketAddr> {
    let ip = if target.host == "localhost" {
        IpAddr::from(Ipv4Addr::LOCALHOST)
    } else {
        target.host.parse().ok()?
    };
    crate::handshake::connect::is_local(ip).then(|| SocketAddr::new(ip, target.port))
}
