//! A report as metrics, in the text that is both `OpenMetrics` and Prometheus' older format:
//! gauges only, for the textfile collector of `node_exporter`. Each sample names its command and target, so that
//! the files of two commands do not clash.

mod families;
mod vitals;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::UNIX_EPOCH;

use crate::finding::verdict::Verdict;
use crate::report::{Body, Report, privacy};
use crate::text::printable::clean;

/// The longest value of a label, in characters.
const LONGEST: usize = 100;

/// Writes every figure of a report that a monitoring system can watch.
pub fn prom(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut metrics = Metrics::of(report);
    metrics.envelope(report);
    families::add(report, &mut metrics);
    metrics.write(out)
}

/// Metrics by name, each with its meaning and its samples by their labels.
struct Metrics {
    /// The labels of every sample.
    common: String,
    families: Vec<Family>,
}

struct Family {
    name: &'static str,
    help: &'static str,
    samples: BTreeMap<String, f64>,
}

impl Metrics {
    fn of(report: &Report) -> Self {
        let mut common = label("command", report.command);
        if let Some(target) = target(report) {
            common = format!("{common},{}", label("target", &target));
        }
        Self {
            common,
            families: Vec::new(),
        }
    }

    /// Adds one sample; the help of the first one of its name is its help.
    fn add(&mut self, name: &'static str, help: &'static str, labels: &[(&str, &str)], value: f64) {
        let own = labels.iter().map(|(name, value)| label(name, value));
        let labels: Vec<String> = std::iter::once(self.common.clone()).chain(own).collect();
        let place = self.families.iter().position(|family| family.name == name);
        let place = place.unwrap_or_else(|| {
            let samples = BTreeMap::new();
            self.families.push(Family {
                name,
                help,
                samples,
            });
            self.families.len() - 1
        });
        self.families[place].samples.insert(labels.join(","), value);
    }

    /// Adds one sample where the figure is known.
    fn some(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
        value: Option<impl Into<f64>>,
    ) {
        if let Some(value) = value {
            self.add(name, help, labels, value.into());
        }
    }

    fn envelope(&mut self, report: &Report) {
        let host = report.host.name.as_deref().unwrap_or("");
        let labels = [("version", report.version), ("host", host)];
        self.add(
            "ibdoc_run_info",
            "The ibdoc that wrote this file.",
            &labels,
            1.0,
        );
        let verdicts = [
            Verdict::Healthy,
            Verdict::Attention,
            Verdict::Unknown,
            Verdict::Failed,
        ];
        for verdict in verdicts {
            let is_it = f64::from(u8::from(verdict == report.verdict));
            let labels = [("verdict", verdict.name())];
            self.add(
                "ibdoc_verdict",
                "1 for the verdict of the run.",
                &labels,
                is_it,
            );
        }
        let began = humantime::parse_rfc3339(&report.started_at).ok();
        let began = began.and_then(|it| it.duration_since(UNIX_EPOCH).ok());
        let began = began.map(|it| it.as_secs_f64());
        self.some(
            "ibdoc_run_timestamp_seconds",
            "When the run began.",
            &[],
            began,
        );
        let took = report.elapsed.as_secs_f64();
        self.add(
            "ibdoc_run_duration_seconds",
            "How long the run took.",
            &[],
            took,
        );
        let simulated = f64::from(u8::from(report.simulated));
        self.add(
            "ibdoc_simulated",
            "1 if the Gateway was simulated.",
            &[],
            simulated,
        );
        for finding in &report.findings {
            let severity = format!("{:?}", finding.severity).to_lowercase();
            let labels = [("code", finding.code.name()), ("severity", &severity)];
            self.add("ibdoc_finding", "1 for each kind of finding.", &labels, 1.0);
        }
        let footprint = &report.footprint;
        let made = f64::from(footprint.connections);
        self.add(
            "ibdoc_connections",
            "Connections that the run made.",
            &[],
            made,
        );
        let left = footprint.sockets_left;
        self.some(
            "ibdoc_sockets_left",
            "Those of them that were left.",
            &[],
            left,
        );
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for Family {
            name,
            help,
            samples,
        } in &self.families
        {
            writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")?;
            for (labels, value) in samples {
                writeln!(out, "{name}{{{labels}}} {value}")?;
            }
        }
        writeln!(out, "# EOF")
    }
}

/// A label with its value: short, without an account number even where they are to be shown.
fn label(name: &str, value: &str) -> String {
    let value = clean(&privacy::mask(value), LONGEST);
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name}=\"{value}\"")
}

/// What was looked at.
fn target(report: &Report) -> Option<String> {
    Some(match report.body.as_ref()? {
        Body::Handshake(body) => body.address.clone(),
        Body::Doctor(body) => body.address.clone(),
        Body::Health(body) => body.address.clone(),
        Body::Soak(body) => body.address.clone(),
        Body::Zombies(body) => listed(body.ports.iter()),
        Body::Inspect(body) => listed(body.ports.iter()),
        Body::Probe(body) => listed(body.endpoints.iter().map(|it| &it.address)),
        Body::Compare(_) | Body::Explain(_) | Body::Sim(_) => return None,
    })
}

fn listed(parts: impl Iterator<Item = impl ToString>) -> String {
    let parts: BTreeSet<String> = parts.map(|part| part.to_string()).collect();
    parts.into_iter().collect::<Vec<_>>().join(",")
}
