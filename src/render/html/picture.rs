//! A picture with its caption, its text alternative and what stands under it.

use maud::{Markup, html};

use super::plot::span;

/// A picture: what is shown, and the same in words.
pub(super) struct Picture<'a> {
    pub(super) caption: &'a str,
    pub(super) alternative: &'a str,
    pub(super) id: &'a str,
    pub(super) height: f64,
    /// Names of lines and lanes, left of the picture.
    pub(super) margin: Option<Markup>,
    pub(super) inside: Markup,
    /// The legend, and the same as a table.
    pub(super) under: Markup,
}

impl Picture<'_> {
    /// The picture, its caption, its text alternative, and what stands under it.
    pub(super) fn figure(&self) -> Markup {
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let height = px(self.height);
        html! {
            figure {
                figcaption { (self.caption) }
                div.plot {
                    @if let Some(margin) = &self.margin {
                        svg.margin width="60" height=(height) aria-hidden="true" { (margin) }
                    }
                    svg.chart role="img" aria-labelledby={ (title) " " (description) }
                        width="100%" height=(height) {
                        title id=(title) { (self.caption) }
                        desc id=(description) { (self.alternative) }
                        (self.inside)
                    }
                }
                (self.under)
            }
        }
    }
}

/// A name in the margin, on the line at `y`.
pub(super) fn in_margin(y: f64, name: &str) -> Markup {
    html! { text.tick x="52" y=(px(y + 4.0)) text-anchor="end" { (name) } }
}

/// What is drawn in units of its own, `width` of them, and stretched to the page's width.
pub(super) fn stretched(width: f64, height: f64, inside: &Markup) -> Markup {
    let inner = format!("0 0 {width} {height}");
    html! {
        svg width="100%" height=(px(height)) viewBox=(inner) preserveAspectRatio="none" { (inside) }
    }
}

/// The ends of an axis of time.
pub(super) fn ends(y: f64, end_ms: f64) -> Markup {
    html! {
        text.tick x="0" y=(px(y)) { "0" }
        text.tick x="100%" y=(px(y)) text-anchor="end" { (span(end_ms)) }
    }
}

/// A coordinate with one decimal.
pub(super) fn px(value: f64) -> String {
    format!("{value:.1}")
}
