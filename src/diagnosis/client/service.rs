//! Threads of a runtime that read no connection of the program's.

/// How the names of such threads begin, cut to 15 bytes by the kernel.
const SERVICES: [&str; 41] = [
    // HotSpot.
    "GC Thread",
    "G1 ",
    "ZWorker",
    "ZDriver",
    "ZDirector",
    "ZStat",
    "ZUncommitter",
    "ZUnmapper",
    "XWorker",
    "XD",
    "Shenandoah",
    "VM Thread",
    "VM Periodic",
    "C1 Compiler",
    "C2 Compiler",
    "Sweeper",
    "Signal Dispatch",
    "Finalizer",
    "Reference Handl",
    "Service Thread",
    "Monitor Deflati",
    "Common-Cleaner",
    "Notification Th",
    "Attach Listener",
    "Concurrent ",
    "Gang worker",
    "DestroyJavaVM",
    "StringDedup",
    "Cleaner-",
    // Node, .NET, Mono and jemalloc.
    "libuv-worker",
    "V8Worker",
    "DelayedTaskSche",
    "SignalInspector",
    ".NET SynchManag",
    ".NET EventPipe",
    ".NET SigHandler",
    ".NET Finalizer",
    ".NET Tiered",
    "dotnet-ust",
    "SGen worker",
    "jemalloc_bg",
];

/// Whether a thread of this name reads no connection.
pub(super) fn is_service(name: &str) -> bool {
    SERVICES.iter().any(|service| name.starts_with(service))
}
