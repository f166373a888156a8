//! LISTEN rows on real sockets: which one takes a connection, its queue, and other namespaces.

#![cfg(target_os = "linux")]

use std::net::{SocketAddr, TcpListener, TcpStream};

use ibdoc::machine::sockets::linux::ProcNet;
use ibdoc::machine::sockets::{Ports, SocketTable, of_process, system};
use rustix::net::{AddressFamily, bind, listen, sockopt};

use crate::helpers::command::skipped;
use crate::machine::children::Running;
use crate::machine::table::{eventually, listener, sources, tcp};

#[test]
fn a_listener_for_ipv6_only_takes_no_ipv4() {
    let fd = tcp(AddressFamily::INET6);
    sockopt::set_ipv6_v6only(&fd, true).unwrap();
    bind(&fd, &"[::]:0".parse::<SocketAddr>().unwrap()).unwrap();
    listen(&fd, 5).unwrap();
    let port = TcpListener::from(fd.try_clone().unwrap())
        .local_addr()
        .unwrap()
        .port();
    let table = system();
    assert!(
        table
            .listener(([127, 0, 0, 1], port).into())
            .unwrap()
            .is_none()
    );
    let six = SocketAddr::new("::1".parse().unwrap(), port);
    assert_eq!(table.listener(six).unwrap().unwrap().v6_only, Some(true));
}

#[test]
fn an_exact_look_up_prefers_the_more_exact_listener() {
    let exact = listener(7);
    let address = exact.local_addr().unwrap();
    for (source, table) in sources() {
        assert_eq!(table.listener(address).unwrap().unwrap().local, address);
        let elsewhere = SocketAddr::from(([127, 0, 0, 2], address.port()));
        assert!(table.listener(elsewhere).unwrap().is_none(), "{source:?}");
        assert!(
            table
                .find(address, SocketAddr::from(([127, 0, 0, 1], 1)))
                .unwrap()
                .is_none()
        );
        assert!(table.listeners().unwrap().listener_for(address).is_some());
    }
}

#[test]
fn an_accept_queue_is_full_with_one_more_than_its_limit() {
    let gateway = listener(2);
    let address = gateway.local_addr().unwrap();
    let table = system();
    let mut clients = Vec::new();
    for waiting in 0..=3 {
        let row = eventually("the connection in the queue", || {
            let row = table.listener(address).unwrap().unwrap();
            (row.accept_queue() == Some((waiting, 2))).then_some(row)
        });
        assert_eq!(row.accept_queue_full(), Some(waiting > 2));
        if waiting < 3 {
            clients.push(TcpStream::connect(address).unwrap());
        }
    }
}

#[test]
fn a_directory_without_tables_is_an_error_and_not_an_empty_table() {
    let nowhere = tempfile::tempdir().unwrap();
    let table = ProcNet::new(nowhere.path());
    assert!(table.snapshot(&Ports::from([4002])).is_err());
    assert!(table.listener(([127, 0, 0, 1], 4002).into()).is_err());
}

#[test]
fn the_net_directory_of_a_process_shows_its_namespace() {
    let gateway = listener(5);
    let address = gateway.local_addr().unwrap();
    let own = ibdoc::machine::pid::Pid(std::process::id());
    let table = of_process(own).expect("this process runs");
    let listening = table.listener(address).unwrap().unwrap();
    assert_eq!((listening.local, listening.send_queue), (address, None));
}

#[test]
fn a_gateway_in_another_network_namespace_is_in_its_own_table_only() {
    let script = "import socket,sys\n\
                  s=socket.create_server(('',0))\n\
                  print(s.getsockname()[1],flush=True)\n\
                  sys.stdin.read()";
    let mut command = std::process::Command::new("unshare");
    command.args(["--net", "python3", "-c", script]);
    let mut trial = std::process::Command::new("unshare");
    let allowed = trial
        .args(["--net", "true"])
        .stderr(std::process::Stdio::null())
        .status();
    let allowed = allowed.is_ok_and(|status| status.success());
    let Some(program) = allowed.then(|| Running::start(&mut command)).flatten() else {
        return skipped("no right to make a network namespace, or no unshare");
    };
    let address = SocketAddr::from(([127, 0, 0, 1], program.said.parse().unwrap()));
    let inside = of_process(program.pid()).expect("it runs");
    assert!(inside.listener(address).unwrap().is_some());
    assert!(system().listener(address).unwrap().is_none());
    let processes = ibdoc::machine::process::system();
    let namespace = |pid| {
        processes
            .facts(pid)
            .unwrap()
            .unwrap()
            .net_namespace
            .unwrap()
    };
    let own = ibdoc::machine::pid::Pid(std::process::id());
    assert_ne!(namespace(program.pid()), namespace(own));
}
