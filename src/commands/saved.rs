//! Reports that were written earlier, read again. A named pipe is not even open before another program
//! writes to it, so a signal or the deadline may come first.

use std::path::Path;

use tokio::task::spawn_blocking;
use tokio::time::sleep_until;

use super::{Error, Setup};
use crate::report::Report;
use crate::report::read::read;

/// A report, or why it was not read to its end; errs where the file is no report.
pub(super) async fn report_of(
    path: &Path,
    setup: &Setup,
) -> Result<Result<Box<Report>, String>, Error> {
    let file = path.display().to_string();
    let path = path.to_owned();
    let reading = spawn_blocking(move || read(&path).map(Box::new));
    let mut interrupt = setup.interrupt.clone();
    let deadline = async {
        match setup.deadline(None) {
            Some(deadline) => sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    let cut_short = |why: &str| Ok(Err(format!("{why} before {file} was read to its end")));
    tokio::select! {
        biased;
        status = interrupt.received() => match status.signal() {
            Some(signal) => cut_short(&format!("interrupted by {signal}")),
            None => cut_short("interrupted"),
        },
        () = deadline => cut_short("the deadline of the command passed"),
        read = reading => match read {
            Ok(Ok(report)) => Ok(Ok(report)),
            Ok(Err(why)) => Err(Error::Usage(format!("failed to read {file}: {why}"))),
            Err(error) => Ok(Err(error.to_string())),
        },
    }
}
