//! `ibdoc worker`: one API session that a program of any language uses by lines of JSON.
//!
//! One task: lines, the connection, what the session tells and the time are awaited together, and
//! `state` decides what each means. stdin and stdout have a thread of their own each.

mod commands;
mod connection;
mod data;
mod ended;
mod gate;
mod input;
mod output;
mod phase;
mod request;
mod state;
mod steps;
mod supervise;
mod table;

use std::future::pending;
use std::io;
use std::rc::Rc;

use tokio::time::{Instant, sleep_until};

pub use self::connection::Surroundings;
pub use self::ended::Ended;
pub use self::supervise::{RESUME, supervise};

use self::connection::{Connection, Finished};
use self::input::Lines;
use self::output::Output;
use self::state::State;
use crate::event::interrupt::Interrupt;
use crate::report::worker::WorkerParams;

/// Serves stdin and stdout until stdin ends, a signal comes or `deadline` is over; errs where no thread
/// can be had. `resume` are the parameters of the session that a worker before this one had.
pub async fn run(
    around: &Surroundings<'_>,
    resume: Option<&WorkerParams>,
    mut interrupt: Interrupt,
    deadline: Option<Instant>,
) -> io::Result<Ended> {
    let mut lines = Lines::of_stdin()?;
    let mut state = State::new(around, Output::start_directly(io::stdout())?);
    if let Some(params) = resume {
        state.resume(params);
    }
    let mut heard = false;
    while !state.is_over() {
        let now = Instant::now();
        state.turn(now);
        let due = state.due(now);
        let desk = state.connection.as_ref().map(|it| Rc::clone(&it.desk));
        let told = async {
            match &desk {
                Some(desk) => desk.has_told().await,
                None => pending().await,
            }
        };
        let takes_lines = state.takes_lines();
        let is_full = state.is_full();
        tokio::select! {
            _ = interrupt.received(), if !heard => {
                heard = true;
                state.end_now();
            }
            () = at(deadline), if !state.is_ending() => state.end_now(),
            line = lines.next(), if takes_lines => match line {
                Some(line) => state.take(&line),
                None => state.end_of_input(),
            },
            finished = finished(&mut state.connection) => state.over(finished),
            () = told => {}
            () = state.output.changed(is_full) => {}
            () = at(due) => {}
        }
    }
    Ok(state.ended().await)
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

async fn finished(connection: &mut Option<Connection<'_>>) -> Finished {
    match connection {
        Some(connection) => connection.finished().await,
        None => pending().await,
    }
}
