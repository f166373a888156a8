//! Metrics of a report in which everything from outside is hostile, and Markdown as it is pasted.

use super::sample::report;
use super::{soak, written};
use crate::render::{markdown, prom};
use crate::report::Report;

const ACCOUNT: &str = "DU9000021";

fn with_account() -> Report {
    let mut report = report();
    report.host.name = Some(format!("trader-{ACCOUNT}"));
    soak(&mut report).address = format!("a\\\"b\n{ACCOUNT}:4002{}", "x".repeat(500));
    report
}

#[test]
fn metrics_hold_no_account_even_where_accounts_are_shown() {
    let text = written(prom, &with_account());
    assert!(!text.contains(ACCOUNT), "{text}");
    assert!(text.contains("host=\"trader-DU…21\""), "{text}");
}

#[test]
fn every_line_of_the_metrics_is_a_comment_or_a_sample_with_bounded_labels() {
    let text = written(prom, &with_account());
    for line in text.lines() {
        assert!(line.chars().count() < 500, "{line}");
        if line.starts_with("# HELP ibdoc_") || line.starts_with("# TYPE ibdoc_") {
            continue;
        }
        if line == "# EOF" {
            continue;
        }
        let (labels, value) = line.rsplit_once("} ").expect("labels and a value");
        value.parse::<f64>().expect("a number");
        let labels = labels.split_once('{').expect("labels").1;
        let quotes = labels.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(quotes.matches('"').count() % 2, 0, "{line}");
        assert!(
            labels.starts_with("command=\"soak\",target=\"a\\\\\\\"b"),
            "{line}"
        );
    }
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    let steers = |it: char| it.is_control() && it != '\n' || it == '\u{202e}';
    assert!(!text.contains(steers) && !written(prom, &report()).contains(steers));
}

#[test]
fn no_sample_stands_there_twice_and_each_family_once() {
    let text = written(prom, &with_account());
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let mut names: Vec<&str> = samples
        .filter_map(|line| line.rsplit_once(' '))
        .map(|it| it.0)
        .collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    let mut families: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("# TYPE"))
        .collect();
    let all = families.len();
    families.sort_unstable();
    families.dedup();
    assert!(all > 10 && families.len() == all, "{all}");
}

#[test]
fn no_line_of_the_markdown_is_a_command_of_a_ci_server() {
    for hostile in [
        "::error::x",
        "##[error]x",
        "x\n::set-output name=a::b",
        "\n##[group]g",
    ] {
        let mut report = report();
        hostile.clone_into(&mut soak(&mut report).address);
        soak(&mut report).stopped = Some(hostile.to_owned());
        let finding = &mut report.findings[0];
        for text in [&mut finding.summary, &mut finding.subject] {
            hostile.clone_into(text);
        }
        finding.evidence = vec![hostile.to_owned()];
        finding.remedies = vec![hostile.to_owned()];
        report.error = Some(hostile.to_owned());
        let text = written(markdown, &report);
        for line in text.lines().map(str::trim_start) {
            assert!(
                !line.starts_with("::") && !line.starts_with("##["),
                "{line}"
            );
        }
        assert!(!text.contains("##[") && !text.contains("::error"), "{text}");
    }
}

#[test]
fn markdown_tells_the_system_and_not_the_name_of_the_machine() {
    let mut report = with_account();
    report.host.system = Some("Debian GNU/Linux 13".to_owned());
    let text = written(markdown, &report);
    assert!(text.contains("Debian GNU/Linux 13"), "{text}");
    assert!(!text.contains("trader-"), "{text}");
}
