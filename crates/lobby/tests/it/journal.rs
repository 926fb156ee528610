//! The journal on a real redis-server: every entry arrives despite failures of Redis, and no call blocks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lobby::journal::{Journal, connect_journal};
use lobby::{Lobby, Pools};

use testkit::Redis;

const TIMEOUT: Duration = Duration::from_secs(5);
const DEADLINE: Duration = Duration::from_mins(1);

/// A worker's journal on a server, used as a relay uses it.
struct Bench {
    server: Arc<Redis>,
    relay: String,
    journal: Journal,
    lobby: Lobby,
}

impl Bench {
    async fn new(server: Arc<Redis>) -> Self {
        let relay = uuid::Uuid::new_v4().simple().to_string();
        let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
        Self {
            journal: Journal::new(&relay, 0),
            lobby: Lobby::connect(&server.url, pools).await.expect("a lobby"),
            relay,
            server,
        }
    }

    fn connect(&mut self) {
        let link = connect_journal(&self.server.url, &self.relay, 0, TIMEOUT).expect("a link");
        self.journal.attach(link);
    }

    /// Appends this number of entries, each starting with its number.
    fn append(&mut self, numbers: std::ops::Range<u64>, bytes: usize) {
        for number in numbers {
            let mut entry = number.to_be_bytes().to_vec();
            entry.resize(bytes, b'.');
            self.journal.append(&entry);
        }
    }

    /// Polls, and reconnects if needed, until every entry is acknowledged.
    fn settle(&mut self) {
        let until = Instant::now() + DEADLINE;
        while self.journal.lag().0 > 0 {
            assert!(Instant::now() < until, "lag {:?}", self.journal.lag());
            if self.journal.needs_link()
                && let Ok(link) = connect_journal(&self.server.url, &self.relay, 0, TIMEOUT)
            {
                self.journal.attach(link);
            }
            self.journal.poll();
            std::thread::yield_now();
        }
    }

    /// Polls until the condition holds.
    fn poll_until(&mut self, is_so: impl Fn(&Journal) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !is_so(&self.journal) {
            assert!(Instant::now() < until, "lag {:?}", self.journal.lag());
            self.journal.poll();
            std::thread::yield_now();
        }
    }

    /// The numbers in the stream, in stream order.
    async fn numbers(&self) -> Vec<u64> {
        let read = self.lobby.journals.read(self.journal.stream()).await;
        let entries = read.expect("the journal");
        let number = |entry: &[u8]| u64::from_be_bytes(entry[..8].try_into().expect("a number"));
        entries.iter().map(|entry| number(entry)).collect()
    }

    async fn has_all(&self, numbers: std::ops::Range<u64>) {
        let found: BTreeSet<u64> = self.numbers().await.into_iter().collect();
        let missing: Vec<u64> = numbers.filter(|number| !found.contains(number)).collect();
        assert!(missing.is_empty(), "missing: {missing:?}");
    }
}

#[tokio::test]
async fn entries_are_read_back_in_order() {
    let mut bench = Bench::new(Redis::shared()).await;
    assert!(bench.journal.needs_link());
    assert_eq!(bench.journal.last_id(), "0-0");
    bench.append(0..3, 8);
    assert_eq!(bench.journal.lag().0, 3, "they wait for a connection");
    bench.connect();
    assert!(!bench.journal.needs_link());
    bench.append(3..700, 20);
    bench.settle();
    assert_eq!(
        bench.numbers().await,
        (0..700).collect::<Vec<_>>(),
        "several pages"
    );
    assert_ne!(bench.journal.last_id(), "0-0");
    assert_eq!(bench.journal.dropped(), 0);
    let read = bench.lobby.journals.read("nobody:0").await;
    assert!(read.expect("the journal").is_empty());
}

#[tokio::test]
async fn the_stream_expires_without_writes() {
    let server = Arc::new(Redis::start());
    let mut bench = Bench::new(server).await;
    bench.connect();
    bench.append(0..1, 8);
    bench.settle();
    let key = format!("journal:{}", bench.journal.stream());
    let server = bench.server.clone();
    let node = &server.nodes[0];
    // The TTL is set by the command after the entry.
    let until = Instant::now() + DEADLINE;
    while node.run(&format!("TTL {key}")) != "3600" {
        assert!(Instant::now() < until, "no TTL");
    }
    bench.append(1..20_001, 8);
    bench.settle();
    let kept: u64 = node.run(&format!("XLEN {key}")).parse().expect("a number");
    assert!((7200..7400).contains(&kept), "{kept} kept");
}

#[tokio::test]
async fn a_paused_redis_blocks_no_call_and_gets_everything_later() {
    let mut bench = Bench::new(Arc::new(Redis::start())).await;
    bench.connect();
    bench.append(0..10, 100);
    bench.settle();

    bench.server.pause();
    // The test is that these calls return while Redis does not answer.
    bench.append(10..3000, 1000);
    bench.journal.poll();
    let (entries, bytes) = bench.journal.lag();
    assert_eq!(entries, 2990);
    assert!(bytes > 2_990_000 && bytes <= 8 << 20, "{bytes}");
    bench.poll_until(Journal::needs_link);
    assert_eq!(
        bench.journal.lag().0,
        2990,
        "they wait for a new connection"
    );

    bench.server.resume();
    bench.settle();
    assert_eq!(bench.journal.dropped(), 0);
    bench.has_all(0..3000).await;
}

#[tokio::test]
async fn entries_beyond_the_ring_are_dropped_oldest_first_and_counted() {
    let mut bench = Bench::new(Arc::new(Redis::start())).await;
    bench.append(0..3000, 10_000);
    let (entries, bytes) = bench.journal.lag();
    let dropped = bench.journal.dropped();
    assert!((7 << 20..=8 << 20).contains(&bytes), "{bytes}");
    assert_eq!(entries as u64 + dropped, 3000);
    bench.journal.append(&vec![0; 9 << 20]);
    assert_eq!(bench.journal.dropped(), dropped + 1, "it never fits");
    assert_eq!(bench.journal.lag().0, entries);
}

#[tokio::test]
async fn a_full_ring_with_a_paused_redis_keeps_the_newest() {
    let mut bench = Bench::new(Arc::new(Redis::start())).await;
    bench.connect();
    bench.append(0..1, 100);
    bench.settle();
    bench.server.pause();
    bench.append(1..4000, 10_000);
    assert!(bench.journal.lag().1 <= 8 << 20);
    bench.server.resume();
    bench.settle();
    // Entries that were dropped after they were sent may still have arrived.
    bench.has_all(3300..4000).await;
}

#[tokio::test]
async fn a_restarted_redis_gets_the_unacknowledged_entries() {
    let mut server = Redis::start();
    let url = server.url.clone();
    let relay = uuid::Uuid::new_v4().simple().to_string();
    let mut journal = Journal::new(&relay, 0);
    journal.attach(connect_journal(&url, &relay, 0, TIMEOUT).expect("a link"));
    server.nodes[0].kill();
    for number in 0..100_u64 {
        journal.append(&number.to_be_bytes());
        journal.poll();
    }
    assert!(journal.needs_link());
    assert!(connect_journal(&url, &relay, 0, TIMEOUT).is_err());
    server.nodes[0].restart();
    server.nodes[0].wait_for(|node| node.run("CLUSTER INFO").contains("cluster_state:ok"));
    let mut bench = Bench::new(Arc::new(server)).await;
    (bench.relay, bench.journal) = (relay, journal);
    bench.settle();
    bench.has_all(0..100).await;
    assert_eq!(bench.journal.dropped(), 0);
}

#[tokio::test]
async fn in_a_cluster_the_stream_is_written_to_its_node() {
    let server = Arc::new(Redis::cluster(3));
    for _ in 0..6 {
        let mut bench = Bench::new(server.clone()).await;
        bench.connect();
        bench.append(0..50, 50);
        bench.settle();
        bench.has_all(0..50).await;
    }
    // An unreachable seed is skipped.
    let urls = format!("redis://127.0.0.1:1,{}", server.nodes[2].url);
    connect_journal(&urls, "relay", 0, TIMEOUT).expect("a link");
}

#[tokio::test]
async fn a_full_redis_is_retried_after_a_pause() {
    let mut bench = Bench::new(Arc::new(Redis::start())).await;
    bench.connect();
    bench.server.nodes[0].run("CONFIG SET maxmemory 1");
    bench.append(0..10, 50);
    bench.poll_until(|journal| journal.lag().0 == 10 && journal.needs_link());
    bench.server.nodes[0].run("CONFIG SET maxmemory 0");
    bench.settle();
    bench.has_all(0..10).await;
}

#[tokio::test]
async fn without_write_permission_there_is_no_link() {
    let check = |url: &str, expected: &str| {
        let error = connect_journal(url, "relay", 0, TIMEOUT).expect_err(url);
        assert!(error.to_string().contains(expected), "{url}: {error}");
    };
    check(&Redis::read_only().url, "READONLY");
    check("nonsense", "REDIS_URL");
    check("redis://127.0.0.1:1", "refused");

    let server = Redis::start();
    let node = &server.nodes[0];
    node.run("ACL SETUSER journalist on >secret ~journal:* +xadd +expire");
    node.run("ACL SETUSER reader on >secret ~* +get");
    let url = |who: &str| format!("redis://{who}@127.0.0.1:{}", node.address.port);
    check(&url("journalist:wrong"), "WRONGPASS");
    check(&url("reader:secret"), "NOPERM");
    let link = connect_journal(&url("journalist:secret"), "relay", 0, TIMEOUT).expect("a link");
    let mut journal = Journal::new("relay", 0);
    journal.attach(link);
    journal.append(b"x");
    let until = Instant::now() + DEADLINE;
    while journal.lag().0 > 0 {
        journal.poll();
        assert!(Instant::now() < until && !journal.needs_link());
    }
}
