//! A session that serves, under paused time: who is answered with what.

use std::rc::Rc;
use std::time::Duration;

use ibdoc::session::serving::{Ask, Desk, Question, Rows, Told, Unanswered};
use ibdoc::session::{Record, Session};
use ibdoc::wire::{Asked, Reply, Request};
use tokio::io::DuplexStream;
use tokio::time::Instant;

use crate::helpers::scripted::{Answer, connect, healthy, plan, serve};
use crate::sim::client::gateway;

fn ask(desk: &Desk, key: u64, question: Question, seconds: u64) {
    let until = Instant::now() + Duration::from_secs(seconds);
    desk.ask(Ask {
        key,
        question,
        until,
    });
}

/// The answer to the question with this key.
async fn answer(desk: &Desk, wanted: u64) -> Result<Rc<Rows>, Unanswered> {
    loop {
        while let Some(told) = desk.fetch() {
            if let Told::Answered { key, answer, .. } = told {
                assert_eq!(key, wanted, "{answer:?}");
                return answer;
            }
        }
        desk.has_told().await;
    }
}

/// Serves on this stream while `user` asks.
async fn served(stream: DuplexStream, desk: &Desk, user: impl Future<Output = ()>) {
    let plan = plan();
    let mut record = Record::new(Instant::now(), 7);
    let sink = &mut |_| {};
    let session = Session::greet(stream, &plan, &mut record, sink).await;
    let mut session = session.expect("a greeting");
    assert!(session.start().await && session.accounts().await);
    let user = async {
        user.await;
        desk.stop();
    };
    tokio::join!(session.serve(desk), user);
    session.close(false).await;
}

#[tokio::test(start_paused = true)]
async fn positions_that_come_late_are_those_of_nobody() {
    let mut asked_before = 0;
    let (stream, log) = serve(178, move |asked| match asked {
        Asked::Known(Request::Positions) => {
            asked_before += 1;
            // The first answer comes after its deadline, the others at once.
            let late = if asked_before == 1 { 3 } else { 0 };
            Answer::Later(Duration::from_secs(late), vec![Reply::PositionEnd])
        }
        other => healthy(other),
    });
    let desk = Desk::new(1 << 20);
    let asked_at = Instant::now();
    served(stream, &desk, async {
        ask(&desk, 1, Question::Positions, 1);
        assert!(matches!(
            answer(&desk, 1).await,
            Err(Unanswered::TimedOut { .. })
        ));
        ask(&desk, 2, Question::Positions, 10);
        assert_eq!(
            *answer(&desk, 2).await.expect("positions"),
            Rows::Positions(Vec::new())
        );
        assert_eq!(asked_at.elapsed().as_secs(), 3);
    })
    .await;
    let log = log.lock().expect("an unpoisoned log");
    let requests = log.iter().filter_map(|(_, asked)| match asked {
        Asked::Known(request @ (Request::Positions | Request::CancelPositions)) => Some(request),
        _ => None,
    });
    let expected = [
        Request::Positions,
        Request::CancelPositions,
        Request::Positions,
        Request::CancelPositions,
    ];
    assert!(requests.eq(&expected), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn questions_are_answered_out_of_their_order() {
    let (stream, _) = serve(226, move |asked| match asked {
        Asked::Known(Request::Executions { req_id }) => {
            let end = Reply::ExecutionsEnd { req_id: *req_id };
            Answer::Later(Duration::from_secs(2), vec![end])
        }
        other => healthy(other),
    });
    let desk = Desk::new(1 << 20);
    served(stream, &desk, async {
        ask(&desk, 1, Question::Executions, 10);
        ask(&desk, 2, Question::Time, 10);
        assert!(matches!(
            &*answer(&desk, 2).await.expect("a time"),
            Rows::Time(_)
        ));
        let rows = answer(&desk, 1).await.expect("executions");
        assert_eq!(*rows, Rows::Executions(Vec::new()));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_the_other_side_ends_says_how() {
    let (stream, _) = serve(178, move |asked| match asked {
        Asked::Known(Request::Positions) => Answer::Last(vec![]),
        other => healthy(other),
    });
    let desk = Desk::new(1 << 20);
    served(stream, &desk, async {
        ask(&desk, 1, Question::Positions, 600);
        while desk.dropped().is_none() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    })
    .await;
    let (how, code) = desk.dropped().expect("how it ended");
    assert_eq!(
        (how.as_str(), code.name()),
        ("closed by the other side", "dropped")
    );
    desk.end();
    assert_eq!(answer(&desk, 1).await, Err(Unanswered::Ended));
}

#[tokio::test(start_paused = true)]
async fn executions_are_read_in_both_forms() {
    for version in [178, 226] {
        let scenario = "executions-no-end";
        let stream = connect(&gateway(version, scenario));
        let desk = Desk::new(1 << 20);
        served(stream, &desk, async {
            ask(&desk, 1, Question::Executions, 1);
            let expected = Err(Unanswered::TimedOut {
                rows: 1,
                held_back: None,
            });
            assert_eq!(answer(&desk, 1).await, expected, "{version}");
        })
        .await;
    }
}
