//! An even selection of a series of unknown length, in bounded memory.

/// Keeps every first, second, fourth … value of a series, so that never more than its capacity
/// are kept and they are evenly spread over the whole.
#[derive(Clone, Debug)]
pub struct Thinned<T> {
    kept: Vec<T>,
    capacity: usize,
    every: u64,
    seen: u64,
}

impl<T> Thinned<T> {
    /// Keeps at most `capacity` values, and at least half as many once it has seen so many.
    pub fn new(capacity: usize) -> Self {
        Self {
            kept: Vec::new(),
            capacity: capacity.max(2),
            every: 1,
            seen: 0,
        }
    }

    /// Offers the next value; `value` is called only if it is kept.
    pub fn push(&mut self, value: impl FnOnce() -> T) {
        let wanted = self.seen.is_multiple_of(self.every);
        self.seen += 1;
        if !wanted {
            return;
        }
        if self.kept.len() == self.capacity {
            let mut place = 0_usize;
            self.kept.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.every *= 2;
            // With an odd capacity the value is between two that are kept.
            if !(self.seen - 1).is_multiple_of(self.every) {
                return;
            }
        }
        self.kept.push(value());
    }

    /// The values kept, in their order.
    pub fn kept(&self) -> &[T] {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_evenly_spread() {
        for capacity in [2, 3, 8, 61] {
            let mut thinned = Thinned::new(capacity);
            for number in 0..10_000_u64 {
                thinned.push(|| number);
                let kept = thinned.kept();
                assert!(kept.len() <= capacity && kept[0] == 0);
                let step = kept.get(1).map_or(1, |second| second - kept[0]);
                assert!(kept.windows(2).all(|pair| pair[1] - pair[0] == step));
                assert!(
                    number - kept[kept.len() - 1] < 2 * step,
                    "{number}: {kept:?}"
                );
            }
        }
    }
}
