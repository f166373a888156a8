//! The course of a watch: one task for each Gateway, one look at the socket table for all, and what
//! is told meanwhile.

mod beat;
mod clients;
mod jvm;
mod maker;
mod plan;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use self::jvm::JvmPlace;
use self::maker::{Maker, sum, unseen};
use self::plan::local;
pub use self::plan::{Metrics, Outlets, Save, SoFar, WatchPlan, Watched};
use super::keep::{Post, freshen, keep};
use super::monitor::Monitor;
use super::{Alarm, BEAT, Lock, Pulse, awake, serve, since_1970};
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events, Footprint, GatewaysWatched, State};
use crate::finding::Finding;
use crate::finding::verdict::ExitStatus;
use crate::handshake::footprint::Ledger;
use crate::machine::World;
use crate::machine::path::Hop;
use crate::report::Watch;
use crate::report::privacy::Accounts;
use crate::target::{ClientIds, Target};
use crate::text::words::joined;

/// How long the sessions have to close at the end.
const CLOSING: Duration = Duration::from_secs(5);

/// Watches until it is interrupted or its deadline has come.
pub async fn run(
    plan: &Rc<WatchPlan>,
    world: &Rc<World>,
    interrupt: Interrupt,
    outlets: Outlets<'_>,
    events: Events<'_>,
) -> Watched {
    let tasks = LocalSet::new();
    let course = Course::new(plan, world, interrupt);
    tasks.run_until(course.run(outlets, events)).await
}

/// A Gateway of this machine.
struct Local {
    /// Its place among the posts.
    place: usize,
    address: SocketAddr,
    /// The Gateway's own listener, where a relay listens on the address.
    behind: Option<Hop>,
}

/// A watch under way.
struct Course {
    plan: Rc<WatchPlan>,
    world: Rc<World>,
    interrupt: Interrupt,
    posts: Rc<[Rc<Post>]>,
    told: UnboundedReceiver<Event>,
    accounts: Accounts,
    pulse: Pulse,
    lost: Rc<Cell<(u32, Duration)>>,
    /// The Gateways of this machine.
    local: Vec<Local>,
    /// Their JVMs, those behind a packet filter too.
    jvms: Vec<JvmPlace>,
    /// When the clients of each may be looked at again.
    next_inspections: Vec<Instant>,
    next_look: Instant,
    next_forward: Instant,
}

impl Course {
    fn new(plan: &Rc<WatchPlan>, world: &Rc<World>, interrupt: Interrupt) -> Self {
        let (tell, told) = unbounded_channel();
        let now = Instant::now();
        let pulse = Pulse::new(now, awake());
        let post = |target: &Target| {
            let name = target.to_string();
            let lock = Lock::of(&name);
            let lock = lock.inspect_err(|error| tracing::warn!(%error, "no lock for {name}"));
            let restart = plan.restart.clone();
            Rc::new(Post {
                monitor: RefCell::new(Monitor::new(name, plan.pace, restart, tell.clone())),
                pace: plan.pace,
                pulse: Cell::new(pulse),
                lock: lock.ok(),
            })
        };
        let places = plan.targets.iter().enumerate();
        let local: Vec<Local> = places
            .filter_map(|(place, target)| {
                let (address, behind) = (local(target)?, None);
                Some(Local {
                    place,
                    address,
                    behind,
                })
            })
            .collect();
        let jvms = local.iter();
        let jvms = jvms.map(|local| JvmPlace::new(local.place, local.address, now));
        Self {
            posts: plan.targets.iter().map(post).collect(),
            plan: Rc::clone(plan),
            world: Rc::clone(world),
            interrupt,
            told,
            accounts: Accounts::default(),
            pulse,
            lost: Rc::default(),
            jvms: jvms.collect(),
            local,
            next_inspections: vec![now; plan.targets.len()],
            next_look: now,
            next_forward: now,
        }
    }

    async fn run(mut self, mut outlets: Outlets<'_>, events: Events<'_>) -> Watched {
        let listener = outlets.listener.take();
        let metrics = listener.as_ref().and_then(|it| it.local_addr().ok());
        events(Event::GatewaysWatched(GatewaysWatched {
            targets: self.plan.targets.iter().map(ToString::to_string).collect(),
            metrics: metrics.map(|address| format!("http://{address}/metrics")),
        }));
        self.look();
        let (stop, stopped) = Interrupt::by_hand();
        let tasks: Vec<_> = (0..self.posts.len())
            .map(|place| self.watch_one(place, stopped.clone()))
            .collect();
        let server = listener.map(|listener| self.serve(listener, &outlets));
        let alarm = Alarm::new(outlets.hook.as_ref().and_then(|(_, every)| *every));
        let status = self.go_on(&mut outlets, alarm, events).await;
        outlets.notify.tell("STOPPING=1");
        stop.raise(status);
        if let Some(server) = server {
            server.abort();
        }
        let mut footprint = Footprint::NONE;
        for task in tasks {
            let done = timeout(CLOSING, task).await;
            let own = done.ok().and_then(Result::ok);
            footprint = own.map_or(unseen(footprint), |own| sum(footprint, own));
        }
        if let Some((hook, _)) = &mut outlets.hook {
            hook.finish();
        }
        let hook = outlets.hook.as_ref().map(|(hook, _)| hook.counts());
        let mut watch = self.figures();
        watch.hook = hook.unwrap_or_default();
        let worst = self
            .posts
            .iter()
            .map(|post| post.monitor.borrow().standing().state);
        Watched {
            state: worst.max().unwrap_or_default(),
            findings: self.findings(),
            watch,
            footprint,
        }
    }

    /// Beats, looks and tells until it is over.
    async fn go_on(
        &mut self,
        outlets: &mut Outlets<'_>,
        mut alarm: Alarm,
        events: Events<'_>,
    ) -> ExitStatus {
        let mut interrupt = self.interrupt.clone();
        let over_at = self.plan.deadline;
        let over = async {
            match over_at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(over);
        let mut beats = interval(BEAT.min(self.plan.pace.look_absent));
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut due: Vec<Instant> = outlets.saves.iter().map(|_| Instant::now()).collect();
        let mut watchdog = Instant::now();
        outlets.notify.tell("READY=1");
        loop {
            tokio::select! {
                biased;
                status = interrupt.received() => return status,
                // No signal: what was under way did not end in time.
                () = &mut over => return ExitStatus::CouldNotLook,
                Some(event) = self.told.recv() => {
                    self.tell(event, outlets, &mut alarm, events);
                    outlets.notify.tell(&format!("STATUS={}", self.status()));
                }
                _ = beats.tick() => {
                    self.beat(events);
                    self.save(outlets, &mut due);
                    let now = Instant::now();
                    if let Some((hook, _)) = &outlets.hook {
                        alarm.due(now).iter().for_each(|change| hook.call(change));
                    }
                    if let Some(every) = outlets.notify.watchdog().filter(|_| now >= watchdog) {
                        outlets.notify.tell("WATCHDOG=1");
                        watchdog = now + every.saturating_sub(BEAT);
                    }
                }
            }
        }
    }

    fn tell(&mut self, event: Event, outlets: &Outlets<'_>, alarm: &mut Alarm, events: Events<'_>) {
        match &event {
            Event::Accounts(named) => self.accounts.learn(named),
            Event::State(change) if alarm.takes(change, Instant::now()) => {
                if let Some((hook, _)) = &outlets.hook {
                    let mut change = change.clone();
                    change.reason = self.accounts.mask(&change.reason);
                    hook.call(&change);
                }
            }
            _ => {}
        }
        events(event);
    }

    fn save(&self, outlets: &mut Outlets<'_>, due: &mut [Instant]) {
        let now = Instant::now();
        let hook = outlets.hook.as_ref().map(|(hook, _)| hook.counts());
        for ((every, save), due) in outlets.saves.iter_mut().zip(due) {
            if now < *due {
                continue;
            }
            *due = now + *every;
            let mut watch = self.figures();
            watch.hook = hook.unwrap_or_default();
            save(&SoFar {
                watch,
                findings: self.findings(),
                accounts: &self.accounts,
            });
        }
    }

    /// The task of one Gateway, which returns what was done to it.
    fn watch_one(&self, place: usize, stopped: Interrupt) -> JoinHandle<Footprint> {
        let (plan, world) = (Rc::clone(&self.plan), Rc::clone(&self.world));
        let post = Rc::clone(&self.posts[place]);
        tokio::task::spawn_local(async move {
            let target = &plan.targets[place];
            let maker = |ledger| Maker {
                world: &world,
                plan: &plan,
                target,
                ids: ClientIds::from_random_start(),
                ledger,
            };
            let (mut held, mut fresh) = (maker(Ledger::default()), maker(Ledger::default()));
            let mut interrupt = stopped.clone();
            let keeping = keep(
                &post,
                async |hold, stop, events: Events<'_>| held.hold(hold, stop, events).await,
                &mut interrupt,
            );
            let handshake = async |events: Events<'_>| fresh.fresh(stopped.clone(), events).await;
            tokio::select! {
                biased;
                () = Box::pin(keeping) => {}
                () = Box::pin(freshen(&post, handshake)) => {}
            }
            sum(held.footprint(), fresh.footprint())
        })
    }

    fn serve(&self, listener: TcpListener, outlets: &Outlets<'_>) -> JoinHandle<()> {
        let (posts, lost) = (Rc::clone(&self.posts), Rc::clone(&self.lost));
        let (plan, metrics) = (Rc::clone(&self.plan), Rc::clone(&outlets.metrics));
        let text = move |is_open: bool| metrics(&figures(&plan, &posts, lost.get()), is_open);
        tokio::task::spawn_local(serve(listener, Rc::new(text)))
    }

    fn figures(&self) -> Watch {
        figures(&self.plan, &self.posts, self.lost.get())
    }

    fn findings(&self) -> Vec<Finding> {
        let findings = self
            .posts
            .iter()
            .map(|post| post.monitor.borrow().finding());
        findings.flatten().collect()
    }

    /// How the Gateways do, in a line.
    fn status(&self) -> String {
        let in_state = |state| {
            let of_it = |post: &&Rc<Post>| post.monitor.borrow().standing().state == state;
            (self.posts.iter().filter(of_it).count(), state)
        };
        let counts = State::ALL
            .into_iter()
            .map(in_state)
            .filter(|(count, _)| *count > 0);
        joined(counts.map(|(count, state)| format!("{count} {}", state.name())))
    }
}

fn figures(plan: &WatchPlan, posts: &[Rc<Post>], (lost_times, lost): (u32, Duration)) -> Watch {
    Watch {
        at_seconds: since_1970(SystemTime::now()),
        restart_at: plan.restart.as_ref().map(ToString::to_string),
        lost_times,
        lost,
        targets: posts
            .iter()
            .map(|post| post.monitor.borrow().report())
            .collect(),
        ..Watch::default()
    }
}
