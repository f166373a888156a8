//! The way to a Gateway: who listens, and where a relay passes on, hop by hop, through the network
//! namespaces of this machine.

mod behind;
mod container;
mod doors;
mod hops;
mod name;
mod obstacle;
mod own_port;
mod seat;
mod trace;
mod twins;
mod vacant;
mod ways;

pub use self::behind::is_used;
pub use self::container::{
    exec as container_exec, id as container_id, is_of_cluster, restart as restart_of_container,
};
pub use self::doors::{Door, doors, doors_at};
pub use self::hops::{End, Hop, Path, Place};
pub use self::obstacle::{Obstacle, Trouble, Wake, half_closed, stopped};
pub use self::own_port::{beside, own_port};
pub use self::trace::{is_passed_on, trace, trace_behind};
pub use self::twins::obstacle_at;
pub use self::vacant::{Vacant, forwarded_to_nothing, inside, leads_past};
pub use self::ways::Ways;
