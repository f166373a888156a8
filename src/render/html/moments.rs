//! What happened while a session was held, each kind with a shape of its own.

use maud::{Markup, html};

use super::picture::px;
use super::plot::{percent, span};
use super::tables::{and_more, columns, scrolled};
use crate::event::{Moment, MomentKind};
use crate::render::figures;
use crate::report::Stability;
use crate::text::json::in_millis;

/// Moments that are listed.
const LISTED: usize = 200;

/// The shapes that stand for what happened; each is told by its form alone.
pub(super) fn shapes() -> Markup {
    html! {
        svg.shapes width="0" height="0" aria-hidden="true" {
            defs {
                path #mark-drop d="M-5,-5L5,5M-5,5L5,-5" {}
                path #mark-reconnect-failed d="M0,-6A6,6 0 1 0 0.01,-6ZM-4,4L4,-4" {}
                path #mark-up d="M0,-6L6,5L-6,5Z" {}
                path #mark-notice d="M0,-6L6,0L0,6L-6,0Z" {}
                path #mark-missed-ping d="M0,-7L0,7" {}
                path #mark-missed-fetch d="M-5,-5H5V5H-5Z" {}
            }
        }
    }
}

fn class(kind: MomentKind) -> &'static str {
    match kind {
        MomentKind::Drop => "drop",
        MomentKind::ReconnectFailed => "reconnect-failed",
        MomentKind::Up => "up",
        MomentKind::Notice => "notice",
        MomentKind::MissedPing => "missed-ping",
        MomentKind::MissedFetch => "missed-fetch",
    }
}

/// At its place in the picture.
pub(super) fn mark(moment: &Moment, end: f64, y: f64) -> Markup {
    let at = in_millis(moment.at);
    let class = class(moment.kind);
    html! {
        use class={ "mark " (class) } href={ "#mark-" (class) } x=(percent(at / end)) y=(px(y)) {
            title { (span(at)) ": " (moment.words()) }
        }
    }
}

/// A shape in a line of text.
pub(super) fn key(kind: MomentKind) -> Markup {
    let class = class(kind);
    html! {
        svg.key width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true" {
            use class={ "mark " (class) } href={ "#mark-" (class) } {}
        }
    }
}

/// What happened, in words.
pub(super) fn moments(stability: &Stability) -> Markup {
    let (kept, lost) = (stability.moments.len(), stability.moments_dropped as usize);
    let (all, shown) = (kept + lost, kept.min(LISTED));
    html! {
        @for outage in &stability.outages { p { (outage.words()) } }
        @if shown > 0 {
            details open[shown <= 12] {
                summary { "What happened (" (all) ")" }
                (scrolled("what happened", &html! { table.words {
                    (columns(&["after", "what", "in words"]))
                    tbody { @for moment in &stability.moments[..shown] { tr {
                        td { (span(in_millis(moment.at))) }
                        td.nowrap { (key(moment.kind)) (figures::moment(moment.kind)) }
                        td { (moment.words()) @if let Some(code) = moment.code { " " code { (code) } } }
                    } } }
                } }))
                (and_more(all - shown))
                @if lost > 0 {
                    p.note {
                        "Only the first " (kept) " were kept: the last " (lost)
                        " are in no report and in no picture."
                    }
                }
            }
        }
    }
}
