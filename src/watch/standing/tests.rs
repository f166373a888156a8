//! From signs to states: what holds for all of them, and some by name.

use proptest::prelude::*;

use super::*;

fn code() -> impl Strategy<Value = Code> {
    proptest::sample::select(Code::ALL)
}

fn trouble() -> impl Strategy<Value = Trouble> {
    code().prop_map(|code| Trouble::new(code, "it is so"))
}

fn signs() -> impl Strategy<Value = Signs> {
    let table = prop_oneof![
        Just(Table::Elsewhere),
        Just(Table::Blind("no right".to_owned())),
        Just(Table::Absent),
        proptest::collection::vec(trouble(), 0..3).prop_map(Table::Listens),
    ];
    let session = prop_oneof![
        Just(Session::NotYet),
        (0..4_u32).prop_map(|missed| Session::Up { missed }),
        trouble().prop_map(Session::Lost),
        Just(Session::Trouble("no descriptor".to_owned())),
    ];
    let kinds = vec![OutageKind::Upstream, OutageKind::MarketData];
    let lost = proptest::sample::subsequence(kinds, 0..2);
    let beside = || proptest::option::of(trouble());
    let besides = (beside(), beside(), beside());
    (table, session, besides, lost, any::<bool>()).prop_map(
        |(table, session, (fresh, jvm, clients), lost, announced)| Signs {
            table,
            session,
            fresh,
            lost: lost
                .into_iter()
                .map(|it| (it, "usfarm".to_owned()))
                .collect(),
            announced,
            jvm_now: jvm.as_ref().map(|it| it.reason.clone()),
            jvm,
            clients,
        },
    )
}

proptest! {
    #[test]
    fn it_is_healthy_only_where_a_session_answers_and_nothing_is_wrong(signs in signs()) {
        let standing = judge(&signs);
        let is_clean = signs.session == Session::Up { missed: 0 }
            && signs.fresh.is_none()
            && signs.lost.is_empty()
            && signs.jvm.is_none()
            && signs.clients.is_none()
            && !matches!(&signs.table, Table::Listens(it) if !it.is_empty());
        let is_healthy = standing.as_ref().is_some_and(|it| it.state == State::Healthy);
        prop_assert_eq!(is_healthy, is_clean);
    }

    #[test]
    fn no_announcement_makes_it_worse_or_healthy(signs in signs()) {
        let with = judge(&Signs { announced: true, ..signs.clone() });
        let without = judge(&Signs { announced: false, ..signs });
        prop_assert_eq!(with.is_some(), without.is_some());
        if let (Some(with), Some(without)) = (with, without) {
            prop_assert!(with.state != State::Down);
            prop_assert_eq!(with.code, without.code);
            prop_assert_eq!(with.state == State::Healthy, without.state == State::Healthy);
        }
    }

    #[test]
    fn what_is_down_or_needs_attention_has_a_code_and_what_is_healthy_none(signs in signs()) {
        if let Some(standing) = judge(&signs) {
            let has_one = matches!(standing.state, State::Down | State::Attention);
            prop_assert_eq!(standing.code.is_some(), has_one);
            prop_assert!(!standing.reason.is_empty());
        }
    }
}

#[test]
fn old_sessions_that_answer_while_new_ones_hang_are_named() {
    let silent = Trouble::new(Code::SilentAfterConnect, "no version came");
    let signs = Signs {
        table: Table::Listens(Vec::new()),
        session: Session::Up { missed: 0 },
        fresh: Some(silent),
        ..Signs::default()
    };
    let standing = judge(&signs).expect("a state");
    assert_eq!(standing.state, State::Attention);
    assert_eq!(standing.code, Some(Code::NewSessionsHang));
    assert!(
        standing
            .reason
            .ends_with("a new one does not: no version came")
    );
}

#[test]
fn a_full_heap_is_why_a_gateway_is_silent_and_is_told_beside_sessions_that_hang() {
    let silent = Trouble::new(Code::SilentAfterConnect, "no version came");
    let full = Trouble::new(Code::GatewayMemory, "the heap is full");
    let signs = |session: Session, fresh: Option<Trouble>, jvm: Option<Trouble>| Signs {
        table: Table::Listens(Vec::new()),
        session,
        fresh,
        jvm,
        jvm_now: Some("the heap is full".to_owned()),
        ..Signs::default()
    };
    let told = |signs: &Signs| judge(signs).map(|it| (it.state, it.code, it.reason));
    let up = Session::Up { missed: 0 };
    let lost = Session::Lost(silent.clone());
    let told_of = |state, code, reason: &str| Some((state, Some(code), reason.to_owned()));
    assert_eq!(
        told(&signs(lost.clone(), None, Some(full.clone()))),
        told_of(
            State::Down,
            Code::GatewayMemory,
            "the heap is full; no version came"
        )
    );
    assert_eq!(
        told(&signs(lost, None, None)),
        told_of(
            State::Down,
            Code::SilentAfterConnect,
            "no version came; the heap is full"
        )
    );
    assert_eq!(
        told(&signs(up.clone(), None, Some(full.clone()))),
        told_of(State::Attention, Code::GatewayMemory, "the heap is full")
    );
    let hangs = judge(&signs(up, Some(silent), Some(full))).expect("a state");
    assert_eq!(hangs.code, Some(Code::NewSessionsHang));
    assert!(
        hangs.reason.ends_with("; the heap is full"),
        "{}",
        hangs.reason
    );
}
