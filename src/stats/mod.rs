//! Counts, percentiles, trends and confidence bounds, as pure functions and in bounded memory.

mod bootstrap;
mod bound;
mod buckets;
mod fisher;
mod samples;
mod thinned;
mod trend;

pub use bootstrap::{Interval, difference_of_medians, median};
pub use bound::failure_rate_upper_95;
pub use buckets::{Bucket, Buckets};
pub use fisher::{Share, fisher_exact, least_p};
pub(crate) use samples::readable;
pub use samples::{Bin, Samples, Summary};
pub use thinned::Thinned;
pub use trend::{Drift, Stretch, Trend};
