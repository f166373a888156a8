//! The figures of each command as metrics.

use std::time::Duration;

use super::{Metrics, vitals};
use crate::event::{CensusCount, Stage};
use crate::report::{Body, Doctor, Endpoint, Report, Soak, Stability, Zombies};
use crate::stats::Summary;

/// Adds the figures of the command's own part.
pub(super) fn add(report: &Report, metrics: &mut Metrics) {
    match &report.body {
        Some(Body::Handshake(body)) => {
            ready(body.ready, body.server_version, metrics);
            body.stages.iter().for_each(|it| stage(it, metrics));
        }
        Some(Body::Health(body)) => {
            ready(body.ready, body.server_version, metrics);
            let help = "1 if the health check passed.";
            metrics.add(
                "ibdoc_healthy",
                help,
                &[],
                f64::from(u8::from(body.healthy)),
            );
            vitals::add(body.vitals.as_ref(), &[], metrics);
        }
        Some(Body::Doctor(body)) => {
            checks(body, metrics);
            vitals::add(body.vitals.as_ref(), &[], metrics);
        }
        Some(Body::Inspect(body)) => vitals::clients(body, metrics),
        Some(Body::Probe(body)) => body.endpoints.iter().for_each(|it| endpoint(it, metrics)),
        Some(Body::Zombies(body)) => zombies(body, metrics),
        Some(Body::Soak(body)) => soak(body, metrics),
        Some(Body::Watch(body)) => super::watch::add(body, metrics),
        // The others have no metrics.
        _ => {}
    }
}

fn ready(ready: Option<Duration>, server_version: Option<u16>, metrics: &mut Metrics) {
    let ready = ready.map(|it| it.as_secs_f64());
    let help = "From the start of the connect until accounts and id were there.";
    metrics.some("ibdoc_ready_seconds", help, &[], ready);
    let help = "The negotiated API version.";
    metrics.some("ibdoc_server_version", help, &[], server_version);
}

fn stage(stage: &Stage, metrics: &mut Metrics) {
    let status = format!("{:?}", stage.status).to_lowercase();
    let labels = [("stage", stage.name.name()), ("status", status.as_str())];
    let help = "How long each stage took.";
    metrics.add(
        "ibdoc_stage_seconds",
        help,
        &labels,
        stage.elapsed.as_secs_f64(),
    );
}

fn checks(body: &Doctor, metrics: &mut Metrics) {
    for check in &body.checks {
        let status = format!("{:?}", check.status).to_lowercase();
        let labels = [("check", check.name), ("status", status.as_str())];
        metrics.add("ibdoc_check", "1 for how each check ended.", &labels, 1.0);
    }
}

fn endpoint(endpoint: &Endpoint, metrics: &mut Metrics) {
    let address = [("address", endpoint.address.as_str())];
    let flag = |it: Option<bool>| it.map(u8::from);
    let help = "1 if something listens; absent on another machine.";
    metrics.some("ibdoc_listening", help, &address, flag(endpoint.listening));
    let help = "1 if a connection went through; absent where none was tried.";
    metrics.some("ibdoc_reachable", help, &address, flag(endpoint.reachable));
    let help = "The negotiated API version.";
    let version = endpoint.server_version;
    metrics.some("ibdoc_server_version", help, &address, version);
    if let Some(listener) = &endpoint.listener {
        let help = "Connections that wait to be accepted.";
        metrics.some("ibdoc_accept_queue", help, &address, listener.accept_queue);
        let help = "The limit of the accept queue.";
        metrics.some("ibdoc_accept_queue_limit", help, &address, listener.backlog);
    }
    if let Some(clients) = &endpoint.clients {
        counts(clients, &address, metrics);
    }
}

fn counts(count: &CensusCount, labels: &[(&str, &str)], metrics: &mut Metrics) {
    let states = [
        ("established", count.established),
        ("close_wait", count.close_wait),
        ("unaccepted", count.unaccepted),
    ];
    for (state, count) in states {
        let labels = [labels, &[("state", state)]].concat();
        let help = "Connections on the Gateway ports by state.";
        metrics.add("ibdoc_connections_by_state", help, &labels, count as f64);
    }
}

fn zombies(body: &Zombies, metrics: &mut Metrics) {
    counts(&body.sockets, &[], metrics);
    let stuck = body.remaining as f64;
    let help = "Half-closed and unaccepted sockets at the end.";
    metrics.add("ibdoc_stuck_sockets", help, &[], stuck);
    let help = "Processes that were ended.";
    metrics.add("ibdoc_processes_ended", help, &[], body.killed.len() as f64);
    let help = "Sockets that were shut down.";
    metrics.add("ibdoc_sockets_healed", help, &[], body.healed.len() as f64);
}

fn soak(body: &Soak, metrics: &mut Metrics) {
    if let Some(attempts) = &body.attempts {
        let help = "Handshakes of the soak.";
        outcomes(
            "ibdoc_soak_handshakes",
            help,
            attempts.succeeded,
            attempts.failed,
            metrics,
        );
        times("ready", attempts.ready_ms, metrics);
        for (name, summary) in &attempts.stages {
            times(name.name(), Some(*summary), metrics);
        }
    }
    if let Some(held) = &body.stability {
        stability(held, metrics);
    }
    if let Some(exec) = &body.exec {
        let help = "Runs of the program.";
        outcomes(
            "ibdoc_soak_program_runs",
            help,
            exec.succeeded,
            exec.failed,
            metrics,
        );
        times("program", exec.elapsed_ms, metrics);
    }
    for threshold in &body.thresholds {
        let labels = [("limit", threshold.name)];
        let met = f64::from(u8::from(threshold.met));
        metrics.add(
            "ibdoc_soak_limit_met",
            "1 if the limit was kept.",
            &labels,
            met,
        );
    }
}

fn outcomes(
    name: &'static str,
    help: &'static str,
    succeeded: u32,
    failed: u32,
    metrics: &mut Metrics,
) {
    for (outcome, count) in [("succeeded", succeeded), ("failed", failed)] {
        metrics.add(name, help, &[("outcome", outcome)], f64::from(count));
    }
}

fn times(what: &str, summary: Option<Summary>, metrics: &mut Metrics) {
    let Some(it) = summary else {
        return;
    };
    let statistics = [
        ("min", it.min),
        ("p50", it.p50),
        ("p90", it.p90),
        ("p95", it.p95),
        ("p99", it.p99),
        ("max", it.max),
        ("mean", it.mean),
    ];
    for (statistic, ms) in statistics {
        let labels = [("what", what), ("statistic", statistic)];
        metrics.add(
            "ibdoc_soak_seconds",
            "Times of the soak.",
            &labels,
            (ms * 1e3).round() / 1e6,
        );
    }
}

fn stability(session: &Stability, metrics: &mut Metrics) {
    let help = "How long the session was held.";
    metrics.add("ibdoc_soak_held_seconds", help, &[], session.seconds);
    let help = "How long there was no session.";
    metrics.add(
        "ibdoc_soak_down_seconds",
        help,
        &[],
        session.down.as_secs_f64(),
    );
    let help = "How often the other side ended the session.";
    metrics.add("ibdoc_soak_drops", help, &[], f64::from(session.drops));
    let requests = [
        ("ping", session.pings.answered, session.pings.missed),
        ("fetch", session.fetches.answered, session.fetches.missed),
    ];
    for (request, answered, missed) in requests {
        for (outcome, count) in [("answered", answered), ("missed", missed)] {
            let labels = [("request", request), ("outcome", outcome)];
            let help = "Requests on the held session.";
            metrics.add("ibdoc_soak_requests", help, &labels, f64::from(count));
        }
    }
    for outage in &session.outages {
        let what = outage.what.words(&outage.name);
        let labels = [("what", what.as_str())];
        let help = "How long the Gateway was without it while the session was held.";
        let down = outage.down.as_secs_f64();
        metrics.add("ibdoc_soak_outage_seconds", help, &labels, down);
        let help = "How often the Gateway lost it while the session was held.";
        let lost = f64::from(outage.lost);
        metrics.add("ibdoc_soak_outages", help, &labels, lost);
    }
    times("ping", session.pings.rtt_ms, metrics);
    times("fetch", session.fetches.elapsed_ms, metrics);
}
