//! The text form of an open order (5), as far as a plain order has fields.

use super::body::Body;
use super::contracts::Instrument;
use super::inquiry::Inquiry;
use crate::wire::Reply;

/// The fields behind the status up to the end, each group with the version from which on it is sent;
/// the fields of a group are separated by spaces, `-` is an empty one and `R` the reason.
const BEHIND: [(u16, &str); 22] = [
    // Margins before and their change, then after; commissions and their currency.
    (142, "- - - - - -"),
    (0, "- - - - - - -"),
    // The preview outside of trading hours, a size, the reason, and no accounts.
    (195, "- - - - - - - - - - - R 0"),
    // The warning, and sizes and prices at random.
    (0, "R 0 0"),
    // No conditions; nothing to adjust.
    (102, "0 - - - - - - - 0"),
    // A soft dollar tier.
    (106, "- - -"),
    (111, "-"),
    (141, "0"),
    (145, "0"),
    (148, "0"),
    (151, "0"),
    (158, "-"),
    (160, "-"),
    (162, "0"),
    (170, "- - - - -"),
    (183, "-"),
    (184, "0"),
    (185, "-"),
    (189, "0"),
    (193, "- -"),
    (198, "-"),
    (199, "0"),
];

/// The order as it came, inactive, with the reason.
pub(super) fn open_order(
    asked: &Inquiry,
    instrument: &Instrument,
    (quantity, permanent, reason): (&str, i64, &str),
) -> Reply {
    // The numbers are those of protobuf.
    let order = |tag: u32| asked.text_of(3, tag);
    let mut body = Body::new(5, asked.version).head("34", 145);
    body.text(&asked.id.to_string())
        .text(&instrument.con_id.to_string());
    body.text(instrument.symbol)
        .text(instrument.sec_type)
        .text(instrument.expiry);
    body.text(&instrument.strike.to_string())
        .text(instrument.right);
    body.text(&instrument.multiplier_text())
        .text(asked.contract.text(8));
    body.text(instrument.currency)
        .text(&instrument.local_symbol)
        .text(instrument.class);
    body.text(order(5))
        .text(quantity)
        .text(order(8))
        .text(order(9))
        .text(order(10));
    body.text(order(11))
        .text(order(27))
        .text(order(12))
        .text(order(68));
    body.text("0")
        .text(order(28))
        .text(&asked.client_id.to_string());
    body.text(&permanent.to_string());
    // Trading hours, hidden, discretionary amount; when it begins; allocation; advisor.
    fields(&mut body, "0 0 0 - - - - -", reason);
    if !body.speaks(177) {
        body.text("");
    }
    if body.speaks(103) {
        body.text("");
    }
    // Its end, rule, offset, firm; short sale; auction; box; pegged; display to all-or-none.
    fields(&mut body, "- - - - 0 - -1 0 - - - - - 0 0 0 0 -", reason);
    // Its group; what is no longer used; parent and trigger; volatility; trail; basis points.
    fields(&mut body, "3 0 0 - 0 0 - 0 - - 0 0 - - - -", reason);
    // Legs; scale; hedge; routing and clearing; not held; no hedge; no algorithm; solicited.
    fields(&mut body, "- 0 0 0 - - - - 0 - - 0 0 - 0", reason);
    body.text("0").text("Inactive");
    for (since, group) in BEHIND {
        if body.speaks(since) {
            fields(&mut body, group, reason);
        }
    }
    body.reply()
}

fn fields(body: &mut Body, group: &str, reason: &str) {
    for field in group.split(' ') {
        body.text(match field {
            "-" => "",
            "R" => reason,
            value => value,
        });
    }
}
