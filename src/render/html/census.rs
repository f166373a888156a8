//! The sockets on the port while a session was held.

use std::fmt::Write;

use maud::{Markup, html};

use super::picture::{Picture, ends, in_margin, px, stretched};
use crate::report::Census;
use crate::text::json::in_millis;

/// One count of a look at the socket table.
type Pick = fn(&Census) -> usize;

/// What the socket table showed meanwhile.
pub(super) fn census(censuses: &[Census]) -> Markup {
    let end = censuses.last().map_or(1.0, |it| in_millis(it.at)).max(1.0);
    let series: [(&str, &str, Pick); 3] = [
        ("established", "solid", |it| it.count.established),
        ("CLOSE_WAIT", "dashed", |it| it.count.close_wait),
        ("not accepted", "dotted", |it| it.count.unaccepted),
    ];
    let most = series
        .iter()
        .flat_map(|(_, _, pick)| censuses.iter().map(pick))
        .max();
    let most = most.unwrap_or(0).max(1);
    let (plot, top) = (64.0, 14.0);
    let y = |count: usize| top + plot * (1.0 - count as f64 / most as f64);
    let steps = |pick: &Pick| {
        let mut path = String::new();
        for census in censuses {
            let (x, y) = (in_millis(census.at) / end * 1000.0, y(pick(census)));
            // Writing to memory does not fail.
            let _ = if path.is_empty() {
                write!(path, "M{x:.1},{y:.1}")
            } else {
                write!(path, "H{x:.1}V{y:.1}")
            };
        }
        path
    };
    let height = top + plot + 4.0;
    let steps = html! {
        @for (_, class, pick) in &series { path class={ "step " (class) } d=(steps(pick)) {} }
    };
    let inside = html! {
        line.grid x1="0" x2="100%" y1=(px(y(most))) y2=(px(y(most))) {}
        line.base x1="0" x2="100%" y1=(px(y(0))) y2=(px(y(0))) {}
        (stretched(1000.0, height, &steps))
        (ends(height + 14.0, end))
    };
    let last = |pick: &Pick| censuses.last().map_or(0, pick);
    let words = series.iter().map(|(name, _, pick)| {
        let highest = censuses.iter().map(pick).max().unwrap_or(0);
        format!("{name} at most {highest}, {} at the end", last(pick))
    });
    let alternative = words.collect::<Vec<_>>().join("; ");
    let under = html! {
        p.legend { @for (name, class, pick) in &series {
            span { i class={ "key-step " (class) } {} (name) ": " (last(pick)) " at the end" }
        } }
    };
    let picture = Picture {
        caption: "Sockets on the port",
        alternative: &alternative,
        id: "census",
        height: height + 20.0,
        margin: Some(html! { (in_margin(y(most), &most.to_string())) (in_margin(y(0), "0")) }),
        inside,
        under,
    };
    picture.figure()
}
