//! Counts, percentiles, trends and confidence bounds, as pure functions and in bounded memory.

mod bound;
mod samples;
mod thinned;
mod trend;

pub use bound::failure_rate_upper_95;
pub(crate) use samples::readable;
pub use samples::{Bin, Samples, Summary};
pub use thinned::Thinned;
pub use trend::{Drift, Stretch, Trend};
