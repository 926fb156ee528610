//! The modeled connection, compared with TCP's behavior.

use protocol::Form;
use sim::{Condition, Link, LinkProperties};

const TICK_US: u64 = 16_667;

fn properties(change: impl FnOnce(&mut LinkProperties)) -> LinkProperties {
    let mut properties = Condition::lossy(100, 0).properties;
    properties.jitter_us = 0;
    change(&mut properties);
    properties
}

/// Sends a message of 44 bytes each tick for ten seconds, if the link is writable. Returns the number of each message
/// and its delay in milliseconds.
fn delays_ms(properties: LinkProperties, seed: u64) -> Vec<(u64, u64)> {
    let mut connection = Link::new(properties, seed);
    let mut delays = Vec::new();
    for tick in 0..1200_u64 {
        let now_us = tick * TICK_US;
        if tick < 600 && connection.is_writable(now_us) {
            let mut bytes = vec![0; 44];
            bytes[..8].copy_from_slice(&tick.to_le_bytes());
            connection.write(now_us, (Form::Binary, bytes));
        }
        while let Some((at_us, (_, bytes))) = connection.poll(now_us) {
            let sent = u64::from_le_bytes(*bytes.first_chunk().expect("eight bytes"));
            delays.push((sent, (at_us - sent * TICK_US) / 1000));
        }
    }
    assert!(delays.is_sorted_by_key(|&(sent, _)| sent), "in order");
    delays
}

/// Like [`delays_ms`] with datagrams, in the order of their arrival.
fn datagram_delays_ms(properties: LinkProperties, seed: u64) -> Vec<(u64, u64)> {
    let mut connection = Link::new(properties, seed);
    let mut delays = Vec::new();
    for tick in 0..1200_u64 {
        let now_us = tick * TICK_US;
        if tick < 600 && connection.takes_datagram(now_us) {
            let mut bytes = vec![0; 44];
            bytes[..8].copy_from_slice(&tick.to_le_bytes());
            connection.write_datagram(now_us, bytes);
        }
        while let Some((at_us, (_, bytes))) = connection.poll(now_us) {
            let sent = u64::from_le_bytes(*bytes.first_chunk().expect("eight bytes"));
            delays.push((sent, (at_us - sent * TICK_US) / 1000));
        }
    }
    delays
}

#[test]
fn a_lost_datagram_does_not_delay_others() {
    let delays = datagram_delays_ms(properties(|properties| properties.loss_ppm = 10_000), 2);
    assert!((585..600).contains(&delays.len()), "{}", delays.len());
    assert!(delays.iter().all(|&(_, delay_ms)| delay_ms == 50));
}

#[test]
fn jitter_reorders_datagrams() {
    let delays = datagram_delays_ms(properties(|properties| properties.jitter_us = 40_000), 1);
    assert_eq!(delays.len(), 600);
    assert!(!delays.is_sorted_by_key(|&(sent, _)| sent));
}

fn longest(delays: &[(u64, u64)]) -> u64 {
    delays
        .iter()
        .map(|&(_, delay_ms)| delay_ms)
        .max()
        .unwrap_or(0)
}

#[test]
fn without_loss_and_jitter_the_delay_is_half_the_round_trip() {
    let delays = delays_ms(properties(|_| {}), 1);
    assert_eq!(delays.len(), 600);
    assert!(delays.iter().all(|&(_, delay_ms)| delay_ms == 50));
}

#[test]
fn jitter_delays_segments_without_reordering() {
    let delays = delays_ms(properties(|properties| properties.jitter_us = 30_000), 1);
    assert_eq!(delays.len(), 600);
    assert!(
        delays
            .iter()
            .all(|(_, delay_ms)| (50..=80).contains(delay_ms))
    );
}

#[test]
fn a_lost_segment_delays_the_segments_after_it() {
    let delays = delays_ms(properties(|properties| properties.loss_ppm = 10_000), 2);
    assert_eq!(delays.len(), 600);
    // The next segment, its acknowledgement, a quarter of the round trip, and the latency: 16.7 + 100 + 25 + 50.
    assert_eq!(longest(&delays), 191);
    let held_up = delays
        .iter()
        .filter(|&&(_, delay_ms)| delay_ms > 50)
        .count();
    assert!((20..80).contains(&held_up), "{held_up}");
}

#[test]
fn a_blackout_ends_with_a_retransmission_timeout() {
    let delays = delays_ms(
        properties(|properties| properties.blackout_us = Some((1_000_000, 1_600_000))),
        1,
    );
    // 300 ms and then 600 ms after the first lost segment. Later messages are not queued beyond the window.
    assert_eq!(longest(&delays), 950);
    assert!((530..570).contains(&delays.len()), "{}", delays.len());
}

#[test]
fn a_narrow_link_accepts_less_and_queues_within_its_window() {
    let delays = delays_ms(
        properties(|properties| properties.bandwidth_bps = Some(24_000)),
        1,
    );
    // 24 kbit/s are 30 messages of 100 bytes per second.
    assert!((300..400).contains(&delays.len()), "{}", delays.len());
    assert!(
        (300..1500).contains(&longest(&delays)),
        "{}",
        longest(&delays)
    );
}
