//! What a watch does once in a second: whether it ran all the time, and the look that is due.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::Course;
use crate::event::{Event, Events, LostTime};
use crate::machine::path;
use crate::text::clock::with_millis;
use crate::watch::keep::Post;
use crate::watch::{awake, look};

/// Between two questions whether a port is forwarded, and where its relay leads.
const FORWARD_EVERY: Duration = Duration::from_secs(60);

impl Course {
    /// Whether all the time was watched, and the look if one is due.
    pub(super) fn beat(&mut self, events: Events<'_>) {
        let now = Instant::now();
        if let Some(lost) = self.pulse.beat(now, awake()) {
            let (times, all) = self.lost.get();
            self.lost.set((times + 1, all + lost));
            let time = with_millis(SystemTime::now());
            events(Event::LostTime(LostTime { time, lost }));
            for post in self.posts.iter() {
                post.monitor.borrow_mut().lost_time(now);
            }
        }
        for post in self.posts.iter() {
            post.pulse.set(self.pulse);
            post.monitor.borrow_mut().settle();
        }
        self.search_jvm(now);
        // What is gone or silent is looked at more often.
        let is_urgent = |post: &Rc<Post>| {
            let monitor = post.monitor.borrow();
            monitor.is_absent() || monitor.is_silent()
        };
        let soon = self.next_look - self.plan.pace.look + self.plan.pace.look_absent;
        if now >= self.next_look || now >= soon && self.posts.iter().any(is_urgent) {
            self.look();
        }
    }

    /// One look for all Gateways of this machine.
    pub(super) fn look(&mut self) {
        let now = Instant::now();
        self.next_look = now + self.plan.pace.look;
        if now >= self.next_forward {
            self.next_forward = now + FORWARD_EVERY;
            self.forget_forwarded();
            self.look_along();
        }
        let addresses: Vec<SocketAddr> = self.local.iter().map(|local| local.address).collect();
        let mut seen = look(self.world.table.as_ref(), &addresses).map(Vec::into_iter);
        for local in &self.local {
            let one = match &mut seen {
                Ok(seen) => seen.next().ok_or_else(|| "no look".to_owned()),
                Err(error) => Err(error.clone()),
            };
            let one = one.map(|seen| match &local.behind {
                Some(hop) => seen.in_front_of(&self.world, hop),
                None => seen,
            });
            let mut monitor = self.posts[local.place].monitor.borrow_mut();
            monitor.saw(one);
        }
        self.read_jvms(now);
        self.look_at_clients(now);
    }

    /// Where a relay listens, its queue and its sockets tell nothing of the Gateway behind it.
    fn look_along(&mut self) {
        for local in &mut self.local {
            let path = path::trace(&self.world, local.address);
            local.behind = path.and_then(|path| path.behind().cloned());
        }
    }

    /// What the packet filter forwards is not seen in this machine's table.
    fn forget_forwarded(&mut self) {
        let world = self.world.as_ref();
        let posts = &self.posts;
        self.local.retain(|local| {
            let address = local.address;
            let listens = world.table.listener(address);
            let leads_on = || {
                path::trace(world, address).is_some()
                    || path::forwarded_to_nothing(world, address).is_some()
            };
            let is_seen = match listens {
                Ok(Some(_)) => !path::leads_past(address),
                Ok(None) => !leads_on(),
                Err(_) => true,
            };
            if !is_seen {
                posts[local.place].monitor.borrow_mut().leave_sight();
            }
            is_seen
        });
    }
}
