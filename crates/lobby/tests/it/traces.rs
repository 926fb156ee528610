//! Traces: what the call that queued a player brought is kept with the player, up to the ticket.

use lobby::{Join, Pool, Redeemed, TracedSeat};

use crate::late_joins::Match;
use crate::sink::Sink;
use crate::world::World;
use crate::world_gathering::TWO;

const THREE: &str = r#"{"seats_min":3,"seats_max":3}"#;
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

impl World {
    async fn join_traced(&self, short: &str) {
        let player = self.id(short);
        let join = Join {
            player: &player,
            name: short,
            color: None,
            game: "",
            latencies: "",
            trace: TRACE,
            priority: 0,
            request: None,
        };
        self.pool().queue_join(join).await.expect("join");
    }

    /// A seat of a traced player who was in the queue between these times of [`World::at`].
    async fn traced_seat(&self, short: &str, since_ms: u64, until_ms: u64) -> TracedSeat {
        TracedSeat {
            player: self.id(short),
            room: self.room(short).await,
            trace: TRACE.to_owned(),
            since_ms: 1_800_000_000_000 + since_ms,
            until_ms: 1_800_000_000_000 + until_ms,
        }
    }

    async fn trace_of_ticket(&self, short: &str) -> Option<String> {
        let game = self.me(short).await.game.expect("a ticket");
        let redeemed = self.lobby.tickets.redeem(&game.ticket, &game.relay).await;
        match redeemed.expect("redeem") {
            Redeemed::Seat { trace, .. } => trace,
            other => panic!("{other:?}"),
        }
    }
}

async fn assign_traced(pool: &Pool) -> Vec<TracedSeat> {
    let (assigned, seats) = pool.assign_traced().await.expect("assign");
    assert!(assigned.seated > 0);
    seats
}

#[tokio::test]
async fn a_trace_follows_its_player_to_the_seat_the_push_and_the_ticket() {
    let world = World::new(THREE).await;
    world.connect(&["a", "b", "c"]).await;
    world.at(0).join_traced("a").await;
    world.at(10).join_all(&["b", "c"]).await;
    let later = world.at(1_000);
    later.relay_up("r").await;
    let seats = assign_traced(&later.pool()).await;
    assert_eq!(seats, [later.traced_seat("a", 0, 1_000).await]);
    later.check().await;

    let sink = Sink::default();
    let report = later.pool().outbox.deliver(&sink).await.expect("deliver");
    let [push] = report.traced.as_slice() else {
        panic!("{:?}", report.traced)
    };
    assert_eq!(
        (&push.player, &push.room, push.trace.as_str()),
        (&world.id("a"), &later.room("a").await, TRACE)
    );
    assert!(push.from <= push.until);
    // A message has nothing that the documents do not name.
    let pushed = sink.pushed.lock().expect("no panic").clone();
    assert!(!format!("{pushed:?}").contains("trace"), "{pushed:?}");

    assert_eq!(later.trace_of_ticket("a").await.as_deref(), Some(TRACE));
    assert_eq!(later.trace_of_ticket("b").await, None);
}

#[tokio::test]
async fn without_a_trace_nothing_is_written() {
    let world = World::new(THREE).await;
    world.join("a").await;
    let fields: Vec<String> = world
        .redis(&format!("HKEYS {{}}:player:{}", world.id("a")))
        .await;
    assert!(!fields.contains(&"trace".to_owned()), "{fields:?}");
}

#[tokio::test]
async fn the_trace_of_a_membership_ends_with_it() {
    let world = World::new(THREE).await;
    world.join_traced("a").await;
    world
        .lobby
        .players
        .queue_leave(&world.id("a"), None)
        .await
        .expect("out");
    world.join_all(&["a", "b", "c"]).await;
    world.relay_up("r").await;
    assert_eq!(assign_traced(&world.pool()).await, []);
}

#[tokio::test]
async fn a_player_of_a_group_has_waited_since_the_group_was_queued() {
    let world = World::new(TWO).await;
    let start = world.at(0);
    let (room, _) = start.group(&["a", "b"]).await;
    let record = format!("HSET {{}}:player:{} trace {TRACE}", world.id("b"));
    let _: u64 = start.redis(&record).await;
    world.at(100).queue_group(&room, "a").await;
    let later = world.at(900);
    let seats = assign_traced(&later.pool()).await;
    assert_eq!(seats, [later.traced_seat("b", 100, 900).await]);
}

#[tokio::test]
async fn a_late_player_has_a_trace_too() {
    let world =
        World::new(r#"{"seats_min":2,"seats_max":5,"countdown_ms":1,"late":{"until_s":60}}"#);
    let played = Match::of(&world.await, &["a", "b"]).await;
    played.offer(&[2]).await;
    let world = &played.world;
    world.join_traced("c").await;
    let seats = assign_traced(&world.pool()).await;
    let seats: Vec<_> = seats
        .iter()
        .map(|seat| (&seat.player, &seat.room))
        .collect();
    assert_eq!(seats, [(&world.id("c"), &played.room)]);
    assert_eq!(world.trace_of_ticket("c").await.as_deref(), Some(TRACE));
}
