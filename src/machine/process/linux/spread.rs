//! One walk over the processes, shared out among the cores.

use std::num::NonZero;
use std::thread::Builder;

use crate::machine::pid::Pid;

/// Fewer processes than this are read faster than a second thread starts (50 µs).
const WORTH_A_THREAD: usize = 200;
/// More readers than this get in each other's way in the kernel's tables.
const MOST_THREADS: usize = 4;

/// Calls `walk` once a thread with its share of `pids`, and returns what each has found.
pub(super) fn spread<T: Send>(
    pids: &[Pid],
    walk: impl Fn(&mut dyn Iterator<Item = Pid>) -> T + Sync,
) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(MOST_THREADS).min(1 + pids.len() / WORTH_A_THREAD);
    let share = |start: usize| walk(&mut pids.iter().skip(start).step_by(threads).copied());
    let share = &share;
    std::thread::scope(|scope| {
        let start = |number: usize| Builder::new().spawn_scoped(scope, move || share(number));
        let others: Vec<_> = (1..threads).map(|number| (number, start(number))).collect();
        let mut found = vec![share(0)];
        for (number, other) in others {
            // The share of a thread that could not be started is read here, where there may be no
            // more of them (`RLIMIT_NPROC`, `pids.max`).
            let told = other.ok().and_then(|other| other.join().ok());
            found.push(told.unwrap_or_else(|| share(number)));
        }
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_is_in_one_share() {
        for count in [0, 1, 199, 200, 2001] {
            let pids: Vec<Pid> = (1..=count).map(Pid).collect();
            let shares = spread(&pids, |share| share.collect::<Vec<_>>());
            let mut all = shares.concat();
            all.sort_unstable();
            assert_eq!(all, pids);
        }
    }
}
