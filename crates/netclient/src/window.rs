//! A window of recent measurements, with percentiles.

/// How many measurements are kept: about a second at sixty per second.
const LEN: usize = 64;

/// The newest measurements.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    values: [f32; LEN],
    len: usize,
    next: usize,
}

impl Window {
    pub(crate) const fn new() -> Self {
        Self {
            values: [0.0; LEN],
            len: 0,
            next: 0,
        }
    }

    pub(crate) fn push(&mut self, value: f32) {
        self.values[self.next] = value;
        self.next = (self.next + 1) % LEN;
        self.len = (self.len + 1).min(LEN);
    }

    /// These percentiles of the measurements; None before the first measurement.
    pub(crate) fn percentiles<const N: usize>(&self, percents: [usize; N]) -> Option<[f32; N]> {
        if self.len == 0 {
            return None;
        }
        let mut sorted = self.values;
        let sorted = &mut sorted[..self.len];
        sort(sorted);
        Some(percents.map(|percent| sorted[((self.len - 1) * percent + 50) / 100]))
    }
}

/// Insertion sort: as fast as `core`'s sort for so short a list, and 4 kB less for a browser to load.
fn sort(values: &mut [f32]) {
    for from in 1..values.len() {
        let mut at = from;
        while at > 0 && values[at] < values[at - 1] {
            values.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_cover_the_newest_measurements() {
        let mut window = Window::new();
        assert_eq!(window.percentiles([50]), None);
        window.push(7.0);
        assert_eq!(window.percentiles([0, 50, 100]), Some([7.0; 3]));
        (0..100).for_each(|value| window.push(value as f32));
        assert_eq!(window.percentiles([0, 50, 100]), Some([36.0, 68.0, 99.0]));
    }
}
