//! Requests side by side: each answer goes to the one who asked, and a late one to nobody.

use std::time::Duration;

use tokio::time::Instant;

use super::ask::{Ask, Question, Rows, Told, Unanswered};
use super::requests::Requests;
use crate::finding::Code;
use crate::wire::{AccountUpdateMulti, Notice, Position, Reply, Request, ServerVersion};

const ROOM: usize = 1 << 20;

/// Requests with a clock of their own.
struct Bench {
    requests: Requests,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        let mut requests = Requests::new(ROOM);
        requests.speak(ServerVersion(178));
        let now = Instant::now();
        Self { requests, now }
    }

    fn ask(&mut self, key: u64, question: Question, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        self.requests.ask(Ask {
            key,
            question,
            until,
        });
    }

    /// Lets time pass, and gives what is sent then.
    fn after(&mut self, millis: u64) -> Vec<Request> {
        self.now += Duration::from_millis(millis);
        self.requests.expire(self.now);
        std::iter::from_fn(|| self.requests.next(self.now)).collect()
    }

    fn hear(&mut self, reply: &Reply) -> bool {
        self.requests.hear(reply, self.now)
    }

    /// What was told: the key, and the number of rows or why there is no answer.
    fn told(&mut self) -> Vec<(u64, Result<usize, Unanswered>)> {
        let told = self.requests.told.drain(..);
        told.filter_map(|told| match told {
            Told::Answered { key, answer, .. } => Some((
                key,
                answer.map(|rows| match &*rows {
                    Rows::Positions(rows) => rows.len(),
                    Rows::Values(rows) => rows.len(),
                    Rows::Time(time) => usize::try_from(*time).expect("a small time"),
                    _ => 0,
                }),
            )),
            _ => None,
        })
        .collect()
    }
}

fn position() -> Reply {
    Reply::Position(Position {
        account: "DU9000001".to_owned(),
        contract: crate::wire::Contract::default(),
        quantity: "1".to_owned(),
        average_cost: 1.0,
    })
}

fn values() -> Question {
    Question::Values {
        account: String::new(),
        model: String::new(),
    }
}

fn value(req_id: i32) -> Reply {
    Reply::AccountUpdateMulti(AccountUpdateMulti {
        req_id,
        account: String::new(),
        model: String::new(),
        key: "Key".to_owned(),
        value: "1".to_owned(),
        currency: String::new(),
    })
}

fn notice(req_id: i32, code: i32) -> Reply {
    Reply::Notice(Notice {
        req_id,
        code,
        text: "words".to_owned(),
        advanced_order_reject: String::new(),
        time_ms: None,
    })
}

fn timed_out(rows: usize) -> Result<usize, Unanswered> {
    Err(Unanswered::TimedOut {
        rows,
        held_back: None,
    })
}

fn id_of(request: &Request) -> i32 {
    match request {
        Request::AccountUpdatesMulti { req_id, .. } => *req_id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn those_who_ask_for_the_positions_at_once_share_one_request() {
    let mut bench = Bench::new();
    bench.ask(1, Question::Positions, 10);
    bench.ask(2, Question::Positions, 10);
    assert_eq!(bench.after(0), [Request::Positions]);
    bench.ask(3, Question::Positions, 10);
    assert_eq!(bench.after(1), []);
    assert!(bench.hear(&position()) && bench.hear(&Reply::PositionEnd));
    assert_eq!(bench.told(), [(1, Ok(1)), (2, Ok(1)), (3, Ok(1))]);
    assert_eq!(bench.after(1), [Request::CancelPositions]);
}

#[test]
fn late_positions_are_given_to_nobody_and_the_next_are_asked_after_their_end() {
    let mut bench = Bench::new();
    bench.ask(1, Question::Positions, 1);
    assert_eq!(bench.after(0), [Request::Positions]);
    assert_eq!(bench.after(1000), [Request::CancelPositions]);
    assert_eq!(bench.told(), [(1, timed_out(0))]);
    bench.ask(2, Question::Positions, 10);
    assert_eq!(bench.after(500), []);
    assert!(!bench.hear(&position()) && !bench.hear(&Reply::PositionEnd));
    assert_eq!(bench.told(), []);
    assert_eq!(bench.after(1), [Request::Positions]);
    bench.hear(&position());
    bench.hear(&position());
    bench.hear(&Reply::PositionEnd);
    assert_eq!(bench.told(), [(2, Ok(2))]);
}

#[test]
fn as_long_as_a_gateway_says_nothing_at_all_every_answer_is_still_owed() {
    let mut bench = Bench::new();
    bench.ask(1, Question::Time, 2);
    assert_eq!(bench.after(0), [Request::CurrentTime]);
    // It is repeated once, for a Gateway drops those that come too fast.
    assert_eq!(bench.after(1100), [Request::CurrentTime]);
    assert_eq!(bench.after(900), []);
    assert_eq!(bench.told(), [(1, timed_out(0))]);
    bench.ask(2, Question::Time, 600);
    assert_eq!(bench.after(500_000), []);
    assert!(!bench.hear(&Reply::CurrentTime(1)));
    assert_eq!(bench.after(1), []);
    assert!(!bench.hear(&Reply::CurrentTime(2)));
    assert_eq!(bench.after(1), [Request::CurrentTime]);
    assert!(bench.hear(&Reply::CurrentTime(3)));
    assert_eq!(bench.told(), [(2, Ok(3))]);
}

#[test]
fn an_answer_that_was_dropped_is_not_waited_for_for_ever() {
    let mut bench = Bench::new();
    bench.ask(1, Question::Positions, 1);
    bench.after(0);
    bench.after(1000);
    bench.ask(2, Question::Positions, 60);
    // Something else is heard: from then on half a minute is enough.
    bench.hear(&notice(-1, 2104));
    assert_eq!(bench.after(29_000), []);
    assert_eq!(bench.after(1000), [Request::Positions]);
}

#[test]
fn a_question_that_was_never_sent_says_so_when_its_time_is_over() {
    let mut bench = Bench::new();
    bench.ask(1, Question::Positions, 1);
    bench.after(0);
    bench.after(1000);
    bench.told();
    bench.ask(2, Question::Positions, 5);
    bench.after(5000);
    let told = bench.told();
    let held_back = |it: &Result<usize, Unanswered>| {
        matches!(
            it,
            Err(Unanswered::TimedOut {
                held_back: Some(_),
                ..
            })
        )
    };
    assert!(
        matches!(told.as_slice(), [(2, it)] if held_back(it)),
        "{told:?}"
    );
}

#[test]
fn requests_with_an_id_go_side_by_side_and_each_gets_its_own_rows() {
    let mut bench = Bench::new();
    bench.ask(1, values(), 10);
    bench.ask(2, values(), 1);
    let sent = bench.after(0);
    let ids: Vec<i32> = sent.iter().map(id_of).collect();
    assert!(
        matches!(ids.as_slice(), [one, two] if one != two),
        "{ids:?}"
    );
    bench.hear(&value(ids[1]));
    bench.hear(&value(ids[0]));
    bench.hear(&value(ids[0]));
    // The second is given up: what still comes for it is nobody's.
    let cancel = Request::CancelAccountUpdatesMulti { req_id: ids[1] };
    assert_eq!(bench.after(1000), [cancel]);
    assert!(!bench.hear(&value(ids[1])));
    assert!(!bench.hear(&Reply::AccountUpdateMultiEnd { req_id: ids[1] }));
    assert!(bench.hear(&Reply::AccountUpdateMultiEnd { req_id: ids[0] }));
    assert_eq!(bench.told(), [(2, timed_out(1)), (1, Ok(2))]);
}

#[test]
fn an_error_without_an_id_is_an_answer_only_where_one_request_can_be_meant() {
    let refused = Unanswered::Refused {
        code: Code::SyncRefused,
        number: 321,
        text: "words".to_owned(),
    };
    let mut bench = Bench::new();
    bench.ask(1, Question::Time, 10);
    bench.ask(2, Question::Positions, 10);
    bench.after(0);
    assert!(bench.hear(&notice(-1, 321)));
    assert_eq!(bench.told(), [(2, Err(refused.clone()))]);
    bench.ask(3, Question::Positions, 10);
    bench.ask(4, values(), 10);
    let sent = bench.after(0);
    assert!(!bench.hear(&notice(-1, 321)));
    assert_eq!(bench.told(), []);
    let id = sent.iter().find(|it| **it != Request::Positions).map(id_of);
    // A warning ends nothing, and an error with the request's own id that request.
    assert!(!bench.hear(&notice(id.expect("an id"), 2104)));
    assert!(bench.hear(&notice(id.expect("an id"), 321)));
    assert_eq!(bench.told(), [(4, Err(refused))]);
}

#[test]
fn a_flood_of_questions_is_sent_at_the_pace_that_a_gateway_takes() {
    let mut bench = Bench::new();
    for key in 0..200 {
        bench.ask(key, values(), 60);
    }
    let mut sent = Vec::new();
    for _ in 0..60 {
        sent.push(bench.after(100).len());
    }
    assert_eq!(sent.iter().sum::<usize>(), 200);
    let second = sent.windows(10).map(|second| second.iter().sum::<usize>());
    assert!(second.max().is_some_and(|most| most <= 50), "{sent:?}");
}

#[test]
fn an_answer_without_an_end_takes_no_more_than_the_room() {
    let mut bench = Bench::new();
    bench.ask(1, Question::Positions, 3600);
    bench.after(0);
    for _ in 0..(2 * ROOM / 256) {
        bench.hear(&position());
    }
    assert_eq!(bench.told(), [(1, Err(Unanswered::TooLarge))]);
    assert_eq!(bench.after(1), [Request::CancelPositions]);
}

#[test]
fn what_a_version_does_not_know_is_not_sent() {
    let mut bench = Bench::new();
    bench.requests.speak(ServerVersion(100));
    bench.ask(1, values(), 10);
    assert_eq!(bench.after(0), []);
    assert_eq!(
        bench.told(),
        [(
            1,
            Err(Unanswered::Unknown(ServerVersion::ACCOUNT_UPDATES_MULTI.0))
        )]
    );
}

#[test]
fn the_end_of_the_session_answers_everything() {
    let mut bench = Bench::new();
    bench.ask(1, Question::Positions, 10);
    bench.after(0);
    bench.ask(2, Question::Executions, 10);
    bench.requests.end(bench.now);
    let ended = Err(Unanswered::Ended);
    assert_eq!(bench.told(), [(1, ended.clone()), (2, ended)]);
}
