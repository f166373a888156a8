//! The port filter as `inet_diag` bytecode, so that the kernel sends only the rows asked for.
//!
//! Each command is `{code: u8, yes: u8, no: u16}`: how many bytes to go forward if it holds and
//! if it does not; ending exactly at the end accepts, four bytes beyond it rejects
//! (`inet_diag_bc_run` and `inet_diag_bc_audit` in `net/ipv4/inet_diag.c`).

use crate::machine::sockets::Ports;

const JUMP: u8 = 1;
const SOURCE_AT_LEAST: u8 = 2;
const SOURCE_AT_MOST: u8 = 3;
const DESTINATION_AT_LEAST: u8 = 4;
const DESTINATION_AT_MOST: u8 = 5;

/// A comparison: the command and a second one that carries the port in its `no`.
const COMPARISON: usize = 8;
/// Two comparisons and a jump to the end.
const CLAUSE: usize = 2 * COMPARISON + 4;
/// The kernel audits in quadratic time; beyond this one range covers all, and rows are
/// filtered again here in any case.
const MOST_RANGES: usize = 64;

/// The bytecode that accepts a socket whose local or remote port is in `ports` (not empty).
pub(super) fn bytecode(ports: &Ports) -> Vec<u8> {
    let ranges = ports.ranges(MOST_RANGES);
    // The last clause needs no jump: falling off its end accepts.
    let total = (2 * ranges.len() * CLAUSE).saturating_sub(4);
    let mut code = Vec::with_capacity(total);
    for range in &ranges {
        for (at_least, at_most) in [
            (SOURCE_AT_LEAST, SOURCE_AT_MOST),
            (DESTINATION_AT_LEAST, DESTINATION_AT_MOST),
        ] {
            let next = code.len() + CLAUSE;
            let reject = if next > total { total + 4 } else { next };
            compare(&mut code, at_least, *range.start(), reject);
            compare(&mut code, at_most, *range.end(), reject);
            if next <= total {
                let here = code.len();
                command(&mut code, JUMP, 4, total - here);
            }
        }
    }
    code
}

fn compare(code: &mut Vec<u8>, what: u8, port: u16, reject: usize) {
    let here = code.len();
    command(code, what, COMPARISON, reject - here);
    command(code, 0, 0, usize::from(port));
}

fn command(code: &mut Vec<u8>, what: u8, yes: usize, no: usize) {
    code.push(what);
    code.push(u8::try_from(yes).unwrap_or(u8::MAX));
    code.extend(u16::try_from(no).unwrap_or(u16::MAX).to_ne_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the kernel does with the bytecode.
    fn accepts(code: &[u8], source: u16, destination: u16) -> bool {
        let mut at = 0;
        while at < code.len() {
            let argument = |at: usize| u16::from_ne_bytes([code[at + 2], code[at + 3]]);
            let port = || argument(at + 4);
            let yes = match code[at] {
                JUMP => false,
                SOURCE_AT_LEAST => source >= port(),
                SOURCE_AT_MOST => source <= port(),
                DESTINATION_AT_LEAST => destination >= port(),
                DESTINATION_AT_MOST => destination <= port(),
                other => panic!("unknown command {other}"),
            };
            at += usize::from(if yes {
                u16::from(code[at + 1])
            } else {
                argument(at)
            });
        }
        at == code.len()
    }

    proptest! {
        #[test]
        fn the_bytecode_accepts_the_ports_and_nothing_else(
            ports in prop::collection::vec(1_u16.., 1..20), source in 0_u16.., other in 0_u16..,
        ) {
            let set: Ports = ports.iter().copied().collect();
            let code = bytecode(&set);
            prop_assert!(accepts(&code, ports[0], other));
            prop_assert!(accepts(&code, source, ports[0]));
            prop_assert_eq!(
                accepts(&code, source, other),
                set.contains(source) || set.contains(other)
            );
        }

        #[test]
        fn many_ports_still_fit_and_are_all_accepted(
            ports in prop::collection::vec(1_u16.., 100..400),
        ) {
            let code = bytecode(&ports.iter().copied().collect());
            prop_assert!(code.len() <= 2 * MOST_RANGES * CLAUSE);
            for port in ports {
                prop_assert!(accepts(&code, port, 0));
            }
        }
    }
}
