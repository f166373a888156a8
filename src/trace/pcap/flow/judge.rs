//! Whether a connection is one of the API, and which end is the Gateway.

use std::cmp::Ordering;

use super::{Client, Flow, KEPT, Kept, Known, MAGIC, Out, speaker};
use crate::trace::chunk::{Ends, What};
use crate::trace::runs::{RUN, looks_like, run};
use crate::wire::messages::asked_by;

impl Flow {
    /// Decides by the first bytes that each side carries, in their order. The port alone says nothing: a
    /// Gateway itself dials port 4001 of IBKR.
    pub(super) fn judge(&mut self, side: usize, out: Out<'_>) {
        let Known::Nothing(kept) = &self.known else {
            return;
        };
        let has_gap = |it: &Kept| it.from_first == (side == 0) && matches!(it.what, What::Gap(_));
        let is_whole = self.client == Client::Dialled && !kept.iter().any(has_gap);
        let first = self.said(side);
        if first.len() < MAGIC.len() {
            return;
        }
        if first.starts_with(MAGIC) {
            if side == 1 && self.client != Client::Dialled {
                self.reverse();
            }
            self.admit(out);
        } else if is_whole {
            // A client that says something else to a Gateway gets no answer; one that gets one is another
            // service's.
            let is_client_heard = side == 0 || !self.said(0).is_empty();
            if is_client_heard && (!self.is_expected || !self.said(1).is_empty()) {
                self.known = Known::Other;
            }
        } else if self.is_expected {
            // Elsewhere one frame is too few: other protocols count their messages by such numbers too.
            let fits = looks_like(speaker(side), &first);
            let fits_other =
                self.client != Client::Dialled && looks_like(speaker(1 - side), &first);
            // Many ids are those of messages of either side: then the ports tell, or nothing does.
            if fits && (self.client != Client::Nothing || !fits_other) {
                self.admit(out);
            } else if fits_other && !fits {
                self.reverse();
                self.admit(out);
            }
        }
    }

    /// What this side has said so far, as long as it is kept; of a packet that is longer the beginning, as
    /// each place in it is tried.
    fn said(&self, side: usize) -> Vec<u8> {
        let Known::Nothing(kept) = &self.known else {
            return Vec::new();
        };
        let of_side = kept.iter().filter(|it| it.from_first == (side == 0));
        let said = of_side.flat_map(|it| it.bytes.iter().copied());
        said.take(KEPT).collect()
    }

    /// Nothing more is kept: decides by several whole messages in a row, from wherever they begin, of both
    /// sides where both spoke, and by who answers whom.
    pub(super) fn judge_late(&mut self, out: Out<'_>) {
        if !matches!(self.known, Known::Nothing(_)) {
            return;
        }
        let said = [self.said(0), self.said(1)];
        let runs = |turned: usize| [0, 1].map(|side| run(speaker(side ^ turned), &said[side]));
        let fits = |runs: &[Vec<u32>; 2]| {
            let is_own = |side: usize| said[side].is_empty() || !runs[side].is_empty();
            runs.iter().any(|ids| ids.len() >= RUN) && is_own(0) && is_own(1)
        };
        // How many messages of what would be the Gateway answer what the other end asks.
        let answers = |asked: &[u32], told: &[u32]| {
            let answers = |id: &&u32| asked_by(**id).iter().any(|row| asked.contains(&row.id));
            told.iter().filter(answers).count()
        };
        let (as_is, turned) = (runs(0), runs(1));
        let is_turned = self.client != Client::Dialled && fits(&turned);
        let by_answers = match (fits(&as_is), is_turned) {
            (false, false) => return self.known = Known::Other,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (true, true) if self.is_expected => Ordering::Greater,
            (true, true) => answers(&as_is[0], &as_is[1]).cmp(&answers(&turned[1], &turned[0])),
        };
        match by_answers {
            Ordering::Equal => self.known = Known::Undirected,
            Ordering::Less => {
                self.reverse();
                self.admit(out);
            }
            Ordering::Greater => self.admit(out),
        }
    }

    /// A connection that ends without a word, to where a Gateway is known or expected, is one of the
    /// API too.
    pub(super) fn judge_end(&mut self, out: Out<'_>) {
        let is_open = matches!(self.known, Known::Nothing(_));
        if is_open && self.client == Client::Dialled && self.is_expected {
            self.admit(out);
        } else {
            self.judge_late(out);
        }
    }

    fn reverse(&mut self) {
        self.ends.reverse();
        self.streams.reverse();
        self.closed.reverse();
        if let Known::Nothing(kept) = &mut self.known {
            for it in kept {
                it.from_first = !it.from_first;
            }
        }
    }

    /// It is a connection of the API: everything that was kept is handed on.
    fn admit(&mut self, out: Out<'_>) {
        let Known::Nothing(kept) = std::mem::replace(&mut self.known, Known::Api) else {
            return;
        };
        let met = Ends {
            client: Some(self.ends[0].to_string()),
            gateway: Some(self.ends[1].to_string()),
            source: self.source,
            ..Ends::default()
        };
        self.say(self.began, 0, What::Met(met), out);
        for it in kept {
            let side = usize::from(!it.from_first);
            let what = match it.what {
                What::Bytes(_) => What::Bytes(&it.bytes),
                what => what,
            };
            self.say(it.at, side, what, out);
        }
    }
}
