//! What a program does instead of reading: looked at once in a run, while bytes lie unread.

use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;

use super::looks::Looks;
use crate::diagnosis::client::{Who, told};
use crate::machine::World;
use crate::machine::inspect::Which;
use crate::machine::pid::Pid;
use crate::machine::sockets::Ports;
use crate::report::InspectedClient;

/// The look, before, while and after it is made.
#[derive(Default)]
pub(super) enum Silence<'a> {
    /// Nothing has lain unread for long enough.
    #[default]
    NotYet,
    /// It takes about a second.
    Looking(Pin<Box<dyn Future<Output = Option<Box<InspectedClient>>> + 'a>>),
    /// The client that read nothing, if it still did so then.
    Seen(Option<Box<InspectedClient>>),
}

impl<'a> Silence<'a> {
    /// Begins to look if bytes lie unread.
    pub(super) fn begin(&mut self, looks: &Looks<'a>) {
        if matches!(self, Self::NotYet) && looks.unread() > Some(0) {
            let (ports, family) = (looks.ports.clone(), looks.family());
            *self = Self::Looking(Box::pin(look(looks.world, ports, family)));
        }
    }

    /// Goes on looking; never ends where no look is being made.
    pub(super) async fn ends(&mut self) {
        let Self::Looking(looking) = self else {
            return pending().await;
        };
        let seen = looking.await;
        *self = Self::Seen(seen);
    }

    /// What was seen.
    pub(super) fn seen(self) -> Option<Box<InspectedClient>> {
        match self {
            Self::Seen(seen) => seen,
            Self::NotYet | Self::Looking(_) => None,
        }
    }
}

async fn look(world: &World, ports: Ports, family: Vec<Pid>) -> Option<Box<InspectedClient>> {
    let which = Which {
        ports,
        ..Which::default()
    };
    let inspected = world.inspect(&which, Duration::ZERO, None).await.ok()?;
    let mut clients = inspected.clients.iter();
    clients.find_map(|client| {
        let told = told(client, Who::default());
        let is_it = family.contains(&told.pid) && told.conduct.is_silent();
        is_it.then(|| Box::new(told))
    })
}
