//! Snapshots of limited size, for any views of any schema.

use game::{Seat, State, View};
use proptest::prelude::*;
use protocol::binary::{Before, Budget, Layout, Limit, Partial};
use protocol::limits::SNAPSHOT_BYTES_MAX;

use super::snapshot::{ROUNDS, WIDEST};
use super::support::{decoded, frame, seat, three_views};
use crate::toy::Toy;

/// Checks the limit, the client's view, and the next snapshot, which is based on it.
fn check(layout: Layout<'static>, [reference, baseline, view]: &[View; 3], own: Seat) {
    let limit = Limit {
        bytes: SNAPSHOT_BYTES_MAX,
        own,
        relevance: &|_| 1,
    };
    let mut budget = Budget::default();
    let mut partials = [Partial::default(), Partial::default()];
    let before = Before {
        baseline,
        reference: Some(reference),
        partial: None,
    };
    let fits = budget.fit(layout, before, view, &limit, &mut partials[0]);
    check_frame(
        layout,
        (baseline, reference),
        (&partials[0].view, view),
        (own, fits),
    );
    // A tick later, without changes.
    let mut later = view.clone();
    later.tick += 1;
    let [sent, next] = &mut partials;
    let before = Before {
        baseline: &sent.view,
        reference: Some(baseline),
        partial: Some(sent),
    };
    let fits = budget.fit(layout, before, &later, &limit, next);
    check_frame(
        layout,
        (&sent.view, baseline),
        (&next.view, &later),
        (own, fits),
    );
}

fn check_frame(
    layout: Layout<'static>,
    (baseline, reference): (&View, &View),
    (sent, view): (&View, &View),
    (own, fits): (Seat, bool),
) {
    let bytes = frame(layout, Some(baseline), Some(reference), sent);
    assert!(bytes.len() <= SNAPSHOT_BYTES_MAX, "{} bytes", bytes.len());
    let shown = decoded(layout, &bytes, &[baseline, reference]).expect("a snapshot");
    assert!(shown == *sent, "the client decodes the intended view");
    assert_eq!(shown.seat(own), view.seat(own));
    assert_eq!(shown.match_values, view.match_values);
    let (count, all) = (shown.entities.len(), view.entities.len());
    assert!(count <= all, "{count} of {all}");
    if fits {
        assert_eq!((shown.seats(), count), (view.seats(), all));
        let is_same = |seat| shown.seat(seat) == view.seat(seat);
        assert!(view.seats().iter().all(is_same));
    }
}

const fn layout(schema: &'static game::Schema) -> Layout<'static> {
    Layout { schema, slots: 64 }
}

proptest! {
    #[test]
    fn any_snapshot_of_the_toy_schema_fits(views in three_views(layout(Toy::SCHEMA)), own in 0..64_usize) {
        check(layout(Toy::SCHEMA), &views, seat(own));
    }

    #[test]
    fn any_snapshot_with_match_fields_fits(
        views in three_views(layout(ROUNDS)),
        own in 0..64_usize,
    ) {
        check(layout(ROUNDS), &views, seat(own));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_snapshot_of_the_largest_schema_fits(
        views in three_views(layout(WIDEST)),
        own in 0..64_usize,
    ) {
        check(layout(WIDEST), &views, seat(own));
    }
}
