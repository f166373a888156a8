//! How a client gets through, in words.

use std::time::Duration;

use super::clients::Client;
use crate::event::Query;
use crate::text::duration::shown;
use crate::text::words::listed;

/// Answers that come so much later than the accounts are worth a word.
const LATER: Duration = Duration::from_millis(100);

/// How a client gets through.
pub(super) struct Passed {
    /// Until it has what it needs.
    pub(super) ready: Duration,
    /// Until its connect returns.
    pub(super) elapsed: Duration,
    /// The requests that it gives up and logs.
    pub(super) unfinished: Vec<Query>,
    /// The requests that were answered with an error, and its number.
    pub(super) refused: Vec<(Query, String)>,
}

impl Passed {
    /// What is said of the client: never that it would have connected where a request of its start-up
    /// was not made.
    pub(super) fn in_words(&self, client: &Client, left_out: &[Query]) -> String {
        let (ready, elapsed) = (shown(self.ready), shown(self.elapsed));
        let is_complete = left_out.is_empty();
        let mut parts = vec![if is_complete {
            format!("would have connected in {elapsed}")
        } else {
            format!("got its accounts in {ready}")
        }];
        let unfinished = words(&self.unfinished);
        if !unfinished.is_empty() {
            let logged = if is_complete {
                "and logged".to_owned()
            } else {
                format!("and would have logged at {elapsed}")
            };
            let without = self.without(client);
            parts.push(format!(
                "{logged} that {unfinished} were never finished{without}"
            ));
        } else if !is_complete && self.elapsed > self.ready + LATER {
            parts.push(format!("and the rest of what was asked in {elapsed}"));
        }
        let refused = self.refused.iter();
        parts.extend(refused.map(|(query, number)| {
            let asked = query.words();
            format!("with error {number} for {asked}")
        }));
        let says = parts.join(", ");
        if is_complete {
            says
        } else {
            let left_out = words(left_out);
            format!("{says}; {left_out} were not asked (`--as-is`)")
        }
    }

    /// How the client's user leaves out what was not finished.
    fn without(&self, client: &Client) -> String {
        let mut without: Vec<_> = Vec::new();
        for words in self.unfinished.iter().filter_map(|it| client.without(*it)) {
            if !without.contains(&words) {
                without.push(words);
            }
        }
        match without.join("; ") {
            words if words.is_empty() => words,
            words => format!(" ({words})"),
        }
    }
}

fn words(queries: &[Query]) -> String {
    let words: Vec<String> = queries.iter().map(|query| query.words()).collect();
    listed(&words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::clients::CLIENTS;

    fn says(passed: &Passed, left_out: &[Query]) -> String {
        passed.in_words(&CLIENTS[1], left_out)
    }

    #[test]
    fn a_refusal_and_a_late_answer_are_told_beside_the_time() {
        let mut passed = Passed {
            ready: Duration::from_millis(20),
            elapsed: Duration::from_millis(3500),
            unfinished: Vec::new(),
            refused: vec![(Query::Executions, "504".to_owned())],
        };
        let complete = "would have connected in 3.5 s, with error 504 for executions";
        assert_eq!(says(&passed, &[]), complete);
        let incomplete = "got its accounts in 20 ms, and the rest of what was asked in 3.5 s, with \
                          error 504 for executions; open orders were not asked (`--as-is`)";
        assert_eq!(says(&passed, &[Query::OpenOrders]), incomplete);

        passed.refused.clear();
        passed.unfinished = vec![Query::OpenOrders, Query::Positions];
        let logged = "would have connected in 3.5 s, and logged that open orders and positions were \
                      never finished (`readonly=True`, or `fetchFields` without ORDERS_OPEN, leaves \
                      them out)";
        assert_eq!(says(&passed, &[]), logged);
    }
}
