//! How the program is linked.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=IBDOC_PIE");
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|it| it == value);
    // The time zones of the `ibapi` crate are 53,000 pointers. In a program that may be loaded at
    // any address each has to be adjusted at every start: 0.8 ms of 1.4, for a table that only
    // `--as ibapi` reads. Whoever packages it with position independence sets IBDOC_PIE.
    let has_time_zones = env::var_os("CARGO_FEATURE_IBAPI").is_some();
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let is_dynamic = !features.split(',').any(|feature| feature == "crt-static");
    let is_gnu = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    let is_fixed = env::var_os("IBDOC_PIE").is_none();
    if has_time_zones && is_gnu && is_dynamic && is_fixed {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
