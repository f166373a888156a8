//! The stages of single handshakes, one under the other.

use maud::{Markup, html};

use super::picture::{Picture, ends, px};
use super::plot::{percent, span};
use crate::event::{Stage, StageName, StageStatus};
use crate::report::{Attempts, Waterfall};
use crate::text::json::in_millis;
use crate::text::words::joined;

/// From one stage to the next.
const ROW: f64 = 34.0;
/// From how many times the length on the typical handshake is also shown enlarged.
const FAR: f64 = 8.0;

/// A typical and the slowest handshake on one scale.
pub(super) fn waterfalls(attempts: &Attempts) -> Markup {
    let (typical, slowest) = (attempts.typical.as_ref(), attempts.slowest.as_ref());
    let both = typical.into_iter().chain(slowest);
    let common = both.map(length).fold(0.001, f64::max);
    let far = typical.filter(|it| common > FAR * length(it));
    html! {
        div.pair {
            @if let Some(it) = typical { (waterfall("Typical", "typical", it, common)) }
            @if let Some(it) = slowest { (waterfall("Slowest", "slowest", it, common)) }
        }
        @if typical.is_some() {
            p.legend { span { i.key-ready {} "ready: accounts and id are there" } }
        }
        @if let Some(it) = far {
            details {
                summary { "The typical one, enlarged " (format!("{:.0}", common / length(it))) " times" }
                (waterfall("Typical, enlarged", "enlarged", it, length(it)))
            }
        }
    }
}

/// Until the end of the last stage, in milliseconds.
fn length(waterfall: &Waterfall) -> f64 {
    let ends = waterfall.stages.iter();
    ends.map(|it| in_millis(it.start + it.elapsed))
        .fold(0.001, f64::max)
}

fn waterfall(name: &str, id: &str, waterfall: &Waterfall, end: f64) -> Markup {
    let run = |it: &&Stage| it.status != StageStatus::Skipped;
    let stages: Vec<&Stage> = waterfall.stages.iter().filter(run).collect();
    let height = ROW * stages.len() as f64 + 22.0;
    let ready = in_millis(waterfall.ready);
    let words = |it: &&Stage| format!("{} {}", it.name.name(), span(in_millis(it.elapsed)));
    let accounts = stages.iter().find(|it| it.name == StageName::Accounts);
    let ready_at = accounts.map(|it| in_millis(it.start + it.elapsed) / end);
    let inside = html! {
        @for (place, stage) in stages.iter().enumerate() {
            (bar(stage, ROW * place as f64, end, ready_at))
        }
        (ends(height - 4.0, end))
    };
    let picture = Picture {
        caption: &format!(
            "{name}: handshake {}, ready in {}",
            waterfall.attempt,
            span(ready)
        ),
        alternative: &joined(stages.iter().map(words)),
        id,
        height,
        margin: None,
        inside,
        under: html! {},
    };
    picture.figure()
}

fn bar(stage: &Stage, y: f64, end: f64, ready_at: Option<f64>) -> Markup {
    let (from, wide) = (in_millis(stage.start) / end, in_millis(stage.elapsed) / end);
    let word = match stage.status {
        StageStatus::Ok => "",
        StageStatus::Failed => " ✗ failed",
        StageStatus::Timeout => " ✗ timeout",
        StageStatus::Skipped => " skipped",
    };
    let class = match (stage.status, stage.name) {
        (StageStatus::Ok, StageName::Sync(_) | StageName::Close) => "bar after",
        (StageStatus::Ok, _) => "bar",
        _ => "bar wrong",
    };
    let elapsed = in_millis(stage.elapsed);
    html! {
        text.label x="0" y=(px(y + 13.0)) { (stage.name.name()) (word) }
        text.figure x="100%" y=(px(y + 13.0)) text-anchor="end" { (span(elapsed)) }
        rect.track x="0" y=(px(y + 19.0)) width="100%" height="8" rx="2" {}
        // What is shorter than a pixel is still there.
        line.least x1=(percent(from)) x2=(percent(from)) y1=(px(y + 19.0)) y2=(px(y + 27.0)) {}
        rect class=(class) x=(percent(from)) y=(px(y + 19.0)) width=(percent(wide)) height="8" rx="2" {
            title { (stage.name.name()) @if let Some(detail) = &stage.detail { ": " (detail) } }
        }
        @if let Some(x) = ready_at.map(percent) {
            line.ready x1=(x) x2=(x) y1=(px(y + 16.0)) y2=(px(y + 30.0)) {}
        }
    }
}
