//! The part of a soak's report that tells of the user's own program.

use serde::{Deserialize, Serialize};

use crate::event::ExecRun;
use crate::stats::Summary;
use crate::text::words::plural;

/// The user's own program, run again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Exec {
    /// Its file name, and that of the script it interprets; never its arguments.
    pub program: String,
    /// How many runs were asked for.
    pub planned: u32,
    /// How many ran to their end or deadline.
    pub run: u32,
    /// How many ended with status 0 in time and left nothing behind.
    pub succeeded: u32,
    /// How many did not.
    pub failed: u32,
    /// Exact one-sided 95 % upper bound of the failure rate, a fraction; null when none ran.
    pub failure_rate_upper_95: Option<f64>,
    /// How long the runs took.
    pub elapsed_ms: Option<Summary>,
    /// The most memory that any run had resident; null where it cannot be seen.
    pub peak_memory_bytes: Option<u64>,
    /// Sockets that the runs left half closed or not accepted and that are still there at the
    /// end; null where that cannot be seen.
    pub left: Option<u32>,
    /// Half-closed or unaccepted sockets that appeared during the runs, and of which it was not
    /// seen who left them.
    pub unclear: u32,
    /// How many neutral handshakes, ibdoc's own, were made before, between and after the runs; 0 without them.
    pub neutral_run: u32,
    /// How many neutral handshakes succeeded.
    pub neutral_succeeded: u32,
    /// At most 1,000 runs: the failed ones first, then the others, the last ones of each.
    pub runs: Vec<ExecRun>,
    /// The side that is at fault.
    pub fault: Fault,
    /// Why that side is at fault, in a sentence.
    pub reason: String,
}

/// The side that is at fault when runs fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// Nothing went wrong.
    None,
    /// The user's program is at fault.
    Program,
    /// The Gateway is at fault.
    Gateway,
    /// What was seen does not tell.
    Unknown,
}

impl Exec {
    /// What is to be known first.
    pub(super) fn parts(&self) -> Vec<String> {
        if self.run == 0 {
            return vec![format!("no run of {} came to its end", self.program)];
        }
        let runs = plural(self.run, "run");
        let counts = format!(
            "{} of {} {runs} of {} succeeded",
            self.succeeded, self.run, self.program
        );
        let fault = match self.fault {
            Fault::None => return vec![counts],
            Fault::Program => "the program is at fault",
            Fault::Gateway => "the Gateway is at fault",
            Fault::Unknown => "who is at fault is not known",
        };
        vec![counts, fault.to_owned()]
    }
}
