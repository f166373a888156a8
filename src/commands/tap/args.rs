//! What can be typed after `ibdoc tap`.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::{MessageLines, ReportFiles};
use crate::commands::examples::shown;
use crate::commands::nature::Nature;
use crate::tap::Drill;
use crate::target::{TARGET_HELP, TypedTarget};
use crate::text::typed::{parse_bytes, parse_own_port};

const FAULT_HELP: &str = "\
A drill: what is done to the clients, and when

Steps are separated by semicolons, what is done at once by commas; each time counts from the step before \
it, the first one from the start: 'after=60s:cut; 2s:refuse; 90s:pass' ends every session after a minute, \
refuses clients two seconds later, and lets them in again after another minute and a half. cut ends every \
session as a Gateway that ends does; refuse stops listening; pass ends all of what lasts; drop=NAME leaves out \
a message of the Gateway (executions-end, accounts, next-id, or a name of IB's such as tick-price); \
delay=D lets both sides wait so long for each other; stall=client and stall=gateway pass on nothing of what \
that side sends; say=1100@300s says a notice of IB's to every client, at that time from the start; id-taken \
answers the start of each session with 326 and ends it. The option may be given several times.";

/// A transparent relay that shows and records what your client says and hears, and drills
///
/// Listens on --listen and carries every byte between your client and the Gateway unchanged and at
/// once. Shows what both say as it comes, with --write records it for `ibdoc trace`, and ends with the
/// same diagnosis. It listens only while the Gateway does: without one, clients are refused. An end in
/// order arrives as one, a reset as a reset. With --fault it rehearses the nightly restart and other
/// trouble, and judges how your client takes it.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc tap paper --listen 5002", "let your client connect to port 5002, and see what it says"),
    ("ibdoc tap paper --listen 5002 --write session.tap", "record it, for ibdoc trace session.tap"),
    ("ibdoc tap paper --listen 0 -- python3 bot.py", "run your program through it, and end with it"),
    ("ibdoc tap paper --listen 5002 --fault \"after=60s:cut; 2s:refuse; 90s:pass\"", "rehearse the nightly restart"),
    ("ibdoc tap --sim --listen 5002", "try it without a Gateway"),
]))]
pub struct Tap {
    /// What is relayed.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET")]
    pub target: Option<TypedTarget>,

    /// Port that clients connect to; 0 takes a free one and prints it
    #[arg(long, value_name = "PORT", env = "IBDOC_LISTEN", value_parser = parse_own_port)]
    #[arg(required_unless_present = "command")]
    pub listen: Option<u16>,

    /// Address of this machine to listen on: on any but a loopback one others can reach the Gateway through it
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub bind: IpAddr,

    /// Record everything that is carried, for `ibdoc trace`; only you can read the file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub write: Option<PathBuf>,

    /// The same as a capture, for `ibdoc trace` and other readers of pcap
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub pcap: Option<PathBuf>,

    /// Size at which a new file is begun; nine before it are kept as FILE.1 to FILE.9
    #[arg(long, value_name = "SIZE", default_value = "100MB", value_parser = parse_bytes)]
    pub rotate: u64,

    /// A drill: what is done to the clients, and when
    #[arg(long, value_name = "STEPS", long_help = FAULT_HELP)]
    pub fault: Vec<Drill>,

    /// Allow a drill in front of a live account
    #[arg(long)]
    pub live: bool,

    /// How messages are shown.
    #[command(flatten)]
    pub lines: MessageLines,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,

    /// Run this command, with the address of the relay in `IBDOC_TARGET`, and end with it
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

impl Tap {
    /// What is true of it.
    pub(in crate::commands) fn nature(&self) -> Nature<'_> {
        Nature {
            is_watch: true,
            has_child: !self.command.is_empty(),
            // Clients are connected through it.
            tells_elsewhere: true,
            ..Nature::of("tap", &self.files.reports)
        }
    }
}

impl Tap {
    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.bind, self.listen.unwrap_or_default())
    }

    /// The drill of all options together.
    pub(super) fn drill(&self) -> Drill {
        self.fault
            .iter()
            .cloned()
            .fold(Drill::default(), Drill::and)
    }
}
