//! The value that both sides predict for a field of a seat or of the match.

use game::{Field, Kind, Values, View};

/// What a delta builds on: the snapshot it changes, and one before that by which both sides know
/// how things moved.
#[derive(Clone, Copy)]
pub(super) struct Basis<'a> {
    pub(super) baseline: &'a View,
    pub(super) reference: Option<&'a View>,
    /// From the baseline to the snapshot.
    pub(super) ticks: u32,
    /// From the reference to the baseline; 0 without one.
    pub(super) reference_ticks: u32,
}

impl Basis<'_> {
    /// What is expected of the seat's fields now; None when the baseline has no such seat.
    pub(super) fn of_seat(&self, fields: &[Field], seat: usize) -> Option<Values> {
        let known = self.baseline.seats[seat].as_ref()?;
        let earlier = self
            .reference
            .and_then(|reference| reference.seats[seat].as_ref());
        Some(self.expected(fields, known, earlier))
    }

    /// What is expected of the match's own fields now.
    pub(super) fn of_match(&self, fields: &[Field]) -> Values {
        let earlier = self.reference.map(|reference| &reference.match_values);
        self.expected(fields, &self.baseline.match_values, earlier)
    }

    #[inline]
    fn expected(&self, fields: &[Field], known: &Values, earlier: Option<&Values>) -> Values {
        let mut expected = *known;
        for (at, field) in fields.iter().enumerate().take(expected.len()) {
            expected[at] = match field.kind {
                Kind::Linear { .. } => {
                    self.moved(field, earlier.map(|earlier| earlier[at]), known[at])
                }
                Kind::Timer => known[at].saturating_sub(self.ticks),
                Kind::Angle | Kind::Flag | Kind::Count => known[at],
            };
        }
        expected
    }

    /// Goes on as it went from the reference to the baseline, rounded towards standing still,
    /// within the field's range.
    fn moved(&self, field: &Field, earlier: Option<u32>, known: u32) -> u32 {
        let Some(earlier) = earlier.filter(|_| self.reference_ticks > 0) else {
            return known;
        };
        let way = i64::from(known) - i64::from(earlier);
        let on = way * i64::from(self.ticks) / i64::from(self.reference_ticks);
        (i64::from(known) + on).clamp(0, field.max().into()) as u32
    }
}
