//! The spans of a player's way into a match: the seat ticket and the first tick.

use std::time::SystemTime;

use edge::traces::{Kind, Span, TraceContext, Traces};
use tokio::sync::oneshot;

use crate::shared::Shared;
use crate::worker::messages::{FirstTick, RoomKey};

/// The span of a seat ticket, while its player is admitted.
pub(crate) struct TicketSpan {
    own: TraceContext,
    player: TraceContext,
    from: SystemTime,
    player_id: String,
    room: String,
}

impl TicketSpan {
    /// `traceparent`: what the lobby keeps with the player. None: the trace is not exported. `from`: when the handshake
    /// began.
    pub(crate) fn new(
        shared: &Shared,
        traceparent: Option<&str>,
        from: SystemTime,
        (key, player_id): (&RoomKey, &str),
    ) -> Option<Self> {
        let player = shared.traces.parent(traceparent?)?;
        Some(Self {
            own: player.child(),
            player,
            from,
            player_id: player_id.to_owned(),
            room: key.room.clone(),
        })
    }

    /// Records it: the player has their room, or does not get it.
    pub(crate) fn end(&self, shared: &Shared, is_admitted: bool) {
        let span = Span::new(
            "ticket",
            Kind::Server,
            self.own,
            Some(self.player),
            self.from,
        )
        .failed(!is_admitted);
        self.record(&shared.traces, span, &shared.config.relay_id);
    }

    /// Records the span of the first tick, from now on, when the worker notifies it.
    pub(crate) fn first_tick(self, shared: &Shared) -> FirstTick {
        let (sender, first_tick) = oneshot::channel();
        let (from, traces) = (SystemTime::now(), shared.traces.clone());
        let relay = shared.config.relay_id.clone();
        tokio::spawn(async move {
            // An error: the session ended before the tick.
            if let Ok(at) = first_tick.await {
                let context = self.own.child();
                let span = Span::new("first-tick", Kind::Internal, context, Some(self.own), from);
                self.record(&traces, span.until(at), &relay);
            }
        });
        sender
    }

    fn record(&self, traces: &Traces, span: Span, relay: &str) {
        let span = span
            .with("skirmish.room", &self.room)
            .with("skirmish.player", &self.player_id)
            .with("skirmish.relay", relay);
        traces.record(span);
    }
}
