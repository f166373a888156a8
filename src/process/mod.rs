//! Who a process is.
