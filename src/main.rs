//! The `ibdoc` command: parse, log, run, exit status.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use ibdoc::cli::output::Output;
use ibdoc::cli::{self, output};
use ibdoc::commands::{Cli, Error, Subject};
use ibdoc::event::interrupt;
use ibdoc::finding::verdict::ExitStatus;
use ibdoc::render::file;
use ibdoc::report::Answer;
use ibdoc::report::privacy::mask;
use ibdoc::text::printable::scrub;

/// A poll with its waker, and the pipe of the signals; with some to spare.
#[cfg(unix)]
const DESCRIPTORS: usize = 6;

fn main() -> ExitCode {
    #[cfg(unix)]
    if let Some(status) = ibdoc::soak::program::serve(env::args_os()) {
        return status;
    }
    if let Err(error) = has_descriptors() {
        return not_started(&error);
    }
    let typed = match Cli::parse_typed() {
        Ok(typed) => typed,
        Err(error) => return clap_exit(&error),
    };
    let nature = typed.command.nature();
    output::log(typed.global.verbose, nature.subject == Subject::Simulator);
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return not_started(&error),
    };
    let mut output = Output::new(&typed.global);
    let reader_gone = output.reader_gone();
    let result = runtime.block_on(async {
        let events = &mut |event| output.event(&event);
        tokio::select! {
            result = ibdoc::commands::run(&typed.command, &typed.global, events) => Some(result),
            // The files of --report, and the metrics of a watch, are still wanted when stdout has no reader.
            () = reader_gone.notified(), if !nature.tells_elsewhere => None,
            () = output::reader_left(nature.is_watch), if !nature.tells_elsewhere => None,
        }
    });
    interrupt::answer_is_written();
    // A resolver that hangs must not keep the process.
    runtime.shutdown_background();
    match result {
        // The reader of stdout has left before there was a verdict.
        None => ExitCode::from(ExitStatus::CouldNotLook.code()),
        Some(Ok(answer)) => {
            let written = match &answer {
                Answer::Report(report) => file::write_all(nature.reports, report),
                Answer::Document(_) | Answer::Told(_) => Ok(()),
            };
            let status = output::exit_status(&answer, typed.global.fail_on);
            tell(&mut output, &answer, status, written)
        }
        Some(Err(error @ Error::Usage(_))) => fail(&error.to_string(), ExitStatus::Usage),
        Some(Err(error @ (Error::Look(_) | Error::Signals(_) | Error::Worker(_)))) => {
            fail(&error.to_string(), ExitStatus::CouldNotLook)
        }
    }
}

/// The status of an answer that could be written, on stdout and, as `written` says, to its files.
fn tell(
    output: &mut Output,
    answer: &Answer,
    status: ExitStatus,
    written: io::Result<()>,
) -> ExitCode {
    let told = match output.answer(answer) {
        // The terminal that has gone takes no answer.
        Err(_) if status == ExitStatus::HungUp => Ok(()),
        told => told,
    };
    match told.and(written) {
        Ok(()) => ExitCode::from(status.code()),
        Err(error) => fail(
            &format!("failed to write the answer: {error}"),
            ExitStatus::CouldNotLook,
        ),
    }
}

/// Help and version are success, also when their reader has gone; the rest is a usage error.
fn clap_exit(error: &clap::Error) -> ExitCode {
    let is_version = error.kind() == ErrorKind::DisplayVersion;
    let mut words = env::args_os();
    let is_unsafe = words.any(|word| safe(&word.to_string_lossy()) != word.to_string_lossy());
    let printed = if is_version && cli::is_verbose(env::args_os()) {
        io::stdout().write_all(cli::build_facts().as_bytes())
    } else if is_unsafe {
        // The escapes of clap's colours cannot be told from those that were typed.
        write!(io::stderr(), "{}", safe(&error.to_string()))
    } else {
        error.print()
    };
    let printed = printed.and_then(|()| io::stdout().flush());
    if let Err(full) = printed
        && !error.use_stderr()
        && full.kind() != io::ErrorKind::BrokenPipe
    {
        let message = format!("failed to write the answer: {full}");
        return fail(&message, ExitStatus::CouldNotLook);
    }
    ExitCode::from(if error.use_stderr() {
        ExitStatus::Usage.code()
    } else {
        0
    })
}

/// Whether as many descriptors can be opened as the runtime takes: where it cannot have them, it
/// panics.
fn has_descriptors() -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let stderr = io::stderr();
        let copies = (0..DESCRIPTORS).map(|_| stderr.as_fd().try_clone_to_owned());
        copies.collect::<io::Result<Vec<_>>>()?;
    }
    Ok(())
}

fn not_started(error: &io::Error) -> ExitCode {
    let message = format!("failed to start: {error}");
    fail(&message, ExitStatus::CouldNotLook)
}

/// Without what steers a terminal or a CI server, and without account numbers, also those that were typed.
fn safe(text: &str) -> String {
    mask(&scrub(text))
}

fn fail(message: &str, status: ExitStatus) -> ExitCode {
    // Where stderr is closed too, the status is all that is left.
    let _ = writeln!(io::stderr(), "ibdoc: {}", safe(message));
    ExitCode::from(status.code())
}
