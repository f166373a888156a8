//! Who holds a socket: real processes, and `/proc` trees made for the test.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;

use ibdoc::machine::pid::Pid;
use ibdoc::machine::process::linux::Proc;
use ibdoc::machine::process::{Ownership, ProcessSource, Search, system};
use ibdoc::machine::sockets;
use ibdoc::machine::sockets::{Socket, Wanted};

use crate::helpers::command::skipped;
use crate::machine::children::Running;
use crate::machine::table::eventually;

const BOTH: [Search; 2] = [Search::First, Search::Every];

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn client_end(gateway: &TcpListener, address: SocketAddr) -> (TcpStream, Socket) {
    let (kept, peer) = gateway.accept().unwrap();
    let row = sockets::system()
        .find(peer, address)
        .unwrap()
        .expect("the client's end");
    (kept, row)
}

fn own() -> Pid {
    Pid(std::process::id())
}

#[test]
fn a_socket_of_this_process_is_held_by_it_alone() {
    let (gateway, address) = listener();
    let _client = TcpStream::connect(address).unwrap();
    let (_kept, row) = client_end(&gateway, address);
    let listening = sockets::system().listener(address).unwrap().unwrap();
    for search in BOTH {
        let rows = [row.clone(), listening.clone()];
        // A child that another test is just starting has them too until it becomes its program.
        eventually("this process as the only holder", || {
            let owners = system().owners(&rows, search).unwrap();
            let own = own();
            let alone = |index: usize| owners.of(index, &rows[index]) == Ownership::Held(&[own]);
            (alone(0) && alone(1)).then_some(())
        });
    }
    let rows = sockets::system().read(Wanted::Open).unwrap().sockets;
    let held = system().held(own(), &rows).unwrap().unwrap();
    assert!(held.iter().any(|held| held.cookie == row.cookie));
    assert!(held.iter().any(|held| held.cookie == listening.cookie));
}

#[test]
fn a_connection_that_nobody_accepted_belongs_to_the_kernel() {
    let (_gateway, address) = listener();
    let client = TcpStream::connect(address).unwrap();
    let peer = client.local_addr().unwrap();
    let row = sockets::system().find(address, peer).unwrap().unwrap();
    let owners = system()
        .owners(std::slice::from_ref(&row), Search::Every)
        .unwrap();
    assert_eq!(owners.of(0, &row), Ownership::Kernel);
}

#[test]
fn every_holder_of_an_inherited_socket_is_found() {
    let (gateway, address) = listener();
    let script = "import os,socket,sys\n\
                  s=socket.create_connection(('127.0.0.1',int(sys.argv[1])))\n\
                  child=os.fork()\n\
                  if child: print(child,flush=True)\n\
                  sys.stdin.read()";
    let Some(parent) = Running::python(script, &address.port().to_string()) else {
        return skipped("no python3");
    };
    let child = Pid(parent.said.parse().unwrap());
    let (_kept, row) = client_end(&gateway, address);
    let owners = system()
        .owners(std::slice::from_ref(&row), Search::Every)
        .unwrap();
    let mut expected = [parent.pid(), child];
    expected.sort_unstable();
    assert_eq!(owners.of(0, &row), Ownership::Held(&expected));
    let first = system()
        .owners(std::slice::from_ref(&row), Search::First)
        .unwrap();
    assert!(matches!(first.of(0, &row), Ownership::Held([one]) if expected.contains(one)));
}

#[test]
fn a_process_whose_main_thread_has_exited_is_found_by_its_other_threads() {
    let (gateway, address) = listener();
    // 60 is exit(2) on x86-64, 93 on the newer architectures: it ends one thread.
    let script = "import ctypes,os,platform,socket,sys,threading\n\
                  s=socket.create_connection(('127.0.0.1',int(sys.argv[1])))\n\
                  def hold():\n\
                  \x20 os.read(0,1)\n\
                  \x20 os._exit(0)\n\
                  threading.Thread(target=hold).start()\n\
                  print('ready',flush=True)\n\
                  ctypes.CDLL(None).syscall(60 if platform.machine()=='x86_64' else 93,0)";
    let Some(program) = Running::python(script, &address.port().to_string()) else {
        return skipped("no python3");
    };
    let (_kept, row) = client_end(&gateway, address);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let state = || system().facts(program.pid()).unwrap().unwrap().state;
    while state() != Some(ibdoc::machine::process::RunState::Zombie) {
        assert!(
            std::time::Instant::now() < deadline,
            "the main thread goes on"
        );
        std::thread::yield_now();
    }
    for search in BOTH {
        let owners = system().owners(std::slice::from_ref(&row), search).unwrap();
        assert_eq!(
            owners.of(0, &row),
            Ownership::Held(&[program.pid()]),
            "{search:?}"
        );
    }
    let rows = [row];
    assert_eq!(
        system().held(program.pid(), &rows).unwrap().unwrap().len(),
        1
    );
}

#[test]
fn the_socket_of_another_user_is_hidden_and_not_without_owner() {
    if !rustix::process::geteuid().is_root() {
        return skipped("only root can look with another user's eyes");
    }
    let (gateway, address) = listener();
    let script = "import socket,sys\n\
                  s=socket.create_connection(('127.0.0.1',int(sys.argv[1])))\n\
                  print('ready',flush=True)\n\
                  sys.stdin.read()";
    let Some(_program) = Running::python(script, &address.port().to_string()) else {
        return skipped("no python3");
    };
    let (_kept, row) = client_end(&gateway, address);
    // The identity of one thread only; it ends with the closure.
    let owners = std::thread::scope(|scope| {
        let look = || {
            let nobody = rustix::process::Uid::from_raw(65534);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            system()
                .owners(std::slice::from_ref(&row), Search::First)
                .unwrap()
        };
        scope.spawn(look).join().unwrap()
    });
    assert_eq!(owners.of(0, &row), Ownership::Hidden);
    assert!(!owners.unreadable.is_empty());
    assert!(!owners.is_complete());
}

/// A process in a `/proc` made for the test.
fn process(root: &Path, pid: u32, name: &str, descriptors: &str, inodes: &[u64]) {
    let directory = root.join(pid.to_string());
    fs::create_dir_all(directory.join("fd")).unwrap();
    fs::create_dir_all(directory.join("task").join(pid.to_string())).unwrap();
    fs::create_dir_all(directory.join(descriptors)).unwrap();
    fs::write(directory.join("comm"), format!("{name}\n")).unwrap();
    symlink(Path::new("/usr/bin").join(name), directory.join("exe")).unwrap();
    let stat = format!("{pid} ({name}) S 1 {pid} {pid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0");
    fs::write(directory.join("stat"), stat).unwrap();
    symlink("/etc/hostname", directory.join(descriptors).join("0")).unwrap();
    symlink("socket:[x]", directory.join(descriptors).join("1")).unwrap();
    for (number, inode) in (7..).zip(inodes) {
        let link = directory.join(descriptors).join(number.to_string());
        symlink(format!("socket:[{inode}]"), link).unwrap();
    }
}

fn socket_with(inode: Option<u64>) -> Socket {
    let (_listener, address) = listener();
    let row = sockets::system().listener(address).unwrap().unwrap();
    Socket { inode, ..row }
}

#[test]
fn a_tree_made_for_the_test_is_read_like_the_real_one() {
    let root = tempfile::tempdir().unwrap();
    process(root.path(), 1, "init", "fd", &[]);
    process(root.path(), 20, "python3", "fd", &[100, 100, 200]);
    process(root.path(), 30, "worker", "fd", &[200]);
    process(root.path(), 40, "half-dead", "task/41/fd", &[300]);
    fs::create_dir_all(root.path().join("irq")).unwrap();
    let source = Proc::at(root.path());
    let sockets = [Some(100), Some(200), Some(300), Some(400), Some(0), None].map(socket_with);
    let owners = source.owners(&sockets, Search::Every).unwrap();
    let of = |index: usize| owners.of(index, &sockets[index]);
    assert_eq!(of(0), Ownership::Held(&[Pid(20)]));
    assert_eq!(of(1), Ownership::Held(&[Pid(20), Pid(30)]));
    assert_eq!(of(2), Ownership::Held(&[Pid(40)]));
    assert_eq!(of(3), Ownership::Unheld);
    assert_eq!(of(4), Ownership::Kernel);
    assert_eq!(of(5), Ownership::Hidden, "this source cannot tell");
    // Likely names come first, so the worker with the higher pid is not asked.
    let first = source.owners(&sockets[..2], Search::First).unwrap();
    assert_eq!(first.of(1, &sockets[1]), Ownership::Held(&[Pid(20)]));
    assert!(source.held(Pid(99), &sockets).unwrap().is_none());
}

#[test]
fn workers_that_run_the_same_program_are_found_without_a_look_at_all_others() {
    let root = tempfile::tempdir().unwrap();
    process(root.path(), 1, "init", "fd", &[]);
    process(root.path(), 10, "python3", "fd", &[200]);
    process(root.path(), 20, "python3", "fd", &[100, 200]);
    process(root.path(), 30, "worker", "fd", &[200]);
    let source = Proc::at(root.path());
    let sockets = [Some(100), Some(200)].map(socket_with);
    let related = source.owners(&sockets, Search::Related).unwrap();
    assert_eq!(related.of(0, &sockets[0]), Ownership::Held(&[Pid(20)]));
    let both = [Pid(10), Pid(20)];
    assert_eq!(related.of(1, &sockets[1]), Ownership::Held(&both));
}

#[test]
fn a_program_that_a_client_has_started_and_its_client_are_found_together() {
    let (gateway, address) = listener();
    // Another program, which has got the socket as from a client in C that marks nothing close-on-exec.
    let script = "import socket,subprocess,sys\n\
                  s=socket.create_connection(('127.0.0.1',int(sys.argv[1])))\n\
                  s.set_inheritable(True)\n\
                  child=subprocess.Popen(['sh','-c','cat; true'],stdin=0,close_fds=False)\n\
                  print(child.pid,flush=True)\n\
                  child.wait()";
    let Some(client) = Running::python(script, &address.port().to_string()) else {
        return skipped("no python3");
    };
    let shell = Pid(client.said.parse().unwrap());
    let (_kept, row) = client_end(&gateway, address);
    let rows = [row];
    eventually("the client, its shell and the shell's cat", || {
        let owners = system().owners(&rows, Search::Related).unwrap();
        let holders = &owners.holders[0];
        let both = [client.pid(), shell].iter().all(|it| holders.contains(it));
        (both && holders.len() == 3).then_some(())
    });
}

#[test]
fn what_fails_while_a_process_is_read_does_not_mean_that_it_has_ended() {
    let sockets = [socket_with(Some(100))];
    for broken in ["fd", "task", "task/21/fd"] {
        let root = tempfile::tempdir().unwrap();
        process(root.path(), 1, "init", "fd", &[]);
        process(root.path(), 20, "server", "task/21/fd", &[100]);
        process(root.path(), 30, "client", "fd", &[100]);
        // Whoever opens this gets ELOOP, as EMFILE where no descriptor is left.
        let path = root.path().join("20").join(broken);
        fs::remove_dir_all(&path).unwrap();
        symlink(&path, &path).unwrap();
        let source = Proc::at(root.path());
        let owners = source.owners(&sockets, Search::Every).unwrap();
        assert_eq!(owners.of(0, &sockets[0]), Ownership::Held(&[Pid(30)]));
        assert_eq!(owners.unreadable, [Pid(20)], "{broken}");
        let missed = owners.missed.as_deref().unwrap_or_default();
        assert!(missed.contains("pid 20 could not be read"), "{owners:?}");
        assert!(!owners.is_complete());
        fs::remove_dir_all(root.path().join("20")).unwrap();
        let owners = source.owners(&sockets, Search::Every).unwrap();
        assert_eq!((owners.unreadable.len(), owners.missed), (0, None));
    }
}

#[test]
fn without_sockets_there_is_no_search() {
    let root = tempfile::tempdir().unwrap();
    let owners = Proc::at(root.path()).owners(&[], Search::First).unwrap();
    assert!(owners.holders.is_empty() && !owners.invisible);
}

#[test]
fn without_pid_1_in_sight_a_missing_owner_is_hidden() {
    let root = tempfile::tempdir().unwrap();
    process(root.path(), 20, "python3", "fd", &[100]);
    let sockets = [socket_with(Some(400))];
    let owners = Proc::at(root.path())
        .owners(&sockets, Search::Every)
        .unwrap();
    assert!(owners.invisible);
    assert_eq!(owners.of(0, &sockets[0]), Ownership::Hidden);
    assert!(owners.unreadable.is_empty());
}

#[test]
fn a_missing_proc_is_an_error() {
    let source = Proc::at("/nonexistent");
    assert!(
        source
            .owners(&[socket_with(Some(1))], Search::First)
            .is_err()
    );
    assert!(source.facts(own()).is_err() && source.gateways().is_err());
}

#[test]
fn a_process_with_more_capabilities_is_unreadable_and_not_one_without_sockets() {
    if !rustix::process::geteuid().is_root() {
        return skipped("only root can give capabilities away");
    }
    let (_listener, address) = listener();
    let row = sockets::system().listener(address).unwrap().unwrap();
    let mut sleep = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    let pid = Pid(sleep.id());
    let looked = std::thread::spawn(move || {
        let none = rustix::thread::CapabilitySet::empty();
        let none = rustix::thread::CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        };
        rustix::thread::set_capabilities(None, none).unwrap();
        let owners = system()
            .owners(std::slice::from_ref(&row), Search::Every)
            .unwrap();
        (owners, system().held(pid, &[row]).unwrap().is_none())
    });
    let (owners, unknown) = looked.join().unwrap();
    sleep.kill().unwrap();
    sleep.wait().unwrap();
    assert!(owners.unreadable.contains(&pid), "{owners:?}");
    assert!(unknown, "its sockets cannot be read either");
}
