//! Recorded sessions.

use std::io::{self, Write};

use super::escaped;
use crate::render::tap::facts;
use crate::render::trace::{clock, close, source_line, who};
use crate::report::{RequestEnd, Tap, Trace};
use crate::text::duration::shown;

/// Sessions that are listed.
const LISTED: usize = 20;

/// Writes what a relay did and what it shows.
pub(super) fn tap(body: &Tap, out: &mut dyn Write) -> io::Result<()> {
    for line in facts(body) {
        writeln!(out, "- {}", escaped(&line))?;
    }
    trace(&body.trace, out)
}

/// Writes the recordings, a line and the troubled requests of each session, and the stories.
pub(super) fn trace(body: &Trace, out: &mut dyn Write) -> io::Result<()> {
    for source in &body.sources {
        writeln!(out, "- {}", escaped(&source_line(source)))?;
    }
    writeln!(out, "- {}\n", clock(body.clock))?;
    for step in &body.drill {
        writeln!(out, "- drill: {}", escaped(step))?;
    }
    for summary in body.judged() {
        writeln!(out, "- {}\n", escaped(summary))?;
    }
    for it in body.sessions.iter().take(LISTED) {
        writeln!(out, "### Session {}: {}\n", it.session, escaped(&who(it)))?;
        let began = it.began.as_deref().unwrap_or("without a time");
        writeln!(out, "Began {}, {}.\n", escaped(began), escaped(&it.who.by))?;
        writeln!(out, "| request | id | took | end |\n|---|---|---|---|")?;
        for request in it.requests.iter().take(50) {
            let id = request
                .request_id
                .map_or_else(String::new, |id| id.to_string());
            let took = request
                .elapsed
                .or(request.silent)
                .map_or_else(String::new, shown);
            let end = match request.end {
                RequestEnd::Ended => "ended",
                RequestEnd::Refused => "**refused**",
                RequestEnd::Cancelled => "cancelled",
                RequestEnd::LeftOpen => "subscription left open",
                RequestEnd::Silent => "subscription without a message",
                RequestEnd::Unfinished => "**never finished**",
                RequestEnd::AskedAgain => "asked again",
                RequestEnd::NotRecorded => "not known: the recording has a gap",
            };
            let words = format!("{} ({})", request.words, request.id);
            writeln!(out, "| {} | {id} | {took} | {end} |", escaped(&words))?;
        }
        writeln!(out, "\nClosed: {}.\n", escaped(&close(it)))?;
    }
    for story in &body.stories {
        writeln!(out, "### {}\n", escaped(&story.client))?;
        for line in &story.lines {
            writeln!(out, "- {}", escaped(line))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
