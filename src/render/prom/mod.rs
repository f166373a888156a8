//! A report as metrics, in Prometheus' text format, for the textfile collector of `node_exporter`; that
//! of a watch also as `OpenMetrics`. All but those of a watch are gauges, which both write alike. Each sample names its command and target, so that
//! the files of two commands do not clash.

mod families;
mod vitals;
mod watch;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::UNIX_EPOCH;

use crate::event::Footprint;
use crate::finding::verdict::Verdict;
use crate::report::{Body, Report, Watch, privacy};
use crate::text::printable::clean;

/// The longest value of a label, in characters.
const LONGEST: usize = 100;

/// Writes every figure of a report that a monitoring system can watch.
pub fn prom(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut metrics = Metrics::of(report);
    metrics.envelope(report);
    families::add(report, &mut metrics);
    metrics.write(false, out)
}

/// The figures of a watch as they are scraped: as `OpenMetrics` where `is_open`, and else in
/// Prometheus' older text format.
pub fn watch_metrics(figures: &Watch, is_open: bool) -> String {
    let mut metrics = Metrics {
        common: String::new(),
        families: Vec::new(),
    };
    watch::add(figures, &mut metrics);
    let mut text = Vec::new();
    // A vector takes everything.
    let _ = metrics.write(is_open, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// What the samples of a name are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Gauge,
    Counter,
    Histogram,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
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
    kind: Kind,
    /// Each with the end of its name and its labels; those of a histogram in their order.
    samples: Vec<(&'static str, String, f64)>,
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
        self.line(name, "", help, Kind::Gauge, labels, value);
    }

    /// Adds one sample of a counter, whose name ends in `_total`.
    fn count(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        self.line(name, "", help, Kind::Counter, labels, value);
    }

    fn line(
        &mut self,
        name: &'static str,
        end: &'static str,
        help: &'static str,
        kind: Kind,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        let own = labels.iter().map(|(name, value)| label(name, value));
        let common = Some(self.common.clone()).filter(|it| !it.is_empty());
        let labels: Vec<String> = common.into_iter().chain(own).collect();
        let labels = labels.join(",");
        let place = self.families.iter().position(|family| family.name == name);
        let place = place.unwrap_or_else(|| {
            self.families.push(Family {
                name,
                help,
                kind,
                samples: Vec::new(),
            });
            self.families.len() - 1
        });
        let samples = &mut self.families[place].samples;
        let same = |it: &&mut (&str, String, f64)| (it.0, &it.1) == (end, &labels);
        match samples.iter_mut().find(same) {
            Some(known) => known.2 = value,
            None => samples.push((end, labels, value)),
        }
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
        self.verdict(report.verdict);
        self.times(report);
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
        self.footprint(&report.footprint);
    }

    fn verdict(&mut self, is: Verdict) {
        let verdicts = [
            Verdict::Healthy,
            Verdict::Attention,
            Verdict::Unknown,
            Verdict::Failed,
        ];
        for verdict in verdicts {
            let is_it = f64::from(u8::from(verdict == is));
            let labels = [("verdict", verdict.name())];
            self.add(
                "ibdoc_verdict",
                "1 for the verdict of the run.",
                &labels,
                is_it,
            );
        }
    }

    fn times(&mut self, report: &Report) {
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
    }

    fn footprint(&mut self, footprint: &Footprint) {
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

    /// `OpenMetrics` calls a counter by its name without the end that its samples have.
    fn write(&self, is_open: bool, out: &mut dyn Write) -> io::Result<()> {
        for family in &self.families {
            let called = match family.kind {
                Kind::Counter if is_open => family.name.trim_end_matches("_total"),
                _ => family.name,
            };
            let (name, help, kind) = (family.name, family.help, family.kind.name());
            writeln!(out, "# HELP {called} {help}\n# TYPE {called} {kind}")?;
            let mut samples: Vec<_> = family.samples.iter().collect();
            if family.kind != Kind::Histogram {
                samples.sort_by(|one, other| one.1.cmp(&other.1));
            }
            for (end, labels, value) in samples {
                let labels = match labels.as_str() {
                    "" => String::new(),
                    labels => format!("{{{labels}}}"),
                };
                writeln!(out, "{name}{end}{labels} {value}")?;
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
        // Each sample of a watch names its own; the others have no samples.
        _ => return None,
    })
}

fn listed(parts: impl Iterator<Item = impl ToString>) -> String {
    let parts: BTreeSet<String> = parts.map(|part| part.to_string()).collect();
    parts.into_iter().collect::<Vec<_>>().join(",")
}
