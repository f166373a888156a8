//! Settings in files against a symptom.

use std::time::SystemTime;

use super::*;
use crate::evidence::look::Stored;
use crate::evidence::settings::ibc::IbcSettings;
use crate::evidence::settings::jts;
use crate::evidence::settings::stored::StoredApi;

/// Settings in files.
fn stored(api: &[&str], jts: &str, ibc: Option<&str>) -> Evidence {
    let stored = api.iter().map(|text| Stored {
        api: StoredApi::parse(&format!("<W><ApiSettings {text}/></W>")).expect("settings"),
        written: SystemTime::UNIX_EPOCH,
    });
    Evidence {
        seen: Seen::Off,
        process: None,
        settings: Settings {
            stored: stored.collect(),
            jts: jts::trusted(jts),
            ibc: ibc.map(IbcSettings::parse),
        },
    }
}

#[test]
fn settings_that_contradict_a_symptom_come_first_and_are_told_as_stored() {
    use Code::*;
    let ours = Context {
        ours: "10.0.0.7".parse().ok(),
        ..context()
    };
    let table = [
        (
            "port=\"4001\"",
            NotListening,
            context(),
            "compare the port: 4001",
        ),
        (
            "socketClient=\"false\"",
            ClosedBeforeVersion,
            context(),
            "tick Enable ActiveX",
        ),
        (
            "allowOnlyLocalhost=\"true\"",
            SilentAfterConnect,
            ours,
            "untick Allow connections",
        ),
        (
            "allowOnlyLocalhost=\"false\"",
            SilentAfterConnect,
            ours,
            "add 10.0.0.7 to the Trusted",
        ),
        (
            "readOnlyApi=\"true\"",
            ReadOnlyApi,
            context(),
            "untick Read-Only API",
        ),
    ];
    for (text, code, context, first) in table {
        let (finding, _) = explained(code, &stored(&[text], "", None), &context);
        assert_eq!(finding.code, code, "{text}");
        assert!(
            finding.remedies[0].starts_with(first),
            "{text}: {finding:?}"
        );
        let told = finding.evidence.last().expect("evidence");
        assert!(
            told.ends_with("as stored at 1970-01-01T00:00:00Z"),
            "{told}"
        );
    }
}

#[test]
fn settings_that_agree_or_are_of_two_logins_change_nothing() {
    use Code::*;
    let same = [
        (
            stored(&["port=\"4002\" socketClient=\"true\""], "", None),
            NotListening,
            context(),
        ),
        (
            stored(&["allowOnlyLocalhost=\"true\""], "", None),
            SilentAfterConnect,
            context(),
        ),
        // Of two logins only what both say.
        (
            stored(&["port=\"4001\"", "port=\"4002\""], "", None),
            NotListening,
            context(),
        ),
        (
            stored(&["port=\"4001\""], "", None),
            SilentAfterConnect,
            context(),
        ),
        // Nothing is read from it.
        (
            stored(&[], "LocalServerPort=4001", None),
            NotListening,
            context(),
        ),
    ];
    for (evidence, code, context) in same {
        let (finding, _) = explained(code, &evidence, &context);
        assert_eq!(finding, symptom(code), "{evidence:?}");
    }
}

#[test]
fn an_address_that_stands_where_it_is_ignored_is_the_cause() {
    let ours = Context {
        ours: "10.0.0.7".parse().ok(),
        ..context()
    };
    let (jts, ini) = (
        "TrustedIPs=127.0.0.1,10.0.0.7",
        "TrustedTwsApiClientIPs=10.0.0.7",
    );
    let ignored = [
        stored(&[], jts, Some("FIX=no")),
        stored(&[], jts, Some("")),
        stored(&[], "", Some(ini)),
    ];
    for evidence in ignored {
        let (finding, _) = explained(Code::SilentAfterConnect, &evidence, &ours);
        assert_eq!(finding.code, Code::IgnoredSetting, "{evidence:?}");
        assert_eq!(finding.severity, Severity::Error);
        assert!(
            finding.remedies[0].starts_with("set 10.0.0.7"),
            "{finding:?}"
        );
    }
    let counts = [
        stored(&[], jts, Some("FIX=yes")),
        stored(&[], jts, None),
        stored(
            &["allowOnlyLocalhost=\"false\" trustedIPs=\"10.0.0.7\""],
            jts,
            Some(""),
        ),
        stored(&[], "TrustedIPs=10.0.0.8", Some("")),
    ];
    for evidence in counts {
        let (finding, _) = explained(Code::SilentAfterConnect, &evidence, &ours);
        assert_eq!(finding.code, Code::SilentAfterConnect, "{evidence:?}");
    }
    let (finding, _) = explained(
        Code::SilentAfterConnect,
        &stored(&[], jts, Some("")),
        &context(),
    );
    assert_eq!(
        finding.code,
        Code::SilentAfterConnect,
        "127.0.0.1 is trusted"
    );
}
