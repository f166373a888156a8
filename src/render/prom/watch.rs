//! The figures of a watch as metrics: gauges, counters and histograms by Gateway.

use super::{Kind, Metrics, vitals};
use crate::event::State;
use crate::report::{BreakerState, Times, Watch, WatchSockets, Watched};

/// Adds what is known of each Gateway, and of the watch itself.
pub(super) fn add(watch: &Watch, metrics: &mut Metrics) {
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    metrics.add("ibdoc_build_info", "The ibdoc that watches.", &version, 1.0);
    let help = "When these figures were made, in seconds since 1970.";
    metrics.add("ibdoc_watch_timestamp_seconds", help, &[], watch.at_seconds);
    let help = "Time in which ibdoc itself did not run.";
    let lost = watch.lost.as_secs_f64();
    metrics.count("ibdoc_watch_lost_seconds_total", help, &[], lost);
    let help = "Runs of the command of --on-change by outcome.";
    let runs = [
        ("succeeded", watch.hook.succeeded),
        ("failed", watch.hook.failed),
        ("skipped", watch.hook.skipped),
    ];
    for (outcome, count) in runs {
        let labels = [("outcome", outcome)];
        metrics.count("ibdoc_watch_hook_runs_total", help, &labels, count.into());
    }
    for target in &watch.targets {
        state(target, metrics);
        sessions(target, metrics);
        times(target, metrics);
        if let Some(seen) = &target.sockets {
            sockets(&target.address, seen, metrics);
        }
        let of = [("target", target.address.as_str())];
        vitals::add(target.vitals.as_ref(), &of, metrics);
        told(target, metrics);
    }
}

fn is_it(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

fn state(target: &Watched, metrics: &mut Metrics) {
    let of = ("target", target.address.as_str());
    let help = "1 if a held session answers.";
    let is_up = target.sessions.up && target.state != State::Down;
    metrics.add("ibdoc_up", help, &[of], is_it(is_up));
    for state in State::ALL {
        let labels = [of, ("state", state.name())];
        let help = "1 for the state of the Gateway.";
        metrics.add("ibdoc_state", help, &labels, is_it(state == target.state));
        let seconds = target.seconds.get(&state).copied().unwrap_or(0.0);
        let help = "How long the Gateway was in each state.";
        metrics.count("ibdoc_state_seconds_total", help, &labels, seconds);
    }
    if let Some(code) = target.code {
        let help = "1 for the finding that the state rests on.";
        metrics.add(
            "ibdoc_state_finding",
            help,
            &[of, ("code", code.name())],
            1.0,
        );
    }
    for state in BreakerState::ALL {
        let labels = [of, ("state", state.name())];
        let help = "1 for the state of the circuit breaker.";
        let yes = is_it(state == target.breaker.state);
        metrics.add("ibdoc_breaker_state", help, &labels, yes);
    }
    let help = "How often the circuit breaker has opened.";
    let opened = target.breaker.opened.into();
    metrics.count("ibdoc_breaker_opened_total", help, &[of], opened);
    let help = "Tries that the half-open circuit breaker let through.";
    let probes = target.breaker.probes.into();
    metrics.count("ibdoc_breaker_probes_total", help, &[of], probes);
    let help = "Failures in a row to make a session.";
    let failures = f64::from(target.breaker.failures);
    metrics.add("ibdoc_breaker_failures", help, &[of], failures);
}

fn sessions(target: &Watched, metrics: &mut Metrics) {
    let of = ("target", target.address.as_str());
    let sessions = &target.sessions;
    let help = "How long the held session is up.";
    metrics.some("ibdoc_session_seconds", help, &[of], sessions.age_seconds);
    let help = "How long sessions were held in all.";
    metrics.count(
        "ibdoc_session_held_seconds_total",
        help,
        &[of],
        sessions.held_seconds,
    );
    let help = "Sessions that were made.";
    metrics.count("ibdoc_sessions_total", help, &[of], sessions.made.into());
    let help = "Sessions that were made after another one.";
    metrics.count(
        "ibdoc_reconnects_total",
        help,
        &[of],
        sessions.reconnects.into(),
    );
    for (code, count) in &sessions.drops {
        let help = "Sessions that the Gateway ended, by finding code.";
        let labels = [of, ("code", code.name())];
        metrics.count("ibdoc_drops_total", help, &labels, (*count).into());
    }
    for (code, count) in &sessions.failures {
        let help = "Tries that made no session, by finding code.";
        let labels = [of, ("code", code.name())];
        metrics.count(
            "ibdoc_session_failures_total",
            help,
            &labels,
            (*count).into(),
        );
    }
    let help = "Connections that ibdoc made.";
    metrics.count(
        "ibdoc_connections_total",
        help,
        &[of],
        target.connections.into(),
    );
    let fresh = [
        (
            "succeeded",
            target.fresh.run - target.fresh.failed.min(target.fresh.run),
        ),
        ("failed", target.fresh.failed),
    ];
    for (outcome, count) in fresh {
        let help = "Fresh handshakes beside a held session by outcome.";
        let labels = [of, ("outcome", outcome)];
        metrics.count("ibdoc_fresh_handshakes_total", help, &labels, count.into());
    }
    let help = "When the Gateway last answered, in seconds since 1970.";
    let last = target.last_success_seconds;
    metrics.some("ibdoc_last_success_timestamp_seconds", help, &[of], last);
}

fn times(target: &Watched, metrics: &mut Metrics) {
    let of = ("target", target.address.as_str());
    for (stage, times) in &target.stages {
        let help = "How long each stage of a handshake took where it passed.";
        let labels = [of, ("stage", stage.as_str())];
        histogram(
            "ibdoc_handshake_stage_seconds",
            help,
            &labels,
            times,
            metrics,
        );
    }
    let help = "The round trips of time requests on the held session.";
    let times = &target.pings.times;
    histogram("ibdoc_ping_rtt_seconds", help, &[of], times, metrics);
    let help = "The last round trip.";
    let last = target.pings.last.map(|it| it.as_secs_f64());
    metrics.some("ibdoc_ping_last_rtt_seconds", help, &[of], last);
    for (outcome, count) in [
        ("answered", target.pings.answered),
        ("missed", target.pings.missed),
    ] {
        let help = "Time requests on the held session by outcome.";
        let labels = [of, ("outcome", outcome)];
        metrics.count("ibdoc_pings_total", help, &labels, count.into());
    }
}

fn sockets(address: &str, seen: &WatchSockets, metrics: &mut Metrics) {
    let of = ("target", address);
    let help = "1 if the port is listened on.";
    metrics.add("ibdoc_listening", help, &[of], is_it(seen.listening));
    let help = "Connections that wait to be accepted.";
    metrics.some("ibdoc_accept_queue", help, &[of], seen.accept_queue);
    let help = "The limit of the accept queue.";
    let limit = seen.accept_queue_limit;
    metrics.some("ibdoc_accept_queue_limit", help, &[of], limit);
    let counts = [
        ("established", "gateway", seen.established),
        ("unaccepted", "gateway", seen.unaccepted),
        ("close_wait", "gateway", seen.close_wait_gateway),
        ("close_wait", "client", seen.close_wait_client),
        ("established", "client", seen.clients),
    ];
    for (state, side, count) in counts {
        let help = "Sockets on the port of the Gateway by state and side.";
        let labels = [of, ("state", state), ("side", side)];
        metrics.add("ibdoc_sockets", help, &labels, count.into());
    }
    let help = "Clients on this machine, ibdoc among them.";
    metrics.add("ibdoc_clients", help, &[of], seen.clients.into());
    let help = "Bytes that clients on this machine have not read.";
    metrics.add(
        "ibdoc_clients_unread_bytes",
        help,
        &[of],
        seen.unread_bytes as f64,
    );
}

fn told(target: &Watched, metrics: &mut Metrics) {
    let of = ("target", target.address.as_str());
    let help = "Errors and notices of the Gateway by IB's number.";
    for (number, count) in &target.notices {
        let labels = [of, ("code", number.as_str())];
        metrics.count("ibdoc_notices_total", help, &labels, (*count).into());
    }
    if target.notices_beyond > 0 {
        let labels = [of, ("code", "other")];
        metrics.count(
            "ibdoc_notices_total",
            help,
            &labels,
            target.notices_beyond.into(),
        );
    }
}

fn histogram(
    name: &'static str,
    help: &'static str,
    labels: &[(&str, &str)],
    times: &Times,
    metrics: &mut Metrics,
) {
    let bounds: Vec<(String, u64)> = times
        .buckets
        .iter()
        .map(|bucket| (bucket.le_seconds.to_string(), bucket.count))
        .chain([("+Inf".to_owned(), times.count)])
        .collect();
    for (bound, count) in &bounds {
        let labels = [labels, &[("le", bound.as_str())]].concat();
        metrics.line(
            name,
            "_bucket",
            help,
            Kind::Histogram,
            &labels,
            *count as f64,
        );
    }
    metrics.line(
        name,
        "_sum",
        help,
        Kind::Histogram,
        labels,
        times.sum_seconds,
    );
    metrics.line(
        name,
        "_count",
        help,
        Kind::Histogram,
        labels,
        times.count as f64,
    );
}
