//! A report in which everything from outside is hostile.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::event::{
    AttemptSummary, Moment, MomentKind, Outage, OutageKind, Query, Stage, StageName, StageStatus,
};
use crate::event::{ExecRun, Footprint};
use crate::finding::verdict::Verdict;
use crate::finding::{Code, Finding};
use crate::machine::host::Host;
use crate::report::{
    Attempts, Body, Exec, Fault, Fetches, Pings, Report, SCHEMA, Soak, SoakZombies, Stability,
    Threshold, Unit, Waterfall,
};
use crate::stats::{Samples, Trend};

const HOSTILE: &str =
    "<script>alert(1)</script>\"'&|`\u{1b}[2J\u{202e}\0\u{fffe}\u{1ffff}]]> @me\nnext";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Twelve handshakes of which the last failed, a session with a drop, and two runs of a program.
pub(super) fn report() -> Report {
    let mut finding = Finding::new(Code::Dropped, HOSTILE, HOSTILE).with_evidence(HOSTILE);
    finding.remedies.push(HOSTILE.to_owned());
    let body = Soak {
        address: HOSTILE.to_owned(),
        attempts: Some(attempts()),
        stability: Some(stability()),
        zombies: SoakZombies {
            before: Some(0),
            after: Some(1),
            ours: None,
            others: None,
            left_per_attempt: None,
        },
        thresholds: vec![
            threshold("min-success", 0.9, Some(11.0 / 12.0), Unit::Fraction),
            threshold("max-drops", 0.0, Some(1.0), Unit::Count),
            threshold("max-ping-p95", 50.0, None, Unit::Ms),
        ],
        exec: Some(exec()),
        not_asked: vec![Query::OpenOrders, Query::AccountUpdates],
        stopped: Some(HOSTILE.to_owned()),
        interrupted: false,
    };
    Report {
        schema: SCHEMA,
        version: "0.0.0",
        command: "soak",
        simulated: true,
        started_at: "2026-11-22T10:00:00.000Z".to_owned(),
        elapsed: ms(61_000),
        verdict: Verdict::Attention,
        summary: String::new(),
        host: Host::default(),
        findings: vec![finding],
        footprint: Footprint::default(),
        error: Some(HOSTILE.to_owned()),
        body: Some(Body::Soak(Box::new(body))),
        exit_status: None,
        interrupted: false,
    }
}

fn threshold(name: &'static str, limit: f64, actual: Option<f64>, unit: Unit) -> Threshold {
    Threshold {
        name,
        limit,
        actual,
        unit,
        met: name == "min-success",
    }
}

fn attempts() -> Attempts {
    let (mut samples, mut trend) = (Samples::default(), Trend::default());
    let mut runs = Vec::new();
    for number in 1..=12_u32 {
        let failed = number == 12;
        let ready = (!failed).then(|| ms(u64::from(number) * 10));
        if let Some(ready) = ready {
            samples.record(ready);
        }
        trend.push(ms(u64::from(number) * 1000), ready, failed);
        runs.push(AttemptSummary {
            attempt: number,
            succeeded: !failed,
            code: failed.then_some(Code::ClosedBeforeVersion),
            client_id: 9000,
            connect: Some(ms(1)),
            ready,
            elapsed: ms(200),
            at: ms(u64::from(number) * 1000),
            left: None,
        });
    }
    let stage = Stage {
        name: StageName::Accounts,
        status: StageStatus::Ok,
        start: ms(1),
        elapsed: ms(50),
        detail: Some(HOSTILE.to_owned()),
        code: None,
    };
    let waterfall = Waterfall {
        attempt: 5,
        ready: ms(51),
        stages: vec![stage],
    };
    Attempts {
        planned: 20,
        run: 14,
        succeeded: 11,
        failed: 1,
        failure_rate_upper_95: Some(0.25),
        connect_ms: None,
        ready_ms: samples.summary(),
        stages: BTreeMap::new(),
        failures: BTreeMap::from([(Code::ClosedBeforeVersion, 1)]),
        histogram: samples.bins(),
        outliers: Vec::new(),
        drift: None,
        trend: trend.stretches(),
        ready_each_ms: Vec::new(),
        stages_each_ms: BTreeMap::new(),
        typical: Some(waterfall.clone()),
        slowest: Some(waterfall),
        runs,
    }
}

fn stability() -> Stability {
    let moment = |at, kind| Moment {
        at: ms(at),
        kind,
        code: None,
        number: None,
        text: HOSTILE.to_owned(),
    };
    Stability {
        seconds: 30.0,
        pings: Pings {
            sent: 3,
            answered: 3,
            missed: 0,
            rtt_ms: None,
            longest_gap: None,
            histogram: Vec::new(),
            trend: Vec::new(),
        },
        fetches: Fetches {
            sent: 1,
            answered: 1,
            missed: 0,
            elapsed_ms: None,
        },
        drops: 1,
        reconnects: 1,
        down: ms(4000),
        up_at_end: true,
        moments: vec![
            moment(0, MomentKind::Up),
            moment(10_000, MomentKind::Drop),
            moment(14_000, MomentKind::Up),
            moment(15_000, MomentKind::Notice),
        ],
        moments_dropped: 0,
        outages: vec![Outage {
            what: OutageKind::MarketData,
            name: HOSTILE.to_owned(),
            lost: 2,
            returned: 1,
            down: ms(3000),
            longest: ms(2000),
            down_at_end: true,
        }],
        censuses: Vec::new(),
    }
}

fn exec() -> Exec {
    let run = |run, status| ExecRun {
        run,
        exit_status: Some(status),
        signal: None,
        timed_out: false,
        succeeded: status == 0,
        elapsed: ms(1500),
        peak_memory_bytes: Some(3 << 20),
        memory_at_most_bytes: None,
        connected: Some(true),
        unread_bytes: None,
        left: Some(0),
        held: Some(0),
        others_ended: Some(0),
        others_left: Some(0),
        neutral: Some(true),
        tapped: None,
    };
    Exec {
        program: HOSTILE.to_owned(),
        planned: 2,
        run: 2,
        succeeded: 1,
        failed: 1,
        failure_rate_upper_95: Some(0.98),
        elapsed_ms: None,
        peak_memory_bytes: Some(3 << 20),
        left: Some(0),
        unclear: 0,
        neutral_run: 2,
        neutral_succeeded: 2,
        runs: vec![run(2, 7), run(1, 0)],
        fault: Fault::Program,
        reason: HOSTILE.to_owned(),
    }
}
