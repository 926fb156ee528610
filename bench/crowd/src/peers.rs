//! The peers: the same arena on other libraries, played through each library's own client. Only the server's CPU time
//! is measured. The relay is measured in the same rounds with the same number of rooms.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use testkit::free_port;

use crate::server::Server;
use crate::tick_loop::{self, Kind, Terms, WAITED_MAX, wait_for};
use crowd::cpu::Use;
use crowd::figures::{middle, middle_and_tail, spread, table};
use crowd::machine;

const SEATS: usize = 5;
/// A server that uses more of its core than this has too many rooms.
const BUSY_MAX: f64 = 0.9;

/// A server of `bench/peers`.
struct Peer {
    name: &'static str,
    /// The command that runs it, in `bench/peers`; port and rate are appended.
    command: [&'static str; 2],
    /// The client library of its players.
    driver: &'static str,
    /// The divisor of the number of rooms, so that one core can run them.
    share: usize,
}

const PEERS: [Peer; 3] = [
    Peer {
        name: "Colyseus",
        command: ["node", "colyseus/server.mjs"],
        driver: "colyseus",
        share: 1,
    },
    Peer {
        name: "socket.io",
        command: ["node", "socketio/server.mjs"],
        driver: "socketio",
        share: 1,
    },
    Peer {
        name: "python-socketio",
        command: ["python/.venv/bin/python", "python/server.py"],
        driver: "socketio",
        share: 4,
    },
];

/// A run of any of the servers.
struct Run {
    used: Use,
    players: f64,
    states: f64,
    bytes: f64,
    shots: f64,
    visible_ms: Vec<f64>,
    resident_kib: u64,
    lost: u64,
    moves: bool,
}

impl Run {
    fn cpu_us(&self) -> f64 {
        self.used.cpu * 1e6 / (self.used.seconds * self.players)
    }

    /// The number of cores used.
    fn busy(&self) -> f64 {
        self.used.cpu / self.used.seconds
    }

    /// Whether the core was neither full nor shared. Otherwise players look cheaper than they are, because the server
    /// handles more per wake-up.
    fn fits(&self) -> bool {
        self.used.waited <= WAITED_MAX && self.busy() <= BUSY_MAX
    }
}

/// Measures and prints.
pub(crate) async fn run(terms: &Terms, folder: &Path) -> Result<()> {
    install(folder)?;
    for hz in [60, 20] {
        println!(
            "\n## Peers: up to {} rooms of 5, {hz} Hz states, one core\n",
            terms.rooms
        );
        let mut rows = vec![Row::new("relay", terms.rooms)];
        rows.extend(
            PEERS
                .iter()
                .map(|peer| Row::new(peer.name, (terms.rooms / peer.share).max(1))),
        );
        for _ in 0..terms.runs {
            for at in 0..rows.len() {
                let run = match at.checked_sub(1) {
                    None => fit(&mut rows[0], async |rooms| relay(terms, rooms, hz).await).await?,
                    Some(peer) => {
                        let peer = &PEERS[peer];
                        let measure = async |rooms| measure(terms, peer, folder, rooms, hz);
                        fit(&mut rows[at], measure).await?
                    }
                };
                let Some(run) = run else { continue };
                let ours = rows[0].runs.last().map(Run::cpu_us);
                rows[at].ratios.extend(match (at, ours) {
                    (0, _) => Some(1.0),
                    (_, ours) => ours.map(|ours| run.cpu_us() / ours),
                });
                rows[at].runs.push(run);
            }
        }
        print(&rows);
        println!("\nload {}", machine::load());
    }
    Ok(())
}

/// The row of a server in the table.
struct Row {
    name: &'static str,
    /// The number of rooms that its core can run, as far as known.
    rooms: usize,
    runs: Vec<Run>,
    ratios: Vec<f64>,
}

impl Row {
    fn new(name: &'static str, rooms: usize) -> Self {
        Self {
            name,
            rooms,
            runs: Vec::new(),
            ratios: Vec::new(),
        }
    }
}

/// One run with as many rooms as its core can run: halves the number of rooms until it fits. None: not even one room
/// fits.
async fn fit(row: &mut Row, measure: impl AsyncFn(usize) -> Result<Run>) -> Result<Option<Run>> {
    while row.rooms > 0 {
        let run = measure(row.rooms).await?;
        if run.fits() {
            return Ok(Some(run));
        }
        println!(
            "{} with {} rooms: its core is {:.0} % busy, and it waited for it {:.0} % of its time",
            row.name,
            row.rooms,
            run.busy() * 100.0,
            run.used.waited * 100.0
        );
        row.rooms /= 2;
    }
    println!("{}: no figure, its core does not carry one room", row.name);
    Ok(None)
}

async fn relay(terms: &Terms, rooms: usize, hz: u32) -> Result<Run> {
    let terms = Terms {
        rooms,
        ..terms.clone()
    };
    let run = tick_loop::measure(&terms, Kind::Relay, hz).await?;
    let (seen, players) = (&run.totals.seen, run.players as f64);
    let each = |count: u64| count as f64 / (run.used.seconds * players);
    Ok(Run {
        used: run.used,
        players,
        states: each(seen.states),
        bytes: each(run.totals.bytes),
        shots: seen.shots as f64 / seen.states.max(1) as f64,
        visible_ms: seen.visible_ms.clone(),
        resident_kib: run.resident_kib,
        lost: run.totals.lost + seen.bad,
        moves: seen.moved > 0,
    })
}

fn measure(terms: &Terms, peer: &Peer, folder: &Path, rooms: usize, hz: u32) -> Result<Run> {
    let port = free_port();
    let [program, script] = peer.command;
    let program = if program.contains('/') {
        folder.join(program)
    } else {
        program.into()
    };
    let server = Server::start(
        peer.driver,
        &machine::server_core(),
        &program,
        &std::env::temp_dir(),
        |command| {
            command
                .current_dir(folder)
                .args([script, &port.to_string(), &hz.to_string()]);
        },
    )?;
    wait_for(&server, &format!("127.0.0.1:{port}"))?;
    let words = [
        peer.driver.to_owned(),
        port.to_string(),
        rooms.to_string(),
        terms.seconds.to_string(),
    ];
    let mut driver = Command::new("node")
        .current_dir(folder)
        .arg("driver/driver.mjs")
        .args(words)
        .stdout(Stdio::piped())
        .spawn()
        .context("node is missing")?;
    let mut lines = BufReader::new(driver.stdout.take().context("no output")?)
        .lines()
        .map_while(Result::ok);
    if !lines.any(|line| line == "measuring") {
        bail!(
            "the driver failed; the output of the server: {}",
            server.last_lines()
        );
    }
    let before = server.used()?;
    let line = lines
        .find(|line| line.starts_with('{'))
        .context("no output of the driver")?;
    let used = server.used()?.since(&before);
    driver.wait()?;
    let seen: Value = serde_json::from_str(&line)?;
    let number = |name: &str| seen[name].as_f64().unwrap_or(0.0);
    let players = (rooms * SEATS) as f64;
    let each = |name| number(name) / (number("seconds") * players);
    let visible = seen["visible_ms"].as_array().into_iter().flatten();
    Ok(Run {
        used,
        players,
        states: each("states"),
        bytes: each("bytes"),
        shots: number("shots") / number("states").max(1.0),
        visible_ms: visible.filter_map(Value::as_f64).collect(),
        resident_kib: server.resident_kib()?,
        lost: number("lost") as u64,
        moves: number("moved") > 0.0,
    })
}

/// The received bytes; a dash if the driver cannot count them, because the library uses Node's built-in WebSocket.
fn counted_bytes(runs: &[Run]) -> String {
    let bytes: Vec<f64> = runs
        .iter()
        .map(|run| run.bytes)
        .filter(|bytes| *bytes > 0.0)
        .collect();
    middle(&bytes, 0)
}

fn print(rows: &[Row]) {
    let head = [
        "",
        "µs/player-s",
        "of the relay's",
        "states/s",
        "bytes/s",
        "shots",
        "players move",
        "lost or bad",
        "waited %",
        "input to visible p50/p99 ms",
        "RSS MiB (players)",
    ];
    let lines: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let Row {
                name, runs, ratios, ..
            } = row;
            let of = |get: &dyn Fn(&Run) -> f64, digits| {
                let values: Vec<f64> = runs.iter().map(get).collect();
                middle(&values, digits)
            };
            let cpu: Vec<f64> = runs.iter().map(Run::cpu_us).collect();
            let visible: Vec<f64> = runs
                .iter()
                .flat_map(|run| run.visible_ms.iter().copied())
                .collect();
            vec![
                (*name).to_owned(),
                spread(&cpu, 0),
                spread(ratios, 1),
                of(&|run| run.states, 1),
                counted_bytes(runs),
                of(&|run| run.shots, 1),
                match runs.iter().map(|run| run.moves).min() {
                    Some(true) => "yes",
                    Some(false) => "NO",
                    None => "–",
                }
                .to_owned(),
                runs.iter().map(|run| run.lost).sum::<u64>().to_string(),
                of(&|run| run.used.waited * 100.0, 0),
                middle_and_tail(&visible),
                format!(
                    "{} ({})",
                    of(&|run| run.resident_kib as f64 / 1024.0, 0),
                    of(&|run| run.players, 0)
                ),
            ]
        })
        .collect();
    table(&head, &lines);
}

/// Installs the versions in the lock files, unless they are installed.
fn install(folder: &Path) -> Result<()> {
    for place in ["colyseus", "socketio", "driver"] {
        let place = folder.join(place);
        // The last file that npm writes.
        if !place.join("node_modules/.package-lock.json").exists() {
            let npm = ["ci", "--loglevel=error", "--no-audit", "--no-fund"];
            done(Command::new("npm").current_dir(place).args(npm))?;
        }
    }
    let venv = folder.join("python/.venv");
    if !venv.exists() {
        done(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        let requirements = folder.join("python/requirements.txt");
        let pip = fs::canonicalize(&venv)?.join("bin/pip");
        done(
            Command::new(pip)
                .args(["install", "--quiet", "-r"])
                .arg(requirements),
        )?;
    }
    Ok(())
}

fn done(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}
