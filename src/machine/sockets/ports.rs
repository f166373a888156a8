//! A small set of TCP ports.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// A set of TCP ports, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports(BTreeSet<u16>);

impl Ports {
    /// The ports in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().copied()
    }

    /// Whether `port` is in the set.
    pub fn contains(&self, port: u16) -> bool {
        self.0.contains(&port)
    }

    /// Whether the set is empty: a snapshot for it has no rows.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many ports there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds one port.
    pub fn insert(&mut self, port: u16) {
        self.0.insert(port);
    }

    /// At most `limit` ranges that cover every port; beyond the limit one range covers all.
    #[cfg_attr(
        not(any(target_os = "linux", test)),
        expect(dead_code, reason = "only the Linux kernel filters by range")
    )]
    pub(crate) fn ranges(&self, limit: usize) -> Vec<RangeInclusive<u16>> {
        let mut ranges: Vec<RangeInclusive<u16>> = Vec::new();
        for port in self.iter() {
            match ranges.last_mut() {
                Some(last) if last.end().checked_add(1) == Some(port) => {
                    *last = *last.start()..=port;
                }
                _ => ranges.push(port..=port),
            }
        }
        if ranges.len() > limit
            && let (Some(first), Some(last)) = (self.0.first(), self.0.last())
        {
            return vec![*first..=*last];
        }
        ranges
    }
}

impl FromIterator<u16> for Ports {
    fn from_iter<I: IntoIterator<Item = u16>>(ports: I) -> Self {
        Self(ports.into_iter().collect())
    }
}

impl<const N: usize> From<[u16; N]> for Ports {
    fn from(ports: [u16; N]) -> Self {
        ports.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_sorted_and_unique() {
        let mut ports = Ports::from([4002, 4001, 4002]);
        ports.insert(7497);
        ports.insert(4001);
        assert_eq!(ports.iter().collect::<Vec<_>>(), [4001, 4002, 7497]);
        assert!(ports.contains(7497) && !ports.contains(7496));
    }

    #[test]
    fn neighbours_share_a_range_up_to_the_last_port() {
        let ports = Ports::from([4001, 4002, 7496, 65534, 65535]);
        assert_eq!(ports.ranges(8), [4001..=4002, 7496..=7496, 65534..=65535]);
    }

    #[test]
    fn too_many_ranges_become_one_that_covers_them() {
        let ports = Ports::from([10, 20, 30]);
        assert_eq!(ports.ranges(2), [10..=30]);
        assert!(Ports::default().ranges(0).is_empty());
    }
}
