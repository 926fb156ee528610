//! The parts in which a watcher gets records.

use game::SeatInputs;
use protocol::DecodeError;
use protocol::record::{Part, Record, parts, push_prefixed};

use super::support::encoded;

/// Records of these ticks without inputs: six bytes each, with the length.
fn records(ticks: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for &tick in ticks {
        let record = Record {
            tick,
            ..Record::new(5)
        };
        push_prefixed(&encoded(&record, &SeatInputs::neutral(5)), &mut bytes);
    }
    bytes
}

fn check(records: &[u8], ticks_max: u32, bytes_max: usize, expected: &[(usize, u32)]) {
    let expected = expected.iter().map(|&(bytes, tick)| Part { bytes, tick });
    let parts = parts(records, ticks_max, bytes_max);
    assert_eq!(parts, Ok(expected.collect()), "{ticks_max} {bytes_max}");
}

#[test]
fn a_part_has_complete_records_within_the_limits() {
    let bytes = records(&[1, 2, 3, 4, 5]);
    check(&bytes, 60, 100, &[(30, 5)]);
    check(&bytes, 2, 100, &[(12, 2), (12, 4), (6, 5)]);
    check(&bytes, 60, 17, &[(12, 2), (12, 4), (6, 5)]);
    // No record fits.
    check(&bytes[..12], 60, 5, &[(6, 1), (6, 2)]);
    // The last one is truncated.
    check(&bytes[..17], 60, 100, &[(12, 2)]);
    check(&bytes[..1], 60, 100, &[]);
    // Ticks without a step.
    check(&records(&[1, 300, 301]), 60, 100, &[(6, 1), (12, 301)]);
}

#[test]
fn invalid_records_are_refused() {
    let refused = parts(&[1, 0, 7], 60, 100);
    assert!(
        matches!(refused, Err(DecodeError::Malformed(_))),
        "{refused:?}"
    );
}
