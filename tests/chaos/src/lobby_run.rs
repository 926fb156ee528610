//! `chaos lobby`: hundreds of erratic players while every part fails in turn. Then the faults stop, every player
//! plays one more match, and every count must be right.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;
use devstack::{Backend, install, interrupt};
use lobby::{Lobby, check};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

use crate::detour::Proxies;
use crate::faults::Faults;
use crate::final_counts::FinalCounts;
use crate::ledger::{Last, Ledger};
use crate::restless::{Phase, Player};
use crate::system::{System, Wanted};
use crate::table::Table;
use crate::track::Track;
use crate::witness::Witness;

pub(crate) const POOLS: [&str; 2] = ["main", "eu"];
/// The settings of each pool. Rooms expire within a minute. The tombstone of a player who is out lasts
/// `player_ttl_ms`, which is longer than a client waits without a message of a match (`LOST_MAX` in `bots`), so that
/// the client can read the reason.
const POOL_SETTINGS: [&str; 2] = [
    r#"{"countdown_ms":700,"room_ttl_ms":9000,"player_ttl_ms":75000,"claim_room_ms":15000}"#,
    r#"{"countdown_ms":700,"room_ttl_ms":9000,"player_ttl_ms":75000,"claim_room_ms":15000,
        "game":"swarm","settings":{"match_seconds":6,"orbs":20},"seats_min":3,"seats_max":5,
        "lanes":4,"late":{"until_s":30},"bots":{"fill_to":4,"after_ms":700,"replace_after_ms":2000}}"#,
];
const SETTINGS: &str = r#"{"match_seconds":6}"#;
/// Planted errors that only show when codes are reused. With them, the programs have few codes, and rooms close soon.
/// `none` plants nothing, but has few codes as well.
const FEW_CODES: [&str; 2] = ["code-without-nonce", "none"];
const TURN: Duration = Duration::from_millis(20);
const AUDIT_INTERVAL: Duration = Duration::from_millis(1500);
/// How long it may take until every player has left.
const HOME_MAX: Duration = Duration::from_mins(1);
/// How long seating may take without faults.
const SEATED_MAX: Duration = Duration::from_secs(30);
/// How long the last match may take.
const LAST_MAX: Duration = Duration::from_mins(2);

/// Flags of `lobby`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many minutes of faults
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// The seed of every fault and every choice; random by default
    #[arg(long)]
    seed: Option<u64>,
    /// How many players
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(10..))]
    players: u16,
    /// The folder of the programs with planted errors
    #[arg(long, requires = "mutation")]
    binaries: Option<PathBuf>,
    /// Which planted error to enable
    #[arg(long, requires = "binaries")]
    mutation: Option<String>,
    /// Keep the logs of every part in this folder
    #[arg(long)]
    logs: Option<PathBuf>,
}

/// Returns true if nothing was lost.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let seed = options.seed.unwrap_or_else(random_seed);
    eprintln!("seed {seed}");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let proxies = Arc::new(Proxies::new(runtime.handle().clone(), seed));
    let mut system = start(&runtime, options, proxies.clone())?;
    let witness = Witness::begin(&system.stack.redis_url);
    let mut crowd = Crowd::come(&runtime, &system.stack.url, options.players.into(), seed);
    let audit = Audit::begin(&runtime, &system.lobby);

    let relays = system.stack.relays.iter().map(|(name, _)| name.clone());
    let mut faults = Faults::new(proxies, seed, relays.collect());
    let for_ = Duration::from_secs_f64(options.minutes * 60.0);
    break_everything(&mut system, &mut faults, for_)?;
    crowd.wait_all(Phase::Home, HOME_MAX)?;
    // The witness uses CPU time, and there are no more faults.
    let history = witness.end();
    let lasts = crowd.wait_all(Phase::Last, LAST_MAX)?;
    crowd.wait_all(Phase::Done, HOME_MAX)?;
    let (violations, checks) = audit.end();

    let mut table = Table::default();
    table.info("seed", seed.to_string());
    table.info("players", crowd.count);
    add_faults(&mut table, &faults);
    table.info("checks of all keys", checks);
    for (room, player) in &history.out {
        crowd.ledger.forfeited(room, player);
    }
    let final_counts = FinalCounts::close(&runtime, &system, &crowd.ledger, lasts, violations)?;
    final_counts.add_to(&mut table, crowd.count);
    history.add_to(&mut table);
    println!("{}", table.text());
    for line in final_counts.wrong().iter().chain(&history.wrong()) {
        println!("  {line}");
    }
    if !table.is_fine() {
        let mistake = options.mutation.as_ref();
        let mistake = mistake.map_or_else(String::new, |name| format!("--mutation {name} "));
        println!("again with: cargo xtask chaos {mistake}lobby --seed {seed}");
    }
    Ok(table.is_fine())
}

/// Injects faults for this long.
fn break_everything(system: &mut System, faults: &mut Faults, for_: Duration) -> Result<()> {
    Faults::begin(&mut system.stack)?;
    let end = Instant::now() + for_;
    while Instant::now() < end {
        interrupt::check()?;
        faults.turn(&mut system.stack)?;
        thread::sleep(TURN);
    }
    faults.end(&mut system.stack)?;
    wait_well(system)
}

fn add_faults(table: &mut Table, faults: &Faults) {
    table.info("faults", faults.counts.values().sum::<usize>());
    for (kind, count) in &faults.counts {
        table.info(&format!("  {kind}"), *count);
    }
}

fn start(runtime: &Runtime, options: &Options, proxies: Arc<Proxies>) -> Result<System> {
    let pools: BTreeMap<&str, serde_json::Value> = POOLS
        .iter()
        .zip(POOL_SETTINGS)
        .map(|(pool, settings)| Ok((*pool, serde_json::from_str(settings)?)))
        .collect::<Result<_>>()?;
    let mutation = options.mutation.iter();
    let mutation = mutation.flat_map(|name| {
        let few = FEW_CODES.contains(&name.as_str());
        let few = few.then(|| ("FEW_CODES".to_owned(), "1".to_owned()));
        [Some(("MUTATION".to_owned(), name.clone())), few]
    });
    let mutation = mutation.flatten();
    let wanted = Wanted {
        relays: 2,
        pools: serde_json::to_string(&pools)?,
        settings: SETTINGS.to_owned(),
        environment: mutation.collect(),
        backend: Backend::CargoLambda(install::cargo_lambda(false)?),
        binaries: options.binaries.clone(),
        detour: Some(proxies),
        logs: options.logs.clone(),
    };
    System::start(runtime, wanted)
}

/// Waits until every part answers and Redis accepts writes.
fn wait_well(system: &mut System) -> Result<()> {
    system.stack.wait_for("gateway")?;
    for (name, _) in system.stack.relays.clone() {
        system.stack.wait_for(&name)?;
    }
    Ok(())
}

fn random_seed() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64 % 1_000_000)
}

/// A player's result of a phase.
type Report = (Phase, Option<Last>);

/// All players.
struct Crowd {
    count: usize,
    tracks: Arc<Mutex<Vec<Track>>>,
    ledger: Arc<Ledger>,
    phase: watch::Sender<Phase>,
    reports: mpsc::UnboundedReceiver<Report>,
}

impl Crowd {
    fn come(runtime: &Runtime, url: &str, count: usize, seed: u64) -> Self {
        let (reports_sender, reports) = mpsc::unbounded_channel();
        let crowd = Self {
            count,
            tracks: Arc::default(),
            ledger: Arc::default(),
            phase: watch::Sender::new(Phase::Restless),
            reports,
        };
        let pools = Arc::new(POOLS.map(str::to_owned).to_vec());
        for number in 0..count {
            let (url, reports_sender, pools) =
                (url.to_owned(), reports_sender.clone(), pools.clone());
            let (ledger, phase) = (crowd.ledger.clone(), crowd.phase.subscribe());
            let tracks = crowd.tracks.clone();
            runtime.spawn(async move {
                let player = Player::come(&url, number, seed, pools, ledger, phase).await;
                let all = &mut *tracks.lock().unwrap_or_else(PoisonError::into_inner);
                all.push(player.track.clone());
                tokio::spawn(live(player, number, reports_sender));
            });
        }
        crowd
    }

    /// Begins a phase and waits until every player has completed it. Returns their results.
    fn wait_all(&mut self, phase: Phase, patience: Duration) -> Result<Vec<Last>> {
        eprintln!("{phase:?}");
        self.phase.send_replace(phase);
        let deadline = Instant::now() + patience;
        let (mut lasts, mut count) = (Vec::new(), 0);
        while count < self.count {
            interrupt::check()?;
            match self.reports.try_recv() {
                Ok((done, last)) if done == phase => {
                    count += 1;
                    lasts.extend(last);
                }
                Ok(_) => {}
                Err(_) if Instant::now() > deadline => {
                    let missing = self.count - count;
                    self.ledger
                        .wrong(format!("{missing} players were not through with {phase:?}"));
                    break;
                }
                Err(_) => thread::sleep(TURN),
            }
        }
        Ok(lasts)
    }
}

async fn live(mut player: Player, number: usize, reports_sender: mpsc::UnboundedSender<Report>) {
    player.be_restless().await;
    player.go_home().await;
    let mut phase = player.phase.clone();
    let _ = reports_sender.send((Phase::Home, None));
    let _ = phase.wait_for(|phase| *phase == Phase::Last).await;
    let pool = POOLS[number % POOLS.len()];
    let last = player.play_last(pool, SEATED_MAX).await;
    let _ = reports_sender.send((Phase::Last, Some(last)));
    let _ = phase.wait_for(|phase| *phase == Phase::Done).await;
    player.go_home().await;
    let _ = reports_sender.send((Phase::Done, None));
}

/// Checks the invariants of every pool repeatedly, even during the faults.
struct Audit {
    seen: Arc<Mutex<BTreeMap<String, usize>>>,
    checks: Arc<Mutex<usize>>,
    task: tokio::task::JoinHandle<()>,
}

impl Audit {
    fn begin(runtime: &Runtime, lobby: &Lobby) -> Self {
        let (seen, checks) = (
            Arc::<Mutex<BTreeMap<_, _>>>::default(),
            Arc::<Mutex<usize>>::default(),
        );
        let (to_seen, to_checks, lobby) = (seen.clone(), checks.clone(), lobby.clone());
        let task = runtime.spawn(async move {
            loop {
                for pool in POOLS {
                    // Redis itself may be unreachable.
                    let Ok(wrong) = check::violations(&lobby, pool).await else {
                        continue;
                    };
                    *to_checks.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                    let mut seen = to_seen.lock().unwrap_or_else(PoisonError::into_inner);
                    for what in wrong {
                        tracing::warn!(pool, what, "violation");
                        *seen.entry(format!("{pool}: {what}")).or_default() += 1;
                    }
                }
                tokio::time::sleep(AUDIT_INTERVAL).await;
            }
        });
        Self { seen, checks, task }
    }

    /// The violations found, and the number of checks.
    fn end(self) -> (Vec<String>, usize) {
        self.task.abort();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        let words = seen
            .iter()
            .map(|(what, count)| format!("{what} ({count} times)"));
        (words.collect(), *checks)
    }
}
