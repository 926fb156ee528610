//! One simulated player: the client, the link, the user, and the measurements.

use game::command::Command;
use game::{Game, Seat};
use netclient::{NetClient, Welcome};
use protocol::binary::{FrameKind, decode_header};
use protocol::{
    ClientMessage, CommandMessage, Encoding, Form, ServerMessage, decode_server, encode_client,
};

use crate::person::Person;
use crate::server::Server;
use crate::{Condition, Link, Report, Transport, tick_us, warm_up_ticks};

/// The frame interval, microseconds: a screen of 60 Hz.
const FRAME_US: u64 = 16_667;

/// A player.
pub(crate) struct Player<G: Game, P> {
    pub(crate) seat: Seat,
    pub(crate) up: Link,
    pub(crate) down: Link,
    pub(crate) next_frame_us: u64,
    pub(crate) person: P,
    transport: Transport,
    client: Option<NetClient<G>>,
    newest_tick: u32,
    /// The number of sent commands, and whether the newest one has no result.
    commands: u32,
    awaits_result: bool,
}

impl<G: Game, P: Person<G>> Player<G, P> {
    pub(crate) fn new(seat: Seat, condition: &Condition, seed: u64) -> Self {
        let seed = seed * 16 + seat.index() as u64 * 3;
        Self {
            seat,
            up: Link::new(condition.properties, seed),
            down: Link::new(condition.properties, seed + 1),
            next_frame_us: 1 + seat.index() as u64 * 3_331,
            person: P::new(seat, seed + 2),
            transport: condition.transport,
            client: None,
            newest_tick: 0,
            commands: 0,
            awaits_result: false,
        }
    }

    /// Reads arrived messages, draws a frame, decides an input, and sends it if the link accepts it.
    pub(crate) fn frame(&mut self, now_us: u64, server: &Server<G>, report: &mut Report) {
        self.next_frame_us += FRAME_US;
        self.read(now_us, server, report);
        let Some(client) = &mut self.client else {
            return;
        };
        while let Some(happened) = client.poll_event() {
            self.person.handle_event(&happened);
        }
        let scene = client.scene(now_us).clone();
        if self.newest_tick > warm_up_ticks(G::RATE) && server.room.outcome().is_none() {
            let ticks = scene.tick - scene.others_tick;
            report.view_delay_ms += ticks * tick_us(G::RATE) as f64 / 1e3;
            report.count_age(now_us - server.at_us[self.newest_tick as usize]);
        }
        let input = self.person.decide(&scene, client.view());
        client.set_input(input);
        let command = self.person.command(client.view());
        if !self.awaits_result
            && let Some(command) = command
        {
            self.send(now_us, &command);
        }
        let Some(client) = &mut self.client else {
            return;
        };
        let over_datagrams = self.transport == Transport::WebTransport;
        let is_free = if over_datagrams {
            self.up.takes_datagram(now_us)
        } else {
            self.up.is_writable(now_us)
        };
        let mut bytes = Vec::new();
        if is_free && client.poll_transmit(now_us, &mut bytes) {
            if over_datagrams {
                self.up.write_datagram(now_us, bytes);
            } else {
                self.up.write(now_us, (Form::Binary, bytes));
            }
        }
    }

    fn send(&mut self, now_us: u64, command: &Command) {
        self.commands += 1;
        self.awaits_result = true;
        let kind = &G::COMMANDS[usize::from(command.kind)];
        let args = kind.args.iter().zip(command.args);
        let message = ClientMessage::Command(CommandMessage {
            id: self.commands,
            name: kind.name.to_owned(),
            args: args.map(|(name, arg)| ((*name).to_owned(), arg)).collect(),
            text: command.text.clone(),
        });
        let mut bytes = Vec::new();
        let form = encode_client(G::INPUT, &message, &mut bytes);
        self.up.write(now_us, (form, bytes));
    }

    /// Adds the client's own counters.
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

    fn read(&mut self, now_us: u64, server: &Server<G>, report: &mut Report) {
        while let Some((at_us, (form, bytes))) = self.down.poll(now_us) {
            if self.client.is_none() && form == Form::Binary {
                // A datagram arrived before the welcome.
                continue;
            }
            let (seat, transport) = (self.seat, self.transport);
            let client = self
                .client
                .get_or_insert_with(|| welcomed(at_us, seat, transport, server));
            if form == Form::Text {
                let message = decode_server(&bytes).expect("a message of the room");
                self.awaits_result &= !matches!(message, ServerMessage::CommandResult(_));
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
            if after.snapshots == before.snapshots || tick < self.newest_tick {
                continue;
            }
            if after.corrections > before.corrections && tick > warm_up_ticks(G::RATE) {
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

/// The client of a player whom the room has welcomed.
fn welcomed<G: Game>(
    now_us: u64,
    seat: Seat,
    transport: Transport,
    server: &Server<G>,
) -> NetClient<G> {
    let welcome = Welcome {
        seat,
        tick: 0,
        settings: Server::<G>::settings(),
        seats: server.room.seats(),
        snapshot_hz: Encoding::Binary.snapshot_hz(G::RATE),
    };
    let mut client = NetClient::new(now_us, &welcome);
    if transport == Transport::WebTransport {
        client.use_datagrams();
    }
    client
}
