//! Settings in files that contradict a symptom. The Gateway writes its own when it ends, so that its
//! screen may show others: each is told "as stored", with its file's time.

use std::net::IpAddr;

use super::Context;
use crate::evidence::login::Login;
use crate::evidence::look::{Evidence, Stored};
use crate::evidence::settings::ibc::IbcSettings;
use crate::evidence::settings::stored::StoredApi;
use crate::evidence::settings::trusted::Trusted;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::text::clock::to_the_second;

/// Adds the settings that contradict a symptom to its evidence, and puts what to do about them first.
pub(super) fn explain(
    findings: &mut [Finding],
    evidence: &Evidence,
    login: Option<&Login>,
    context: &Context,
) {
    let told = findings
        .iter_mut()
        .find(|finding| is_of_settings(finding.code));
    let Some(finding) = told.filter(|it| !context.works || it.code == Code::ReadOnlyApi) else {
        return;
    };
    let ours = context.ours.filter(|_| !context.is_trusted());
    let ours = ours.filter(|_| is_of_trust(finding.code));
    let ignoring = ours.and_then(|ours| Some((ours, ignoring(evidence, login, ours)?)));
    if let Some((ours, file)) = ignoring {
        ignored(finding, file, ours);
        return;
    }
    // Of several logins it is not known whose settings count, but what all of them say.
    let stored = &evidence.settings.stored;
    let Some(newest) = stored.first() else {
        return;
    };
    let contradictions = contradictions(finding.code, stored, login, context);
    let when = to_the_second(newest.written);
    for (words, remedy) in contradictions.into_iter().rev() {
        finding
            .evidence
            .push(format!("{words}, as stored at {when}"));
        finding.remedies.insert(0, remedy);
    }
}

fn is_of_settings(code: Code) -> bool {
    is_of_trust(code)
        || matches!(
            code,
            Code::NotListening | Code::GatewayStarting | Code::WrongPort | Code::ReadOnlyApi
        )
}

/// Whether a Gateway shows a client so that it does not trust it.
fn is_of_trust(code: Code) -> bool {
    matches!(code, Code::SilentAfterConnect | Code::ClosedBeforeVersion)
}

/// Each setting in words, and what to do about it.
fn contradictions(
    code: Code,
    stored: &[Stored],
    login: Option<&Login>,
    context: &Context,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let is_refused = matches!(
        code,
        Code::NotListening | Code::GatewayStarting | Code::WrongPort
    );
    // What IBC has set since counts more.
    let known = login.and_then(|login| login.port);
    let port = stored
        .first()
        .and_then(|it| it.api.port)
        .filter(|port| known.is_none() && *port != context.gateway_port());
    let port = port.filter(|port| is_refused && all(stored, |api| api.port == Some(*port)));
    if let Some(port) = port.filter(|_| !context.is_elsewhere) {
        let remedy = format!("compare the port: {port} is the Gateway's as stored");
        found.push((format!("Socket port {port}"), remedy));
    }
    let is_off = all(stored, |api| api.socket_client == Some(false));
    if is_off && (is_refused || code == Code::ClosedBeforeVersion) {
        found.push((
            "Enable ActiveX and Socket Clients is off".to_owned(),
            "tick Enable ActiveX and Socket Clients in the API settings".to_owned(),
        ));
    }
    let known = login.and_then(|login| login.read_only);
    let is_read_only = known.is_none() && all(stored, |api| api.read_only == Some(true));
    if is_read_only && code == Code::ReadOnlyApi {
        found.push((
            "Read-Only API is on".to_owned(),
            "untick Read-Only API in the API settings if orders are wanted".to_owned(),
        ));
    }
    let ours = context.ours.filter(|_| !context.is_trusted());
    found.extend(ours.and_then(|ours| untrusted(code, ours, stored)));
    found
}

/// Whether the settings of every login say this.
fn all(stored: &[Stored], test: impl Fn(&StoredApi) -> bool) -> bool {
    stored.iter().all(|it| test(&it.api))
}

/// A client of another address that the settings do not admit.
fn untrusted(code: Code, ours: IpAddr, stored: &[Stored]) -> Option<(String, String)> {
    if all(stored, |api| api.only_localhost == Some(true)) {
        let words = "Allow connections from localhost only is on".to_owned();
        let remedy = format!(
            "untick Allow connections from localhost only in the API settings, and add {ours} to the \
             Trusted IPs"
        );
        let may_be = is_of_trust(code) || code == Code::NotListening;
        return may_be.then_some((words, remedy));
    }
    let is_known = |api: &StoredApi| api.only_localhost.is_some() && !api.trusts(ours);
    (is_of_trust(code) && all(stored, is_known)).then(|| {
        let words = format!("{ours} is not among the Trusted IPs");
        let remedy = format!(
            "add {ours} to the Trusted IPs of the API settings: each address by itself, ranges do not \
             work"
        );
        (words, remedy)
    })
}

/// The file in which this address stands although it is ignored there.
fn ignoring(evidence: &Evidence, login: Option<&Login>, ours: IpAddr) -> Option<&'static str> {
    let settings = &evidence.settings;
    let told = login.map(|login| &login.settings);
    let fix = told.and_then(|told| told.fix);
    let fix = fix.or(settings.ibc.as_ref().and_then(|ibc| ibc.fix));
    if fix != Some(false) {
        return None;
    }
    let stored = &settings.stored;
    let is_trusted = !stored.is_empty() && stored.iter().all(|it| it.api.trusts(ours));
    if is_trusted {
        return None;
    }
    let names = |list: &Trusted| list.contains(ours) || list.has_range;
    let by_ibc = |it: &IbcSettings| names(&it.trusted);
    if told.is_some_and(by_ibc) || settings.ibc.as_ref().is_some_and(by_ibc) {
        Some("TrustedTwsApiClientIPs of IBC's config.ini")
    } else {
        names(&settings.jts).then_some("TrustedIPs of jts.ini")
    }
}

/// Makes the ignored setting the cause.
fn ignored(finding: &mut Finding, file: &str, ours: IpAddr) {
    let summary = format!(
        "{ours}, the address of this client, or a range, stands in {file}, which is ignored without \
         FIX=yes: {}",
        finding.summary
    );
    let mut cause = Finding::new(Code::IgnoredSetting, &finding.subject, summary);
    cause.severity = Severity::max(finding.severity, cause.severity);
    cause.evidence.push(format!(
        "{file}, as stored, names {ours} or a range; FIX is not set"
    ));
    cause.evidence.append(&mut finding.evidence);
    cause.remedies = vec![
        format!(
            "set {ours} in Configure > Settings > API > Settings > Trusted IPs on the Gateway's screen: \
             each address by itself, ranges do not work"
        ),
        "or connect from the Gateway's own machine, by 127.0.0.1, which is trusted".to_owned(),
    ];
    *finding = cause;
}
