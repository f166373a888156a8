//! `ibdoc explain`.

use crate::helpers::command::{run, run_json};

#[test]
fn a_finding_is_explained_with_its_signs_causes_and_remedies() {
    let ran = run(&["explain", "accounts-late"]);
    assert_eq!(ran.status, 0);
    for part in [
        "accounts-late (finding, warning)",
        "Recognised by",
        "Usual causes",
        "What to do",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn an_error_number_of_the_api_tells_whether_the_gateway_sends_it() {
    assert!(
        run(&["explain", "326"])
            .stdout
            .contains("sent by the Gateway")
    );
    assert!(
        run(&["explain", "502"])
            .stdout
            .contains("never travels on the wire")
    );
    let report = run_json(&["explain", "502"]).json();
    assert_eq!(report["explain"]["explanations"][0]["on_wire"], false);
}

#[test]
fn without_a_code_everything_is_listed_and_an_unknown_one_is_a_usage_error() {
    let list = run(&["explain"]).stdout;
    for code in ibdoc::finding::Code::ALL {
        assert!(list.contains(code.name()), "{code}");
    }
    assert!(list.contains("10197"));
    assert!(list.lines().all(|line| line.chars().count() <= 80));
    for unknown in ["nonsense", "99999999", "4242"] {
        let ran = run(&["explain", unknown]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{unknown}");
        assert!(ran.stderr.contains("ibdoc explain"), "{}", ran.stderr);
    }
}
