//! The way to a Gateway: who listens, and where a relay passes on, hop by hop, through the network
//! namespaces of this machine.

mod behind;
mod container;
mod doors;
mod hops;
mod obstacle;
mod trace;

pub use self::container::id as container_id;
pub use self::doors::{Door, doors};
pub use self::hops::{End, Hop, Path};
pub use self::obstacle::{Obstacle, Trouble, Wake, half_closed, obstacle, stopped};
pub use self::trace::{is_passed_on, trace};
