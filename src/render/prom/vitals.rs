//! The vital signs of a Gateway's JVM and the state of clients as metrics.

use super::Metrics;
use crate::machine::vitals::VitalSigns;
use crate::report::Inspect;

/// Adds the signs that are known, each with the labels `of`.
pub(super) fn add(signs: Option<&VitalSigns>, of: &[(&str, &str)], metrics: &mut Metrics) {
    let Some(signs) = signs else {
        return;
    };
    let parts = [
        ("heap", signs.heap_used_bytes, signs.heap_max_bytes),
        ("old", signs.old_used_bytes, signs.old_max_bytes),
    ];
    for (part, used, max) in parts {
        let labels = [of, &[("part", part)]].concat();
        let bytes = |it: Option<u64>| it.map(|bytes| bytes as f64);
        let help = "Bytes of the Gateway's heap in use, garbage included.";
        metrics.some("ibdoc_jvm_used_bytes", help, &labels, bytes(used));
        let help = "Bytes that the Gateway's heap can grow to.";
        metrics.some("ibdoc_jvm_max_bytes", help, &labels, bytes(max));
    }
    let help = "The part of the old generation that a collection has left in use.";
    metrics.some("ibdoc_jvm_old_kept_ratio", help, of, signs.old_kept);
    let help = "The part of the time in which the Gateway's JVM collected garbage.";
    metrics.some("ibdoc_jvm_collecting_ratio", help, of, signs.collecting);
    let help = "The part of the time in which its threads were held at safepoints.";
    metrics.some("ibdoc_jvm_safepoint_ratio", help, of, signs.at_safepoints);
    let help = "Threads of the Gateway's JVM.";
    metrics.some("ibdoc_jvm_threads", help, of, signs.threads);
}

/// Adds what each client does, and what of it lies unread.
pub(super) fn clients(body: &Inspect, metrics: &mut Metrics) {
    for client in &body.clients {
        let pid = client.pid.to_string();
        let labels = [("client", client.name.as_str()), ("pid", pid.as_str())];
        let conduct = [&labels[..], &[("conduct", client.conduct.name())]].concat();
        let help = "1 for what each client does with what the Gateway sends.";
        metrics.add("ibdoc_client_conduct", help, &conduct, 1.0);
        let unread = client.connections.iter().filter_map(|it| it.unread_bytes);
        let unread: u64 = unread.map(u64::from).sum();
        let help = "Bytes that a client has not read.";
        metrics.add("ibdoc_client_unread_bytes", help, &labels, unread as f64);
        let half_closed = client.half_closed as f64;
        let help = "Half-closed connections that a client keeps.";
        metrics.add("ibdoc_client_half_closed", help, &labels, half_closed);
        let bytes = |it: Option<u64>| it.map(|bytes| bytes as f64);
        let help = "Bytes of memory of a client that are resident.";
        metrics.some(
            "ibdoc_client_memory_bytes",
            help,
            &labels,
            bytes(client.memory_bytes),
        );
        let help = "Descriptors that a client has open.";
        metrics.some(
            "ibdoc_client_descriptors",
            help,
            &labels,
            bytes(client.descriptors),
        );
        let help = "Time of a client on processors, as a part of one.";
        metrics.some("ibdoc_client_cpu_ratio", help, &labels, client.cpu);
    }
}
