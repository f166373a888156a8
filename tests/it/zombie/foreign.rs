//! Gateways of another user, as a user sees them who is not root.

#![cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::helpers::command::{Ran, skipped};
use crate::helpers::other_user::OtherUser;
use crate::machine::children::{GATEWAY, Running};

/// Root's Gateway, and a user who is to find it.
struct Foreign {
    gateway: Running,
    user: OtherUser,
}

/// The Gateway as `command` starts it, or what is missing for it.
fn start(mut command: Command) -> Result<Foreign, &'static str> {
    let user = OtherUser::new(64_107).ok_or("not root, or no setpriv")?;
    if Command::new("java").arg("-version").output().is_err() {
        return Err("no java");
    }
    command.args(["java", "-Dlauncher=/home/me/Jts/ibgateway/1030"]);
    command.arg(user.write("Gateway.java", GATEWAY));
    let gateway = Running::start(command.stderr(Stdio::null())).ok_or("no Gateway")?;
    Ok(Foreign { gateway, user })
}

impl Foreign {
    /// What ibdoc reports to the user.
    fn ask(&self, arguments: &[&str]) -> Value {
        let mut command = self.user.ibdoc(arguments);
        let output = command.arg("--json").output();
        Ran::from(output.expect("setpriv runs")).json()
    }

    /// The finding of this code that names the Gateway, perhaps beside those of other tests.
    fn finding(&self, report: &Value, code: &str) -> Value {
        let named = format!("pid {},", self.gateway.pid());
        let findings = report["findings"].as_array().into_iter().flatten();
        let mut ours = findings.filter(|found| {
            found["code"] == code && found["evidence"].to_string().contains(&named)
        });
        let ours = ours.next();
        ours.unwrap_or_else(|| panic!("no {code}: {report:#}"))
            .clone()
    }
}

#[test]
fn a_gateway_on_a_port_that_is_not_seen_to_be_its_is_told_with_where_it_may_listen() {
    let foreign = match start(Command::new("env")) {
        Ok(foreign) => foreign,
        Err(missing) => return skipped(missing),
    };
    let port = &foreign.gateway.said;
    let said = foreign.finding(&foreign.ask(&["zombies"]), "table-incomplete");
    let said = said.to_string();
    assert!(said.contains("ports not seen"), "{said}");
    assert!(said.contains(port.as_str()), "{said}");
    assert!(said.contains("--port"), "{said}");
    let named = foreign.ask(&["zombies", "--port", port]);
    assert_eq!(named["zombies"]["listeners"][0]["port"].to_string(), *port);
}

#[test]
fn a_gateway_in_another_namespace_is_named_to_a_user_who_may_not_read_it() {
    let mut command = Command::new("unshare");
    command.arg("--net");
    let foreign = match start(command) {
        Ok(foreign) => foreign,
        Err(missing) => return skipped(missing),
    };
    let pid = foreign.gateway.pid().to_string();
    let port = &foreign.gateway.said;
    for arguments in [&["zombies"][..], &["zombies", "--port", port]] {
        let said = foreign.finding(&foreign.ask(arguments), "other-namespace");
        // Of several Gateways the first is the example.
        let first = said["subject"].as_str().unwrap_or_default();
        let look = format!("--netns {}", first.trim_start_matches("pid "));
        assert!(said["remedies"].to_string().contains(&look), "{said}");
    }
    let there = foreign.ask(&["zombies", "--netns", &pid, "--port", port]);
    assert_eq!(there["zombies"]["listeners"][0]["port"].to_string(), *port);
    // It cannot be told to finish its login: it does not listen here either way. Another test's
    // Gateway can.
    let refused = foreign.ask(&["handshake", port]);
    let first = &refused["findings"][0];
    if first["code"] == "gateway-starting" {
        return;
    }
    assert_eq!(first["code"], "not-listening", "{refused:#}");
    assert!(
        first["remedies"][0].to_string().contains("container"),
        "{first:#}"
    );
}
