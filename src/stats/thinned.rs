//! An even selection of a series of unknown length, in bounded memory.

/// Keeps every first, second, fourth … value of a series, so that never more than its capacity,
/// at least 2, are kept and they are evenly spread over the whole.
#[derive(Clone, Debug)]
pub struct Thinned<T, const CAPACITY: usize> {
    kept: Vec<T>,
    every: u64,
    seen: u64,
}

impl<T, const CAPACITY: usize> Default for Thinned<T, CAPACITY> {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            every: 1,
            seen: 0,
        }
    }
}

impl<T, const CAPACITY: usize> Thinned<T, CAPACITY> {
    /// Offers the next value; `value` is called only if it is kept.
    pub fn push(&mut self, value: impl FnOnce() -> T) {
        let wanted = self.seen.is_multiple_of(self.every);
        self.seen += 1;
        if !wanted {
            return;
        }
        if self.kept.len() == CAPACITY {
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
        spread::<2>();
        spread::<3>();
        spread::<8>();
        spread::<61>();
    }

    fn spread<const CAPACITY: usize>() {
        let mut thinned = Thinned::<u64, CAPACITY>::default();
        for number in 0..10_000_u64 {
            thinned.push(|| number);
            let kept = thinned.kept();
            assert!(kept.len() <= CAPACITY && kept[0] == 0);
            let step = kept.get(1).map_or(1, |second| second - kept[0]);
            assert!(kept.windows(2).all(|pair| pair[1] - pair[0] == step));
            assert!(
                number - kept[kept.len() - 1] < 2 * step,
                "{number}: {kept:?}"
            );
        }
    }
}
