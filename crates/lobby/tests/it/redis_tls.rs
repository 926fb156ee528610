//! Redis over TLS: the lobby and its journals accept the trusted certificate, but no other certificate and no plain
//! connection.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use lobby::journal::{Journal, connect_journal};
use lobby::{Join, Lobby, Pools, RelayInfo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use testkit::Redis;

const DEADLINE: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(5);
/// The environment variable with the server's URL, for the process that trusts the server.
const URL: &str = "TLS_TEST_URL";

/// The root certificates come from a file that an environment variable names. A process cannot set its own variables,
/// so `over_tls` runs in a separate process.
#[tokio::test]
async fn only_clients_that_trust_the_certificate_connect() {
    let certificate = Certificate::make();
    let server = Redis::tls(&certificate.file, &certificate.key);
    let error = lobby(&server.url)
        .await
        .ping()
        .await
        .expect_err("not trusted");
    assert!(error.to_string().contains("certificate"), "{error}");
    let url = server.url.clone();
    let refused = tokio::task::spawn_blocking(move || connect_journal(&url, "r", 0, TIMEOUT));
    let error = refused.await.expect("a thread").expect_err("not trusted");
    assert!(error.to_string().contains("certificate"), "{error}");

    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["redis_tls::over_tls", "--exact"])
        .env("SSL_CERT_FILE", &certificate.file)
        .env(URL, &server.url)
        .output()
        .expect("this program runs");
    let output_text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output_text}");
    assert!(output_text.contains("1 passed"), "{output_text}");
}

#[tokio::test]
async fn over_tls() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    players_are_seated(&url).await;
    a_journal_arrives(&url).await;
    // A host that the certificate does not name, and a plain connection.
    for wrong in [
        url.replace("127.0.0.1", "localhost"),
        url.replace("rediss", "redis"),
    ] {
        lobby(&wrong).await.ping().await.expect_err("refused");
        let connect = move || connect_journal(&wrong, "r", 0, TIMEOUT).is_err();
        let is_refused = tokio::task::spawn_blocking(connect).await;
        assert!(is_refused.expect("a thread"));
    }
}

async fn players_are_seated(url: &str) {
    let lobby = lobby(url).await;
    let mut hints = lobby.hints();
    hints.follow(&lobby.pools().0.keys().cloned().collect());
    let relay = RelayInfo {
        webtransport: None,
        id: "r".to_owned(),
        url: "ws://127.0.0.1:1".to_owned(),
        rooms: 0,
        capacity: 10,
        draining: false,
        boot: "boot".to_owned(),
        region: None,
        watchers_free: None,
        games: std::sync::Arc::default(),
    };
    lobby.relays.renew(&relay).await.expect("renewed");
    for player in ["a", "b", "c", "d", "e"] {
        let join = Join {
            player,
            name: player,
            color: None,
            game: "",
            latencies: "",
            trace: "",
            priority: 0,
            request: None,
        };
        let pool = lobby.pool("main").expect("a pool");
        pool.queue_join(join).await.expect("joined");
    }
    tokio::time::timeout(DEADLINE, hints.next())
        .await
        .expect("a hint");
    let assigned = lobby.pool("main").expect("a pool").assign().await;
    let assigned = assigned.expect("assigned");
    assert_eq!((assigned.seated, assigned.started), (5, 1));
    assert!(lobby.players.me("a").await.expect("me").game.is_some());
}

async fn a_journal_arrives(url: &str) {
    let mut journal = Journal::new("r", 0);
    let (at, connect) = (Instant::now() + DEADLINE, url.to_owned());
    let link = tokio::task::spawn_blocking(move || connect_journal(&connect, "r", 0, TIMEOUT));
    journal.attach(link.await.expect("a thread").expect("a link"));
    // Each entry is larger than a TLS record; together they exceed the socket's buffer.
    let entry = |n: u8| vec![n; 100_000];
    for n in 0..40 {
        journal.append(&entry(n));
    }
    while journal.lag().0 > 0 {
        assert!(Instant::now() < at, "lag {:?}", journal.lag());
        assert!(!journal.needs_link(), "the connection ended");
        journal.poll();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(journal.dropped(), 0);
    let read = lobby(url).await.journals.read(journal.stream()).await;
    let read = read.expect("the journal");
    assert_eq!(read.len(), 40);
    assert!(read.iter().zip(0..).all(|(read, n)| *read == entry(n)));
}

async fn lobby(url: &str) -> Lobby {
    let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
    Lobby::connect(url, pools).await.expect("a lobby")
}

/// A certificate for 127.0.0.1 in a temporary folder, which is removed on drop.
struct Certificate {
    folder: PathBuf,
    file: PathBuf,
    key: PathBuf,
}

impl Certificate {
    fn make() -> Self {
        let folder = std::env::temp_dir().join(format!("lobby-tls-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let names = ["127.0.0.1".to_owned()];
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(names).expect("a certificate");
        let (file, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&file, cert.pem()).expect("a file");
        std::fs::write(&key, signing_key.serialize_pem()).expect("a file");
        Self { folder, file, key }
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}
