//! Calls of [`World`] about rooms that players make.

use lobby::{
    CodeAnswer, Entered, Entering, Finished, NewRoom, ReplayChunk, RoomAnswer, RoomChange, Updated,
};

use crate::world::World;

pub(crate) const TWO: &str = r#"{"seats_min":2,"seats_max":4}"#;

pub(crate) fn entering<'a>(player: &'a str, short: &'a str) -> Entering<'a> {
    Entering {
        player,
        name: short,
        ..Entering::default()
    }
}

impl World {
    pub(crate) async fn make(&self, short: &str) -> (String, String) {
        let entered = self.make_with(short, &NewRoom::default()).await;
        let Entered::Seated { room, code, .. } = entered else {
            panic!("{entered:?}")
        };
        (room, code)
    }

    pub(crate) async fn make_with(&self, short: &str, new: &NewRoom<'_>) -> Entered {
        let (player, rooms) = (self.id(short), &self.lobby.rooms);
        let entered = rooms.room_create(&self.name, entering(&player, short), new);
        entered.await.expect("create")
    }

    pub(crate) async fn enter(&self, short: &str, code: &str, leaves: bool) -> Entered {
        let player = self.id(short);
        let entering = Entering {
            leaves,
            ..entering(&player, short)
        };
        // Each player has a separate address.
        let entered = self.lobby.rooms.room_join(code, &player, entering);
        entered.await.expect("join")
    }

    /// The answer in one word: `seated`, `Full`.
    pub(crate) async fn enters(&self, short: &str, code: &str) -> String {
        word(&self.enter(short, code, false).await)
    }

    pub(crate) async fn rematch(&self, short: &str, room: &str) -> Entered {
        let player = self.id(short);
        let entered = self
            .lobby
            .rooms
            .room_rematch(room, entering(&player, short));
        entered.await.expect("rematch")
    }

    pub(crate) async fn change(&self, room: &str, short: &str, change: RoomChange<'_>) -> String {
        let player = self.id(short);
        let updated = self.lobby.rooms.room_update(room, &player, change).await;
        match updated.expect("update") {
            Updated::Done { host, .. } => format!("host {}", short_of(&host)),
            refused => format!("{refused:?}"),
        }
    }

    /// The players in the room, with `*` for the host and `+` for ready.
    pub(crate) async fn players(&self, asker: &str, room: &str) -> String {
        let view = self.lobby.rooms.view(room, &self.id(asker)).await;
        let RoomAnswer::Room(view) = view.expect("view") else {
            panic!("no room for {asker}")
        };
        let host = view.made.expect("a made room").host;
        let shown = view.players.iter().map(|(id, player)| {
            let host = if *id == host { "*" } else { "" };
            let ready = if player.ready == Some(true) { "+" } else { "" };
            format!("{}{host}{ready}", player.name)
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    pub(crate) async fn leave(&self, short: &str) {
        let left = self.lobby.players.queue_leave(&self.id(short), None).await;
        left.expect("leave");
    }

    pub(crate) async fn view_code(&self, short: &str, code: &str) -> CodeAnswer {
        let player = self.id(short);
        let viewed = self.lobby.rooms.code_view(code, &player, &player).await;
        viewed.expect("view")
    }

    pub(crate) async fn code_text(&self, code: &str) -> Option<String> {
        self.redis(&format!("GET code:{code}")).await
    }

    /// Plays the room's match on relay `r` from start to end.
    pub(crate) async fn play(&self, room: &str) {
        self.relay_up("r").await;
        assert_eq!(
            self.change(room, "a", RoomChange::Start { bots: 0 }).await,
            "host a"
        );
        self.check().await;
        self.end(room).await;
    }

    /// Plays the room's running match to its end, on relay `r`.
    pub(crate) async fn end(&self, room: &str) {
        let (relay, matches) = (self.id("r"), self.pool().matches);
        let claimed = matches.claim_room(room, &relay, 1, "boot-1").await;
        claimed.expect("claim");
        let chunk = ReplayChunk::default();
        let finished = matches.finish(room, &relay, 1, &[], &chunk);
        assert_eq!(finished.await.expect("finish"), Finished::Done);
    }
}

fn short_of(player: &str) -> &str {
    player.split('-').next_back().unwrap_or_default()
}

pub(crate) fn word(entered: &Entered) -> String {
    match entered {
        Entered::Seated { .. } => "seated".to_owned(),
        Entered::Playing { .. } => "playing".to_owned(),
        Entered::Started { .. } => "Started".to_owned(),
        other => format!("{other:?}"),
    }
}
