//! What a session is used for once its handshake is done: held, or serving.

use std::cell::Cell;

use super::{Attempt, Attempter};
use crate::event::Events;
use crate::session::HoldPlan;
use crate::session::serving::Desk;
use crate::target::{ClientId, ClientIds, Target};

/// What a session is used for.
#[derive(Clone, Copy)]
pub(super) enum Use<'a> {
    /// It is held, with time requests and fetches.
    Hold(HoldPlan),
    /// It answers what is asked at the desk.
    Serve(&'a Desk),
}

/// The same, with whether it has begun: from then on a signal does not end the handshake.
pub(super) type Usage<'a> = Option<(Use<'a>, &'a Cell<bool>)>;

impl Attempter<'_> {
    /// Runs one handshake, under a free client id where that is wanted, and lets its session serve at
    /// the desk until that stops it or the other side ends it.
    pub async fn serve(
        &mut self,
        target: &Target,
        (id, ids): (ClientId, &mut ClientIds),
        desk: &Desk,
        events: Events<'_>,
    ) -> Attempt {
        let usage = Some(Use::Serve(desk));
        match id {
            ClientId::Auto => self.use_with_free_id(target, ids, usage, events).await,
            ClientId::Fixed(id) => self.use_session(target, id, usage, events).await,
        }
    }
}
