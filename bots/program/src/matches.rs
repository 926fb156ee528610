//! Whole matches through the front door, side by side, with a check that all players saw the same
//! result.

use std::collections::BTreeMap;
use std::time::Duration;

use bots::{
    Client, Error, GameTicket, Join, Joined, Lobby, LobbyMessage, Score, Status, Transport,
};
use futures_util::future::join_all;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::measure::Window;
use crate::play::{Played, play};

/// From joining to being in a match: the queue, the countdown and some load.
pub(crate) const START_MAX: Duration = Duration::from_mins(1);
/// A match is over after three minutes; some load.
const MATCH_MAX: Duration = Duration::from_mins(5);
/// A match is on the leaderboard shortly after its players received the scores.
const COUNTED_MAX: Duration = Duration::from_secs(10);
const ASK_INTERVAL: Duration = Duration::from_millis(200);

/// What all of it came to, as printed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// Rooms that were played in.
    pub(crate) matches: usize,
    /// Bots that were in one.
    pub(crate) players: usize,
    /// Bots that received the scores.
    pub(crate) over: usize,
    pub(crate) snapshots: u64,
    pub(crate) inputs: u64,
    pub(crate) reconnects: u32,
    pub(crate) seconds: f64,
    pub(crate) errors: Vec<String>,
}

/// A bot that is in a match.
struct Entered {
    client: Client,
    room: String,
    lobby: Lobby,
    game: GameTicket,
}

/// How it went for one of them.
struct Left {
    client: Client,
    room: String,
    played: Result<Played, String>,
}

/// Plays `matches` matches of `players` bots each. A group joins when the group before it is in its
/// match, so that the lobby, which fills rooms, keeps the groups apart.
pub(crate) async fn run(
    (url, pool): (&str, &str),
    (matches, players): (usize, usize),
    transport: Transport,
) -> Summary {
    let began_at = Instant::now();
    let mut summary = Summary::default();
    let mut playing = JoinSet::new();
    for group in 0..matches {
        let entered = join_all((0..players).map(|index| {
            let name = format!("Bot {}", group * players + index + 1);
            enter((url, pool), name, transport)
        }))
        .await;
        let (entered, failed): (Vec<_>, Vec<_>) = entered.into_iter().partition(Result::is_ok);
        summary
            .errors
            .extend(failed.into_iter().filter_map(Result::err));
        for bot in entered.into_iter().flatten() {
            playing.spawn(play_out(bot));
        }
        if !summary.errors.is_empty() {
            // What failed once fails again, a minute later each.
            break;
        }
    }
    let left = playing.join_all().await;
    check(&mut summary, left).await;
    summary.seconds = (began_at.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    summary
}

async fn enter(
    (url, pool): (&str, &str),
    name: String,
    transport: Transport,
) -> Result<Entered, String> {
    let client = Client::bot(url, &name)
        .await
        .map_err(|error| format!("{name}: guest: {error}"))?
        .with_transport(transport);
    let entering = timeout(START_MAX, until_started(&client, pool)).await;
    let problem = match entering {
        Ok(Ok((room, lobby, game))) => {
            return Ok(Entered {
                client,
                room,
                lobby,
                game,
            });
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => {
            let me = client.me().await;
            format!("not in a match after {START_MAX:?}; now {me:?}")
        }
    };
    let goodbye = client
        .leave()
        .await
        .err()
        .map(|error| format!("; leaving: {error}"))
        .unwrap_or_default();
    Err(format!("{name}: {problem}{goodbye}"))
}

/// Joins this pool when out, and waits for a match. The lobby socket names the servers that it moves to.
pub(crate) async fn until_started(
    client: &Client,
    pool: &str,
) -> Result<(String, Lobby, GameTicket), Error> {
    let join = Join {
        pool: Some(pool.to_owned()),
        ..Join::default()
    };
    let mut lobby: Lobby = client.lobby();
    loop {
        let out = match lobby.next().await? {
            LobbyMessage::MatchStarted { room_id, game, .. }
            | LobbyMessage::MatchMoved { room_id, game, .. } => {
                return Ok((room_id, lobby, game));
            }
            LobbyMessage::State(me) => {
                if let (Some(room), Some(game)) = (me.room, me.game) {
                    return Ok((room, lobby, game));
                }
                me.status == Status::Out
            }
            LobbyMessage::Removed { .. } => true,
            _ => false,
        };
        if out && let Joined::Playing { room, game } = client.join(&join).await? {
            return Ok((room, lobby, game));
        }
    }
}

async fn play_out(bot: Entered) -> Left {
    let seed = bot.game.epoch ^ u64::from(bot.client.token().bytes().map(u32::from).sum::<u32>());
    let mut played = Played::within(Window::opened());
    let playing = play(&bot.client, bot.lobby, bot.game, seed, &mut played);
    let played = match timeout(MATCH_MAX, playing).await {
        Ok(Ok(())) => Ok(played),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no end after {MATCH_MAX:?}")),
    };
    Left {
        client: bot.client,
        room: bot.room,
        played,
    }
}

async fn check(summary: &mut Summary, left: Vec<Left>) {
    let mut rooms: BTreeMap<String, Vec<(Client, Vec<Score>)>> = BTreeMap::new();
    for Left {
        client,
        room,
        played,
    } in left
    {
        summary.players += 1;
        let who = client.player_id().unwrap_or_default().to_owned();
        let room_scores = rooms.entry(room.clone()).or_default();
        match played {
            Ok(played) => {
                summary.snapshots += played.measured.snapshots;
                summary.inputs += played.measured.inputs;
                summary.reconnects += played.reconnects;
                match played.scores {
                    Some(scores) => room_scores.push((client, scores)),
                    None => summary
                        .errors
                        .push(format!("{room}: {who}: no scores: {:?}", played.reason)),
                }
            }
            Err(error) => summary.errors.push(format!("{room}: {who}: {error}")),
        }
    }
    summary.matches = rooms.len();
    for (room, results) in rooms {
        summary.over += results.len();
        if let Err(error) = check_room(&room, &results).await {
            summary.errors.push(format!("{room}: {error}"));
        }
    }
}

/// All players got the same scores, which include their own, and the leaderboard counted them.
async fn check_room(room: &str, results: &[(Client, Vec<Score>)]) -> Result<(), String> {
    let Some((first, scores)) = results.first() else {
        return Ok(());
    };
    for (client, others) in results {
        if others != scores {
            return Err(format!("different scores: {scores:?} and {others:?}"));
        }
        let id = client.player_id().unwrap_or_default();
        let lines = scores.iter().filter(|score| score.player_id == id).count();
        if lines != 1 {
            return Err(format!("{id} is {lines} times in {scores:?}"));
        }
    }
    let counted = timeout(COUNTED_MAX, counted(first, room)).await;
    let counted = counted
        .map_err(|_| format!("not counted after {COUNTED_MAX:?}"))?
        .map_err(|error| error.to_string())?;
    let mut expected: Vec<_> = scores
        .iter()
        .map(|score| (score.player_id.as_str(), i64::from(score.score)))
        .collect();
    let mut found: Vec<_> = counted
        .iter()
        .map(|rank| (rank.player_id.as_str(), rank.score))
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    if expected == found {
        Ok(())
    } else {
        Err(format!(
            "players received {expected:?}, the leaderboard has {found:?}"
        ))
    }
}

async fn counted(client: &Client, room: &str) -> Result<Vec<bots::Rank>, Error> {
    loop {
        match client.room_leaderboard(room).await {
            Err(Error::Problem(problem)) if problem.status == 404 => sleep(ASK_INTERVAL).await,
            answer => return answer,
        }
    }
}
