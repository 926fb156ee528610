//! Redis dies, is replaced, hangs or restarts under traffic: acknowledged transitions are not lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use lobby::{Error, Join, Joined, Lobby, Pools, Status};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use testkit::Redis;

const DEADLINE: Duration = Duration::from_secs(30);
const PLAYERS: u32 = 400;

/// One address for the current primary, like a load balancer or a DNS name.
struct FrontDoor {
    url: String,
    port: Arc<AtomicU16>,
    _task: JoinSet<()>,
}

impl FrontDoor {
    async fn open(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("redis://{}", listener.local_addr().expect("an address"));
        let port = Arc::new(AtomicU16::new(port));
        let (to, mut task) = (port.clone(), JoinSet::new());
        task.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let port = to.load(Ordering::Relaxed);
                open.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                        tokio::io::copy_bidirectional(&mut client, &mut server)
                            .await
                            .ok();
                    }
                });
            }
        });
        Self {
            url,
            port,
            _task: task,
        }
    }
}

async fn lobby(url: &str) -> Lobby {
    let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
    Lobby::connect(url, pools).await.expect("a lobby")
}

async fn join(lobby: &Lobby, n: u32) -> lobby::Result<Joined> {
    let player = format!("p{n}");
    let join = Join {
        player: &player,
        name: "p",
        color: None,
        game: "",
        latencies: "",
        trace: "",
        priority: 0,
        request: Some("once"),
    };
    lobby.pool("main")?.queue_join(join).await
}

/// Hundreds of players who join concurrently; each repeats the join until it is acknowledged.
struct Crowd {
    tasks: JoinSet<()>,
    joined: Arc<AtomicU32>,
    failures: Arc<AtomicU32>,
}

impl Crowd {
    fn start(lobby: &Lobby) -> Self {
        let (joined, failures) = (Arc::<AtomicU32>::default(), Arc::<AtomicU32>::default());
        let mut tasks = JoinSet::new();
        for worker in 0..16 {
            let (lobby, joined, failures) = (lobby.clone(), joined.clone(), failures.clone());
            tasks.spawn(async move {
                for n in (worker..PLAYERS).step_by(16) {
                    while join(&lobby, n).await.is_err() {
                        failures.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    joined.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self {
            tasks,
            joined,
            failures,
        }
    }

    async fn wait_for(&self, what: impl Fn(u32, u32) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !what(
            self.joined.load(Ordering::Relaxed),
            self.failures.load(Ordering::Relaxed),
        ) {
            assert!(Instant::now() < until, "no progress");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Every join was acknowledged, so every player must be queued.
    async fn expect_in(self, lobby: &Lobby) {
        assert_eq!(
            tokio::time::timeout(DEADLINE, self.tasks.join_all())
                .await
                .map(|_| ()),
            Ok(())
        );
        for n in 0..PLAYERS {
            let me = lobby.players.me(&format!("p{n}")).await.expect("me");
            assert_eq!(me.status, Status::Queued, "the join of p{n} was answered");
        }
        let wrong = lobby::check::violations(lobby, "main")
            .await
            .expect("check");
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[tokio::test]
async fn acknowledged_transitions_survive_the_primary_when_replicas_are_awaited() {
    let mut primary = Redis::alone("");
    let port = primary.nodes[0].address.port;
    let replica = Redis::alone(&format!("--replicaof 127.0.0.1 {port}"));
    let copy = &replica.nodes[0];
    copy.wait_for(|_| {
        copy.run("INFO replication")
            .contains("master_link_status:up")
    });
    let door = FrontDoor::open(port).await;
    let lobby = lobby(&door.url).await.waiting_for(1);
    let crowd = Crowd::start(&lobby);
    crowd.wait_for(|joined, _| joined > PLAYERS / 4).await;

    primary.nodes[0].kill();
    door.port.store(copy.address.port, Ordering::Relaxed);
    // The copy is not promoted yet: it refuses writes, and each refusal makes the client reconnect.
    crowd.wait_for(|_, failures| failures > 50).await;
    copy.run("REPLICAOF NO ONE");
    // It has no replica, so waiting for one times out.
    crowd.wait_for(|_, failures| failures > 100).await;
    let second = Redis::alone(&format!("--replicaof 127.0.0.1 {}", copy.address.port));
    let lobby = lobby.waiting_for(0);
    crowd.expect_in(&lobby).await;
    drop(second);
}

#[tokio::test]
async fn without_the_awaited_replica_nothing_is_acknowledged() {
    let server = Redis::alone("");
    let lobby = lobby(&server.url).await;
    let refused = join(&lobby.waiting_for(1), 1).await;
    assert!(matches!(refused, Err(Error::Redis(_))), "{refused:?}");
    assert!(join(&lobby, 1).await.is_ok());
}

#[tokio::test]
async fn a_restart_from_the_append_only_file_loses_nothing_acknowledged() {
    let mut server = Redis::alone("--appendonly yes --appendfsync always");
    let lobby = lobby(&server.url).await;
    let crowd = Crowd::start(&lobby);
    for quarter in 1..=3 {
        crowd
            .wait_for(|joined, _| joined > PLAYERS / 4 * quarter)
            .await;
        server.nodes[0].restart();
    }
    crowd.expect_in(&lobby).await;
}

#[tokio::test]
async fn scripts_flushed_under_traffic_are_loaded_again() {
    let server = Redis::alone("");
    let lobby = lobby(&server.url).await;
    let crowd = Crowd::start(&lobby);
    for quarter in 1..=3 {
        crowd
            .wait_for(|joined, _| joined > PLAYERS / 4 * quarter)
            .await;
        server.nodes[0].run("SCRIPT FLUSH");
    }
    assert_eq!(crowd.failures.load(Ordering::Relaxed), 0);
    crowd.expect_in(&lobby).await;
}

#[tokio::test]
async fn a_redis_that_fills_up_under_traffic_loses_nothing_acknowledged() {
    let server = Redis::alone("");
    let lobby = lobby(&server.url).await;
    let crowd = Crowd::start(&lobby);
    crowd.wait_for(|joined, _| joined > PLAYERS / 4).await;
    server.nodes[0].run("CONFIG SET maxmemory 1");
    crowd.wait_for(|_, failures| failures > 50).await;
    let refused = join(&lobby, PLAYERS).await;
    assert!(matches!(refused, Err(Error::Full)), "{refused:?}");
    server.nodes[0].run("CONFIG SET maxmemory 0");
    crowd.expect_in(&lobby).await;
}

#[tokio::test]
async fn a_hanging_redis_is_an_error_after_the_timeout() {
    let server = Redis::alone("");
    let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
    let timeout = Duration::from_millis(300);
    let lobby = Lobby::connect_within(&server.url, pools, timeout)
        .await
        .expect("a lobby");
    lobby.players.me("a").await.expect("me");
    server.pause();
    let since = Instant::now();
    for _ in 0..3 {
        assert!(matches!(join(&lobby, 1).await, Err(Error::Redis(_))));
    }
    // A slow machine may need longer.
    assert!(since.elapsed() < Duration::from_secs(10));
    server.resume();
    let back = async { while join(&lobby, 1).await.is_err() {} };
    assert!(tokio::time::timeout(DEADLINE, back).await.is_ok());
}
