//! The modeled connection, compared with TCP's behavior.

use protocol::Form;
use sim::{Condition, Line, Link};

const TICK_US: u64 = 16_667;

fn line(change: impl FnOnce(&mut Line)) -> Line {
    let mut line = Condition::line(100, 0).line;
    line.jitter_us = 0;
    change(&mut line);
    line
}

/// Sends a message of 44 bytes each tick for ten seconds, whenever the line takes one; how late each came, in
/// milliseconds, by its number.
fn delays_ms(line: Line, seed: u64) -> Vec<(u64, u64)> {
    let mut connection = Link::new(line, seed);
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

/// The same with datagrams, in the order of their arrival.
fn datagram_delays_ms(line: Line, seed: u64) -> Vec<(u64, u64)> {
    let mut connection = Link::new(line, seed);
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
fn a_lost_datagram_holds_up_nothing() {
    let delays = datagram_delays_ms(line(|line| line.loss_ppm = 10_000), 2);
    assert!((585..600).contains(&delays.len()), "{}", delays.len());
    assert!(delays.iter().all(|&(_, delay_ms)| delay_ms == 50));
}

#[test]
fn datagrams_overtake_each_other() {
    let delays = datagram_delays_ms(line(|line| line.jitter_us = 40_000), 1);
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
fn a_clean_line_takes_half_its_round_trip() {
    let delays = delays_ms(line(|_| {}), 1);
    assert_eq!(delays.len(), 600);
    assert!(delays.iter().all(|&(_, delay_ms)| delay_ms == 50));
}

#[test]
fn jitter_delays_and_does_not_reorder() {
    let delays = delays_ms(line(|line| line.jitter_us = 30_000), 1);
    assert_eq!(delays.len(), 600);
    assert!(
        delays
            .iter()
            .all(|(_, delay_ms)| (50..=80).contains(delay_ms))
    );
}

#[test]
fn a_lost_segment_holds_up_what_follows() {
    let delays = delays_ms(line(|line| line.loss_ppm = 10_000), 2);
    assert_eq!(delays.len(), 600);
    // The next segment's acknowledgement, a quarter of the round trip, and there: 16.7 + 100 + 25 + 50.
    assert_eq!(longest(&delays), 191);
    let held_up = delays
        .iter()
        .filter(|&&(_, delay_ms)| delay_ms > 50)
        .count();
    assert!((20..80).contains(&held_up), "{held_up}");
}

#[test]
fn a_blackout_is_left_by_a_timeout() {
    let delays = delays_ms(
        line(|line| line.blackout_us = Some((1_000_000, 1_600_000))),
        1,
    );
    // 300 ms and then 600 ms after the first that was lost; what came meanwhile is not queued beyond the window.
    assert_eq!(longest(&delays), 950);
    assert!((530..570).contains(&delays.len()), "{}", delays.len());
}

#[test]
fn a_narrow_line_takes_less_and_queues_within_its_window() {
    let delays = delays_ms(line(|line| line.bandwidth_bps = Some(24_000)), 1);
    // 24 kbit/s are 30 messages of 100 bytes a second.
    assert!((300..400).contains(&delays.len()), "{}", delays.len());
    assert!(
        (300..1500).contains(&longest(&delays)),
        "{}",
        longest(&delays)
    );
}
