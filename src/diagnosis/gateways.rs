//! What to do where nothing listens, by the Gateways that run.

use crate::finding::{COMMAND, Code};
use crate::machine::RunningGateway;

/// What to try first, before the remedies of the code.
pub fn first_remedy(code: Code, gateways: &[RunningGateway]) -> Option<String> {
    let any = |test: fn(&RunningGateway) -> bool| gateways.iter().any(test);
    let elsewhere = gateways.iter().find(|gateway| gateway.is_elsewhere);
    let remedy = match (code, elsewhere) {
        (Code::NotListening, Some(gateway)) => {
            let pid = gateway.pid;
            return Some(format!(
                "connect to the port that the Gateway's container publishes, or look in the \
                 container, as root: `ibdoc {COMMAND} --netns {pid}`"
            ));
        }
        (Code::GatewayStarting, _)
            if any(|gateway| !gateway.is_elsewhere && gateway.ports.is_none()) =>
        {
            "to see on which ports that Gateway listens, run it as root or as its user"
        }
        _ => return None,
    };
    Some(remedy.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::pid::Pid;
    use crate::machine::process::ProgramKind;

    fn gateway(ports: Option<Vec<u16>>, is_elsewhere: bool) -> RunningGateway {
        RunningGateway {
            pid: Pid(7),
            kind: ProgramKind::Gateway,
            up: None,
            ports,
            user_ports: Vec::new(),
            ports_there: None,
            is_stopped: false,
            is_elsewhere,
        }
    }

    #[test]
    fn a_gateway_in_a_container_needs_no_login_and_one_that_is_not_seen_a_better_look() {
        let first = |code, gateways: &[RunningGateway]| first_remedy(code, gateways);
        let (starting, unseen) = (gateway(Some(vec![]), false), gateway(None, false));
        let elsewhere = gateway(None, true);
        let container = first(Code::NotListening, std::slice::from_ref(&elsewhere));
        assert!(container.is_some_and(|remedy| remedy.contains("container")));
        assert_eq!(first(Code::NotListening, &[]), None);
        let both = [starting, elsewhere];
        assert_eq!(
            first(Code::GatewayStarting, &both),
            None,
            "finish its login"
        );
        let root = first(Code::GatewayStarting, &[unseen]);
        assert!(root.is_some_and(|remedy| remedy.contains("as root")));
    }
}
