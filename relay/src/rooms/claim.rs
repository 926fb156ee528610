//! Claims a room: claims it in the lobby, makes or resumes it, writes a checkpoint, and only then hosts it. So no
//! player sees a tick of a room that the lobby assigns to another relay.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use game::{FRAMES_PER_SECOND, Seat, SettingsError};
use lobby::{Claimed, ClaimedPlayer, Lobby, Pool, SavedRoom};
use room::{BotTerms, Player, RoomConfig};

use crate::games::{Checkpoint, GameEntry, Games};
use crate::metrics::Metrics;
use crate::rooms::checkpoint::{self, Place};
use crate::rooms::resume::Journals;
use crate::worker::hosted::Hosted;
use crate::worker::late::LateTerms;
use crate::worker::messages::WorkerHandle;
use crate::worker::messages::{Confirmed, Reports, RoomExit, RoomKey, ToWorker};
use crate::worker::watch::Hung;

const _: () = assert!(lobby::GAME_BYTES_MAX == game::GAME_TEXT_BYTES_MAX);

/// How long creating or resuming a room may take. Usually it takes less than a millisecond.
const MAKING_MAX: Duration = Duration::from_secs(10);

/// What all rooms of this server have in common.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) relay_id: String,
    /// Unique to this run of the process.
    pub(crate) boot: String,
    pub(crate) grace_ms: u32,
}

/// Claims rooms.
pub(crate) struct Claims {
    pub(crate) terms: Terms,
    pub(crate) games: Arc<Games>,
    pub(crate) lobby: Lobby,
    pub(crate) reports: Reports,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) journals: Journals,
    pub(crate) hung: Arc<Hung>,
}

/// The worker that a room was sent to, and the room's game.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hosting {
    pub(crate) worker: usize,
    pub(crate) game: &'static str,
}

/// Why a player with a valid ticket is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("another server owns the room now")]
    Stale,
    #[error("the room could not be made: {0}")]
    Failed(String),
    #[error("the settings of the room: {0}")]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Lobby(#[from] lobby::Error),
}

impl Claims {
    /// Claims a room and sends it to a worker. May be repeated after a failure, because the lobby stores the `boot`
    /// nonce of this process.
    pub(crate) async fn claim(
        &self,
        key: &Arc<RoomKey>,
        workers: &[WorkerHandle],
    ) -> Result<Hosting, Refusal> {
        let Terms { relay_id, boot, .. } = &self.terms;
        let pool = self.lobby.pool(&key.pool)?;
        let claimed = pool
            .matches
            .claim_room(&key.room, relay_id, key.epoch, boot);
        let Claimed::Room {
            seed,
            settings,
            players,
            saved,
        } = claimed.await?
        else {
            return Err(Refusal::Stale);
        };
        let began = Instant::now();
        let late = players.iter().filter(|player| player.late.is_some());
        let late: Vec<ClaimedPlayer> = late.cloned().collect();
        let is_fresh = saved.is_none();
        let made = match saved {
            None => self.make(key, seed, &settings, players).await,
            Some(saved) => self.resume(key, players, saved).await,
        };
        let mut room = match made {
            Ok(room) => room,
            Err(Refusal::Failed(why)) => {
                self.reports.exit(key, RoomExit::Failed);
                return Err(Refusal::Failed(why));
            }
            Err(Refusal::Settings(error)) => {
                tracing::info!(room = key.room, %error, "the game refuses the room's settings");
                self.reports.exit(key, RoomExit::SettingsInvalid);
                return Err(Refusal::Settings(error));
            }
            Err(refusal) => return Err(refusal),
        };
        if let Some(terms) = self.bot_terms(key, room.game()) {
            room.allow_bots(terms);
        }
        if let Some(terms) = self.late_terms(key) {
            room.allow_late(terms);
        }
        let (worker, game) = (reserve(workers), room.game());
        let hosted = self
            .host(&pool, key, room, is_fresh, &workers[worker])
            .await;
        if hosted.is_err() {
            workers[worker].rooms.fetch_sub(1, Ordering::Relaxed);
        } else if !is_fresh {
            let (room, epoch) = (&key.room, key.epoch);
            let took_ms = began.elapsed().as_millis() as u64;
            tracing::info!(room, epoch, took_ms, "resumed");
        }
        hosted?;
        // Late players who are not in the journal yet join now.
        for message in late.into_iter().filter_map(|player| joining(key, player)) {
            workers[worker].mailbox.send(message).await;
        }
        Ok(Hosting { worker, game })
    }

    /// How the rooms of the pool take late players; None: they do not.
    fn late_terms(&self, key: &RoomKey) -> Option<LateTerms> {
        let terms = self.games.of_pool(&key.pool)?.late?;
        Some(LateTerms {
            grace_frames: self.grace_frames(),
            ..terms
        })
    }

    /// The bots of this game in the rooms of the pool; None: no bots.
    fn bot_terms(&self, key: &RoomKey, game: &str) -> Option<BotTerms> {
        Some(BotTerms {
            replace_frames: self.games.of_pool(&key.pool)?.replace_frames?,
            new_bot: self.games.find(game)?.new_bot,
        })
    }

    fn grace_frames(&self) -> u32 {
        let grace_ms = u64::from(self.terms.grace_ms);
        u32::try_from(grace_ms * u64::from(FRAMES_PER_SECOND) / 1_000).unwrap_or(u32::MAX)
    }

    /// Writes the first checkpoint, and sends the room to its worker. The first checkpoint of a resumed room is the
    /// cut: later writes of its previous server do not count.
    async fn host(
        &self,
        pool: &Pool,
        key: &Arc<RoomKey>,
        mut room: Box<dyn Hosted>,
        is_fresh: bool,
        handle: &WorkerHandle,
    ) -> Result<(), Refusal> {
        let place = Place {
            stream: handle.stream.clone(),
            after: "0-0".to_owned(),
        };
        let created_ms = is_fresh.then(now_ms);
        let mut first = room.first_checkpoint(&self.terms.relay_id, place, created_ms);
        let written = checkpoint::write(pool, &mut first.checkpoint).await?;
        let (tick, made) = (written.ok_or(Refusal::Stale)?, first.made);
        room.confirm(Confirmed { tick, made });
        let message = ToWorker::Host(key.clone(), room, made);
        handle.mailbox.send(message).await;
        Ok(())
    }

    /// Makes the room of a new match. The pool determines its game and settings, and the room's host the chosen
    /// settings.
    async fn make(
        &self,
        key: &Arc<RoomKey>,
        seed: u64,
        chosen: &BTreeMap<String, i64>,
        players: Vec<ClaimedPlayer>,
    ) -> Result<Box<dyn Hosted>, Refusal> {
        let plays = self.games.of_pool(&key.pool);
        let plays = plays.ok_or_else(|| Refusal::Failed(format!("no pool {}", key.pool)))?;
        let config = RoomConfig {
            room_id: key.room.clone(),
            epoch: key.epoch,
            seed,
            settings: plays.settings_of(chosen)?,
            grace_frames: self.grace_frames(),
        };
        let players = players.into_iter().map(player_of).collect();
        let key = key.clone();
        let made = self.run_game(move || (plays.game.start)(key, config, players));
        let made = made.await?;
        made.map_err(|error| Refusal::Failed(error.to_string()))
    }

    /// Runs a game's code outside the control threads. It may panic, and it may never return.
    async fn run_game<T: Send + 'static>(
        &self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let running = tokio::task::spawn_blocking(|| catch_unwind(AssertUnwindSafe(run)));
        match tokio::time::timeout(MAKING_MAX, running).await {
            Ok(Ok(Ok(made))) => Ok(made),
            Ok(_) => Err(Refusal::Failed("the game panicked".to_owned())),
            Err(_) => {
                tracing::error!(
                    "a game does not return from its code; the process must be replaced"
                );
                self.hung.set();
                Err(Refusal::Failed("the game does not return".to_owned()))
            }
        }
    }

    /// The game that the match began with. Relays of version 0.2.0 did not save it; then it is the pool's game.
    fn game_of(&self, key: &RoomKey, saved: &SavedRoom) -> Result<&'static GameEntry, Refusal> {
        let name = room::saved_game(&saved.state);
        let name = name.map_err(|error| Refusal::Failed(error.to_string()))?;
        let game = match name {
            Some(name) => self.games.find(name),
            None => self.games.of_pool(&key.pool).map(|plays| plays.game),
        };
        game.ok_or_else(|| Refusal::Failed(format!("this relay has no game {name:?}")))
    }

    /// Resumes a room from its checkpoint and journal, with the game and the settings of its start. Players who left
    /// in the meantime are removed.
    async fn resume(
        &self,
        key: &Arc<RoomKey>,
        players: Vec<ClaimedPlayer>,
        saved: SavedRoom,
    ) -> Result<Box<dyn Hosted>, Refusal> {
        let records = self.journals.of(&key.room, &saved).await?;
        let (epoch, saved_epoch) = (key.epoch, saved.epoch);
        let game = self.game_of(key, &saved)?;
        let has_bots = self.bot_terms(key, game.name).is_some();
        let to_resume = key.clone();
        let resuming = self.run_game(move || {
            let checkpoint = Checkpoint {
                state: &saved.state,
                records: &records,
                players: &players,
                has_bots,
            };
            (game.resume)(to_resume, &checkpoint)
        });
        let resumed = resuming.await?;
        let (room, resumed) = resumed.map_err(|error| Refusal::Failed(error.to_string()))?;
        let ticks = resumed.tick - resumed.from_tick;
        self.metrics.rooms_resumed.inc();
        self.metrics.resumed_ticks.inc_by(u64::from(ticks));
        let mismatches = resumed.hash_mismatches;
        self.metrics.hash_mismatches.inc_by(u64::from(mismatches));
        let (room_id, tick) = (&key.room, resumed.tick);
        tracing::info!(
            room = room_id,
            epoch,
            saved_epoch,
            tick,
            ticks,
            "played again"
        );
        if mismatches > 0 {
            tracing::error!(
                room = room_id,
                epoch,
                mismatches,
                "a journal's hash differs"
            );
        }
        Ok(room)
    }
}

/// The message with which a late player joins; None: the player did not join late.
pub(crate) fn joining(key: &Arc<RoomKey>, player: ClaimedPlayer) -> Option<ToWorker> {
    let seat = player.late.map(usize::from).and_then(Seat::new)?;
    Some(ToWorker::Join(key.clone(), seat, player_of(player)))
}

fn player_of(player: ClaimedPlayer) -> Player {
    Player {
        is_bot: player.is_bot(),
        team: player.team,
        player_id: player.player_id,
        name: player.name,
        colors: player.colors,
        game: player.game,
    }
}

/// Selects the worker with the fewest rooms and counts one more room for it.
fn reserve(workers: &[WorkerHandle]) -> usize {
    let load = |worker: &usize| {
        let handle = &workers[*worker];
        (handle.watch.is_lost(), handle.rooms.load(Ordering::Relaxed))
    };
    let worker = (0..workers.len()).min_by_key(load).unwrap_or_default();
    workers[worker].rooms.fetch_add(1, Ordering::Relaxed);
    worker
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}
