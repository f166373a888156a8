//! What `ibdoc --version -v` tells of the program itself, for reports of a defect.

use std::env::consts::{ARCH, OS};
use std::ffi::OsString;

use crate::report::SCHEMA;
use crate::wire::VersionRange;

/// The facts, a line each: version, system, how it was built, what it speaks.
pub fn build_facts() -> String {
    let environment = if cfg!(target_env = "musl") {
        " musl"
    } else if cfg!(target_env = "gnu") {
        " gnu"
    } else if cfg!(target_env = "msvc") {
        " msvc"
    } else {
        ""
    };
    let build = if cfg!(debug_assertions) {
        "for development"
    } else {
        "optimised"
    };
    let second_opinion = if cfg!(feature = "ibapi") {
        "with the client library ibapi"
    } else {
        "without the client library ibapi"
    };
    let reader = if cfg!(target_os = "linux") {
        "inet_diag and /proc"
    } else {
        "netstat2 and sysinfo"
    };
    let version = env!("CARGO_PKG_VERSION");
    let spoken = VersionRange::SPOKEN;
    format!(
        "ibdoc {version}\nsystem:       {ARCH} {OS}{environment}\nbuild:        {build}, {second_opinion}\n\
         sockets:      read from {reader}\nAPI versions: {spoken}\nJSON:         {SCHEMA}\n"
    )
}

/// Whether `-v` stands beside `--version`: clap answers the latter before it reads the former.
pub fn is_verbose(arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.skip(1).any(|argument| {
        let argument = argument.to_string_lossy();
        let short = argument
            .strip_prefix('-')
            .filter(|rest| !rest.starts_with('-'));
        argument == "--verbose" || short.is_some_and(|letters| letters.contains('v'))
    })
}
