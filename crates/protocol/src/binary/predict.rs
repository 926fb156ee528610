//! The value that both sides predict for a field of a seat, an entity or the match.

use game::{Field, Kind, Seat, View};

use super::BASELINE_TICKS_MAX;

/// The snapshots that a delta is based on: the baseline, which it changes, and the reference before
/// it, from which both sides extrapolate movement.
#[derive(Clone, Copy)]
pub(super) struct Basis<'a> {
    pub(super) baseline: &'a View,
    pub(super) reference: Option<&'a View>,
    /// Ticks from the baseline to the snapshot.
    pub(super) ticks: u32,
    /// Ticks from the reference to the baseline; 0 without a reference.
    pub(super) reference_ticks: u32,
}

impl<'a> Basis<'a> {
    /// The basis of a snapshot of this tick. A reference too far before the baseline is ignored.
    #[inline]
    pub(super) fn new(baseline: &'a View, reference: Option<&'a View>, tick: u32) -> Self {
        let reference = reference.filter(|earlier| {
            (1..=BASELINE_TICKS_MAX).contains(&baseline.tick.saturating_sub(earlier.tick))
        });
        Self {
            baseline,
            reference,
            ticks: tick.saturating_sub(baseline.tick),
            reference_ticks: reference.map_or(0, |earlier| baseline.tick - earlier.tick),
        }
    }
}

impl Basis<'_> {
    /// Sets the first values to the expected ones of a seat's fields. False if the baseline does not
    /// have the seat. The other values are left unchanged, because copying all of them would cost more
    /// than the rest.
    pub(super) fn of_seat(&self, fields: &[Field], seat: Seat, expected: &mut [u32]) -> bool {
        let Some(known) = self.baseline.seat(seat) else {
            return false;
        };
        let earlier = self.reference.and_then(|reference| reference.seat(seat));
        self.set_expected(fields, known, earlier, expected);
        true
    }

    /// Like [`Basis::of_seat`], for the match fields.
    pub(super) fn of_match(&self, fields: &[Field], expected: &mut [u32]) {
        let earlier = self
            .reference
            .map(|reference| reference.match_values.as_slice());
        self.set_expected(fields, &self.baseline.match_values, earlier, expected);
    }

    /// Omitted values are 0.
    #[inline]
    fn set_expected(
        &self,
        fields: &[Field],
        known: &[u32],
        earlier: Option<&[u32]>,
        expected: &mut [u32],
    ) {
        let is_in_full = |values: &[u32]| values.len() >= fields.len();
        if is_in_full(known) && earlier.is_none_or(is_in_full) {
            let all = fields.iter().zip(known).zip(expected);
            match earlier {
                Some(earlier) => {
                    for (((field, &known), expected), &earlier) in all.zip(earlier) {
                        *expected = self.expected(field, known, Some(earlier));
                    }
                }
                None => {
                    for ((field, &known), expected) in all {
                        *expected = self.expected(field, known, None);
                    }
                }
            }
            return;
        }
        // Omitted values are 0.
        let given = |values: &[u32], at: usize| values.get(at).copied().unwrap_or_default();
        for (at, (field, expected)) in fields.iter().zip(expected).enumerate() {
            let earlier = earlier.map(|earlier| given(earlier, at));
            *expected = self.expected(field, given(known, at), earlier);
        }
    }

    /// The value that is expected after the known one. `earlier` is that of the reference.
    #[inline]
    pub(super) fn expected(&self, field: &Field, known: u32, earlier: Option<u32>) -> u32 {
        match field.kind {
            Kind::Linear { .. } => self.moved(field, earlier, known),
            Kind::Timer => known.saturating_sub(self.ticks),
            Kind::Velocity { .. } | Kind::Angle | Kind::Flag | Kind::Count => known,
        }
    }

    /// Continues the movement from the reference to the baseline. The change is rounded towards 0,
    /// and the result is within the field's range.
    fn moved(&self, field: &Field, earlier: Option<u32>, known: u32) -> u32 {
        let Some(earlier) = earlier.filter(|_| self.reference_ticks > 0) else {
            return known;
        };
        let way = i64::from(known) - i64::from(earlier);
        let on = way * i64::from(self.ticks) / i64::from(self.reference_ticks);
        (i64::from(known) + on).clamp(0, field.max().into()) as u32
    }
}
