//! Who may hold a socket unseen: processes whose descriptors cannot be read.
//!
//! A socket is held by who created it and by who got it from a holder, at a fork most often. The
//! processes between the two may have ended, and each may have begun a session of its own; so
//! neither parents nor sessions nor ages show that two processes have nothing in common. Users do:
//! the kernel keeps the user who created a socket (its inode's owner), and an ordinary process
//! cannot change its own. So a process may hold the socket of another unseen if it is near it or
//! goes by the same user id, and a socket that another user created says itself that it was handed
//! down.
//!
//! Two things are not guarded against. A process may have created the socket as the user and be
//! wholly another's by now, as a file server is, or have given it away by `fchown`; and a program
//! that the user started as another one (`su`) may have inherited it.

use crate::machine::pid::Pid;
use crate::machine::process::Facts;
use crate::machine::sockets::Socket;

/// Programs of a login, by the names that the kernel gives them: they are their user's, only root
/// may read them, and they neither connect for another program nor run one on a connection of theirs.
const OF_A_LOGIN: [&str; 5] = [
    "(sd-pam)",
    "sshd",
    "sshd-session",
    "ssh-agent",
    "gnome-keyring-d",
];

/// Whether a process whose descriptors cannot be read may hold the sockets of `holder` too.
///
/// Its family, its session and group may, and any process that goes by the same user id in whatever way.
pub fn may_share(unread: &Facts, holder: &Facts) -> bool {
    let same = |ours: Option<Pid>, theirs: Option<Pid>| match (ours, theirs) {
        (Some(ours), Some(theirs)) => ours == theirs && ours.0 != 0,
        _ => true,
    };
    // A group is part of one session: where it was not read, another session is another group.
    let sessions = unread.session.zip(holder.session);
    let groups = unread.group.zip(holder.group);
    let apart = groups.is_none() && sessions.is_some_and(|(theirs, its)| theirs != its);
    let is_parent = holder.parent == Some(unread.id.pid) && unread.id.pid.0 > 1;
    same(unread.session, holder.session)
        || !apart && same(unread.group, holder.group)
        || same(unread.parent, Some(holder.id.pid))
        || is_parent
        || is_of_user(unread, holder.uid) && !is_harmless(unread)
}

/// Whether the process goes by this user id, or may do so.
fn is_of_user(unread: &Facts, user: Option<u32>) -> bool {
    match (&unread.users, user) {
        (Some(users), Some(user)) => users.contains(&user),
        _ => true,
    }
}

/// Whether it has no part in connections of others. The machine's first process hands down none:
/// where it does, in a container, the processes outside are out of view and none is ended.
fn is_harmless(unread: &Facts) -> bool {
    unread.id.pid == Pid(1) || OF_A_LOGIN.contains(&unread.name.as_str())
}

/// Why the socket may be another's, by the user who created it; `None` if that is the holder's.
pub(super) fn created_by_another(socket: &Socket, holder: &Facts) -> Option<&'static str> {
    match (socket.uid, holder.uid) {
        (Some(created), Some(holds)) if created != holds => {
            Some("its socket was opened by another user's process, which may hold it too")
        }
        (Some(_), Some(_)) => None,
        // A table that names the holders itself knows no users of sockets.
        _ if socket.pids.is_some() => None,
        _ => Some("who opened its socket is not known"),
    }
}
