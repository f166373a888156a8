//! The facts that this machine has at hand when a handshake went wrong: they order the remedies.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::gateway_end::GatewayEnd;
use super::{Attempt, Attempter, Setting};
use crate::finding::Code;
use crate::machine::container::{is_container, is_wsl};
use crate::machine::local::{
    is_loopback_down, lacks_interface, link_local_interfaces, named_hosts, source_of,
};
use crate::machine::path::{self, Wake};
use crate::machine::pid::Pid;
use crate::machine::process::{Jvm, ProgramKind};
use crate::machine::sockets::AddressPair;
use crate::machine::{Clients, RunningGateway};
use crate::target::Target;
use crate::text::alike::likest;

/// Facts that were looked for only after a failure.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about this machine or the Gateway"
)]
#[derive(Clone, Debug, Default)]
pub struct AtHand {
    /// The address from which the Gateway is reached: that of our own socket, where one connected.
    pub ours: Option<IpAddr>,
    /// Whether every known port of the host is tried, and not this one alone.
    pub all_ports_tried: bool,
    /// Interfaces of this machine with a link-local address; looked for only where one is missing.
    pub interfaces: Vec<String>,
    /// The name that was probably meant, where the host's has no address.
    pub name_meant: Option<String>,
    /// How long the Gateway that listens has been running, or another Java program in its place.
    pub gateway_up: Option<Duration>,
    /// Whether ibdoc runs in a container.
    pub in_container: bool,
    /// Whether ibdoc runs in Linux inside Windows.
    pub in_wsl: bool,
    /// Whether the loopback interface is down, through which this machine reaches itself.
    pub is_loopback_down: bool,
    /// The automatic client ids that were refused one after the other, if none was taken.
    pub ids_refused: Vec<i32>,
    /// Gateways that are stopped, and what lets each go on; looked for only after a silence of which
    /// it is not seen that another program is the cause.
    pub stopped: Vec<(RunningGateway, Wake)>,
    /// Other programs connected to the port; looked for only when the client id is taken or the
    /// connection ended before the version.
    pub clients: Option<Clients>,
}

impl Attempter<'_> {
    /// Where nothing listens here: which Gateways run, and which known ports are listened on.
    pub(super) fn explain_failure(&self, attempt: &mut Attempt) {
        let setting = &mut attempt.setting;
        if setting.local && setting.listener.is_none() {
            setting.gateways = self.world.running_gateways();
            setting.held_port = self.world.held_port(attempt.target.port);
            setting.other_listeners = self.world.known_listeners();
            let address = attempt.address;
            setting.forwarded_to = address
                .and_then(|address| path::forwarded_to_nothing(self.world, address))
                .map(Box::new);
            setting.doors = path::doors(self.world, &setting.gateways, &setting.other_listeners);
        } else if let Some(address) = attempt.address.filter(|_| !setting.local) {
            let Some(inside) = path::inside(self.world, address) else {
                return;
            };
            setting.gateways.clone_from(&inside.gateways);
            setting.doors = path::doors_at(self.world, address.ip(), &setting.gateways);
            if setting.gateways.is_empty() {
                setting.gateways = self.world.running_gateways();
                setting.other_listeners = self.world.known_listeners();
            }
            setting.inside = Some(Box::new(inside));
        }
    }

    /// Looks at what may explain a failure, each only where it can; nothing after a success.
    pub(super) fn look_at_hand(&self, attempt: &mut Attempt) {
        let codes: Vec<Code> = attempt
            .record
            .stages
            .iter()
            .filter_map(|stage| stage.code)
            .collect();
        let has = |code| codes.contains(&code);
        if codes.is_empty() {
            return;
        }
        let setting = &mut attempt.setting;
        setting.at_hand.in_container = is_container(Path::new("/"));
        setting.at_hand.in_wsl = is_wsl(Path::new("/"));
        setting.at_hand.is_loopback_down = setting.local && is_loopback_down();
        if has(Code::Dropped) {
            setting.dropped_at = Some(SystemTime::now());
        }
        if has(Code::NotResolved) {
            setting.at_hand.name_meant = name_meant(&attempt.target.host);
        }
        let Some(address) = attempt.address else {
            return;
        };
        setting.at_hand.ours = setting.source.or_else(|| source_of(address));
        if lacks_interface(address) {
            setting.at_hand.interfaces = link_local_interfaces();
        }
        setting.at_hand.gateway_up = self.gateway_up(setting);
        // The full queue of a stopped Gateway drops what is forwarded to it.
        let is_silent = has(Code::SilentAfterConnect) || has(Code::Unreachable);
        if is_silent && may_lead_to_another(setting) {
            setting.at_hand.stopped = self.stopped_gateways();
        }
        if has(Code::ClientIdInUse) || has(Code::ClosedBeforeVersion) {
            if setting.gateway_end.is_none() && setting.listener.is_some() {
                // Our own connection has gone, and is not looked for.
                let local = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
                let others = AddressPair {
                    local,
                    remote: address,
                };
                setting.gateway_end = GatewayEnd::look(self.world.table.as_ref(), others);
            }
            setting.at_hand.clients = self.world.clients_of(address, setting.local);
        }
    }

    fn stopped_gateways(&self) -> Vec<(RunningGateway, Wake)> {
        let gateways = self.world.running_gateways().into_iter();
        let stopped = |gateway: RunningGateway| {
            let wake = path::stopped(self.world, gateway.pid)?;
            Some((gateway, wake))
        };
        gateways.filter_map(stopped).collect()
    }

    /// How long the Gateway that listens has been running, or another Java program in its place.
    fn gateway_up(&self, setting: &Setting) -> Option<Duration> {
        let listener = setting.listener.as_ref()?;
        let facts = self.world.processes.facts(listener.pid?).ok().flatten()?;
        let is_java = matches!(facts.jvm, Some(Jvm::Name | Jvm::VmThread | Jvm::Library));
        let is_gateway = matches!(listener.kind, ProgramKind::Gateway | ProgramKind::Tws);
        facts.up.filter(|_| is_java || is_gateway)
    }
}

/// The name that is meant by one with a slip in it: of a port of this machine, or of a host that this
/// machine's own file has.
fn name_meant(host: &str) -> Option<String> {
    let names = Target::names().map(str::to_owned);
    let names = names.chain(["localhost".to_owned()]).chain(named_hosts());
    likest(host, names.filter(|name| name != host))
}

/// Whether a Gateway that is not seen on the way may be behind who listens here.
fn may_lead_to_another(setting: &Setting) -> bool {
    let is_gateway = |kind| matches!(kind, ProgramKind::Gateway | ProgramKind::Tws);
    let hops = setting.path.iter().flat_map(|path| &path.hops);
    let kinds = hops.map(|hop| hop.kind);
    let mut kinds = kinds.chain(setting.listener.iter().map(|it| it.kind));
    let own = Some(Pid(std::process::id()));
    let is_ours = setting.listener.as_ref().is_some_and(|it| it.pid == own);
    setting.local && !is_ours && !kinds.any(is_gateway)
}
