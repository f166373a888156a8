//! Two soaks beside each other: which figure of the second one differs from that of the first, and
//! whether that can be chance. Pure: it rests on the two reports alone.

mod figures;
mod kin;

use crate::report::{Compare, Compared, Difference, Report, Soak};
use crate::text::printable::clean;

pub use self::kin::strangers;

/// The longest name of a file that is repeated, in characters.
const NAME: usize = 200;

/// One of the two reports.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Its file, as it was typed.
    pub file: &'a str,
    /// All of it.
    pub report: &'a Report,
    /// The part that belongs to the soak.
    pub soak: &'a Soak,
}

/// What the second soak is beside the first; `notes` are told with it.
pub fn compare(a: Side<'_>, b: Side<'_>, mut notes: Vec<String>) -> Compare {
    notes.extend(cut_short("A", a.soak));
    notes.extend(cut_short("B", b.soak));
    let figures = figures::all(a.soak, b.soak);
    let has = |wanted| figures.iter().any(|figure| figure.judgement == wanted);
    let judgement = if has(Difference::Worse) {
        Difference::Worse
    } else if has(Difference::Better) {
        Difference::Better
    } else if has(Difference::NotShown) || has(Difference::TooSmall) {
        Difference::NotShown
    } else {
        // That neither left a socket says nothing of what else was to be compared.
        Difference::Unknown
    };
    Compare {
        a: compared(a),
        b: compared(b),
        judgement,
        figures,
        notes,
    }
}

/// That a soak did not come to its end, as a sentence.
fn cut_short(name: &str, soak: &Soak) -> Option<String> {
    let why = match &soak.stopped {
        Some(why) => clean(why, NAME),
        None if soak.interrupted => "it was interrupted".to_owned(),
        None => return None,
    };
    Some(format!("{name} ended before its plan was done: {why}"))
}

fn compared(side: Side<'_>) -> Compared {
    let Side { file, report, soak } = side;
    Compared {
        file: clean(file, NAME),
        version: clean(report.version, NAME),
        started_at: clean(&report.started_at, NAME),
        address: clean(&soak.address, NAME),
        simulated: report.simulated,
        verdict: report.verdict,
    }
}
