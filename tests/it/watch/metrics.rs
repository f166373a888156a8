//! The metrics of a watch, held against promtool and the real Prometheus (`.ci/run` unpacks both).

use ibdoc::render::watch_metrics;
use ibdoc::report::{Watch, Watched};

const ACCOUNT: &str = "DU9000021";

fn figures() -> Watch {
    let target = Watched {
        address: format!("a\"\\\n{ACCOUNT}:4002"),
        ..Watched::default()
    };
    Watch {
        targets: vec![
            target.clone(),
            Watched {
                address: "b:4002".to_owned(),
                ..target
            },
        ],
        ..Watch::default()
    }
}

#[test]
fn no_account_and_no_line_break_gets_into_the_metrics() {
    for is_open in [false, true] {
        let text = watch_metrics(&figures(), is_open);
        assert!(!text.contains(ACCOUNT), "{text}");
        for line in text.lines() {
            assert!(
                line.starts_with("# ") || line.starts_with("ibdoc_"),
                "{line}"
            );
        }
        assert!(text.ends_with("# EOF\n"));
    }
}

#[test]
fn counters_are_called_as_each_format_calls_them() {
    let (open, plain) = (
        watch_metrics(&figures(), true),
        watch_metrics(&figures(), false),
    );
    assert!(open.contains("# TYPE ibdoc_reconnects counter\n"));
    assert!(plain.contains("# TYPE ibdoc_reconnects_total counter\n"));
    for text in [open, plain] {
        assert!(
            text.contains("ibdoc_reconnects_total{target=\"b:4002\"} 0\n"),
            "{text}"
        );
        assert!(text.contains("ibdoc_ping_rtt_seconds_bucket{target=\"b:4002\",le=\"+Inf\"} 0\n"));
    }
}

#[cfg(target_os = "linux")]
mod with_prometheus {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpStream;
    use std::process::{Child, Command, Stdio};

    use ibdoc::render::watch_metrics;

    use super::figures;
    use crate::helpers::command::{Running, Simulator, eventually, free_port, ibdoc, skipped};
    use crate::helpers::unpacked::program;

    struct Ended(Child);

    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn promtool_finds_nothing_wrong_with_the_metrics_and_the_rules() {
        let Some(promtool) = program("promtool") else {
            return skipped("promtool is neither unpacked nor installed");
        };
        let mut check = Command::new(&promtool);
        check.args(["check", "metrics"]);
        check
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut check = check.spawn().expect("promtool");
        let text = watch_metrics(&figures(), false);
        let mut stdin = check.stdin.take().expect("its standard input");
        stdin.write_all(text.as_bytes()).expect("it reads");
        drop(stdin);
        let said = check.wait_with_output().expect("its end");
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success() && words.is_empty(), "{words}");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/prometheus");
        for arguments in [
            ["check", "rules", "ibdoc.rules.yml"],
            ["test", "rules", "ibdoc.rules.test.yml"],
            ["check", "config", "prometheus.yml"],
        ] {
            let mut promtool = Command::new(&promtool);
            let said = promtool.current_dir(folder).args(arguments).output();
            let said = said.expect("promtool");
            let words = String::from_utf8_lossy(&said.stdout).into_owned();
            assert!(said.status.success(), "{arguments:?}: {words}");
        }
    }

    /// What Prometheus answers to a question.
    fn asked(port: u16, query: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
            return String::new();
        };
        let request = format!("GET /api/v1/query?query={query} HTTP/1.0\r\n\r\n");
        let mut answer = String::new();
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    #[test]
    fn a_real_prometheus_scrapes_a_watch() {
        let Some(prometheus) = program("prometheus") else {
            return skipped("prometheus is neither unpacked nor installed");
        };
        let simulator = Simulator::start("normal");
        let target = simulator.target();
        let arguments = ["watch", &target, "--metrics", "0", "--format", "ndjson"];
        let mut watch = Running::start(ibdoc(&arguments));
        let address = loop {
            let line = watch.line();
            if let Some((_, rest)) = line.split_once("\"metrics\":\"http://") {
                break rest.split('/').next().expect("an address").to_owned();
            }
        };
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: ibdoc\n  \
             static_configs: [{{targets: [\"{address}\"]}}]\n"
        );
        std::fs::write(&config, text).expect("a file");
        let port = free_port();
        let mut server = Command::new(prometheus);
        server
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut server = Ended(server.spawn().expect("Prometheus"));
        let errors = server.0.stderr.take().expect("its words");
        // What nobody reads would stop it.
        let reader = std::thread::spawn(move || BufReader::new(errors).lines().count());
        eventually("Prometheus has scraped it", || {
            asked(port, "ibdoc_up").contains(&format!("\"target\":\"127.0.0.1:{target}\""))
        });
        let up = asked(port, "up");
        assert!(up.contains(",\"1\"]"), "{up}");
        let buckets = asked(port, "ibdoc_handshake_stage_seconds_bucket");
        assert!(buckets.contains("\"stage\":\"accounts\""), "{buckets}");
        drop(server);
        let _ = reader.join();
    }
}
