//! One simulated player: its client, its bot, its link, its screen, and what it measures.

use arena::{Arena, EVENT_HIT};
use game::{Seat, Seats};
use netclient::{Happened, NetClient, Welcome};
use protocol::Form;
use protocol::binary::{FrameKind, decode_header};

use crate::bot::Bot;
use crate::screen::Screen;
use crate::server::Server;
use crate::{Condition, Link, Report};

/// From one frame to the next, microseconds: a screen of 60 Hz.
const FRAME_US: u64 = 16_667;
/// What happens before is how clients find their clock, and is not measured, ticks.
const WARM_UP_TICKS: u32 = 120;

/// A player.
pub(crate) struct Player {
    pub(crate) seat: Seat,
    pub(crate) up: Link,
    pub(crate) down: Link,
    pub(crate) next_frame_us: u64,
    pub(crate) screen: Screen,
    bot: Bot,
    client: Option<NetClient<Arena>>,
    newest_tick: u32,
}

impl Player {
    pub(crate) fn new(seat: Seat, condition: &Condition, seed: u64) -> Self {
        let seed = seed * 16 + seat.index() as u64 * 3;
        Self {
            seat,
            up: Link::new(condition.line, seed),
            down: Link::new(condition.line, seed + 1),
            next_frame_us: 1 + seat.index() as u64 * 3_331,
            screen: Screen::default(),
            bot: Bot::new(seed + 2),
            client: None,
            newest_tick: 0,
        }
    }

    /// Reads what arrived, draws a frame, makes an input, and sends it if the link accepts it.
    pub(crate) fn frame(&mut self, now_us: u64, server: &Server, report: &mut Report) {
        self.next_frame_us += FRAME_US;
        self.read(now_us, server, report);
        let Some(client) = &mut self.client else {
            return;
        };
        while let Some(Happened { event, .. }) = client.poll_event() {
            if let (EVENT_HIT, [victim, _, _, x, y, _]) = (event.kind, event.args) {
                self.screen
                    .handle_hit(victim as usize, (x as f32 / 16.0, y as f32 / 16.0));
            }
        }
        let scene = client.scene(now_us);
        self.screen.look(self.seat.index(), scene);
        if self.newest_tick > WARM_UP_TICKS && server.room.outcome().is_none() {
            report.view_delay_ticks += scene.tick - scene.others_tick;
            report.count_age(now_us - server.at_us[self.newest_tick as usize]);
        }
        let input = self.bot.decide(self.seat.index(), scene);
        client.set_input(input);
        if self.up.is_writable(now_us) {
            let mut bytes = Vec::new();
            if client.poll_transmit(now_us, &mut bytes) {
                self.up.write(now_us, (Form::Binary, bytes));
            }
        }
    }

    /// Adds up what the client itself counted.
    pub(crate) fn finish(&mut self, now_us: u64, report: &mut Report) {
        let Some(client) = &mut self.client else {
            return;
        };
        let stats = client.stats(now_us);
        report.underruns += stats.underruns;
        report.bytes_down += stats.bytes_in;
        report.bytes_up += stats.bytes_out;
        report.round_trip_ms += f64::from(stats.round_trip_ms);
        report.clients += 1;
    }

    fn read(&mut self, now_us: u64, server: &Server, report: &mut Report) {
        while let Some((at_us, (form, bytes))) = self.down.poll(now_us) {
            let seat = self.seat;
            let client = self.client.get_or_insert_with(|| {
                NetClient::new(
                    at_us,
                    &Welcome {
                        seat,
                        tick: 0,
                        settings: Server::settings(),
                        seats: Seats::first(5),
                        snapshot_hz: 60,
                    },
                )
            });
            if form == Form::Text {
                continue;
            }
            let before = client.stats(at_us);
            client
                .handle_binary(at_us, &bytes)
                .expect("a frame of the room");
            if FrameKind::of(&bytes) == Ok(FrameKind::Events) {
                continue;
            }
            let tick = decode_header(&bytes).expect("a snapshot").tick;
            let after = client.stats(at_us);
            if after.corrections > before.corrections && tick > WARM_UP_TICKS {
                report.corrections += 1;
                let px = after.corrections_px - before.corrections_px;
                report.corrections_px += f64::from(px);
                report.correction_px_max = report.correction_px_max.max(px);
                let since = self.newest_tick;
                let starved = &server.starved[seat.index()];
                let is_explained = starved.iter().rev().any(|&at| at > since && at <= tick);
                report.corrections_unexplained += u64::from(!is_explained);
            }
            self.newest_tick = tick;
        }
    }
}
