//! Settings of the Gateway and of IBC, as far as they concern the API.

pub mod ibc;
pub mod jts;
pub mod stored;
pub mod trusted;
