//! The front door in AWS and on one machine: a real nginx accepts the configuration, and the routes
//! are those of the HTTP API.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use container::fill;
use devstack::builds::workspace;
use devstack::command::find;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;
use tempfile::TempDir;

use crate::functions::routes_by_function;
use crate::source::functions;
use crate::template::{self, text};

#[test]
fn nginx_sends_each_route_where_the_http_api_has_it() {
    let text = read("http/routes.conf");
    let map = block(&text, "map \"$request_method $uri\" $function {");
    let mut missing = Vec::new();
    for ((method, path), function) in routes_by_function() {
        let plain = path
            .replace("{room}", "[A-Za-z0-9._-]+")
            .replace("{code}", "[A-Za-z0-9-]+")
            .replace("{player}", "[A-Za-z0-9-]+")
            .replace("{relay}", "[A-Za-z0-9-]+")
            .replace("{pool}", "[A-Za-z0-9-]+");
        let line = format!("\"~^{method} {plain}$\" {function};");
        if !map.iter().any(|written| *written == line) {
            missing.push(line);
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    for line in map.iter().filter(|line| line.starts_with("\"~")) {
        let function = line
            .trim_end_matches(';')
            .rsplit(' ')
            .next()
            .unwrap_or_default();
        assert!(
            function == "page" || functions().contains_key(function),
            "{line}"
        );
    }
}

#[test]
fn every_value_is_a_variable_of_the_task_or_set_by_the_image() {
    let (given, used) = (variables(), names_of_values("aws"));
    let by_image = ["WEB_DIST", "CONSOLE_DIST", "CA_FILE"];
    let missing: Vec<_> = used
        .iter()
        .filter(|name| !given.contains_key(*name) && !by_image.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "not set: {missing:?}");
    let unused: Vec<_> = given.keys().filter(|name| !used.contains(*name)).collect();
    assert_eq!(unused, ["DEPLOYMENT"]);
}

/// The names in the configuration of a deployment.
pub(crate) fn names_of_values(deployment: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let used = Mutex::new(BTreeSet::new());
    configure(deployment, folder.path(), |name| {
        used.lock().expect("a lock").insert(name.to_owned());
        Some("x".to_owned())
    });
    used.into_inner().expect("a lock")
}

#[test]
fn nginx_accepts_the_configuration_of_one_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path();
    let (chain, key) = (run.join("chain.pem"), run.join("key.pem"));
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["play.example.org".to_owned()]).expect("a certificate");
    std::fs::write(&chain, cert.pem()).expect("a file");
    std::fs::write(&key, signing_key.serialize_pem()).expect("a file");
    let tls = format!(
        "ssl_certificate {}; ssl_certificate_key {};",
        chain.display(),
        key.display()
    );
    configure("machine", run, |name| {
        let value = match name {
            "LISTEN" => "127.0.0.1:8443 ssl",
            "TLS" => &tls,
            "PLAIN" => "127.0.0.1:8080",
            "INSIDE" => "127.0.0.1:9001",
            "ACCESS_LOG" => "/dev/null",
            "LAMBDA" => "127.0.0.1:9000",
            "GATEWAY" => "127.0.0.1:3001",
            "RELAY_RULE" => "~^relay-(?<number>[1-9])$ 127.0.1.$number:9401;",
            "RESOLVER" => "127.0.0.1",
            "HOST" => "play.example.org",
            _ => return common(name, run),
        };
        Some(value.to_owned())
    });
    let tested = nginx(run).arg("-t").output().expect("nginx runs");
    let output = String::from_utf8_lossy(&tested.stderr);
    assert!(tested.status.success(), "{output}");
    assert!(!output.contains("[warn]"), "{output}");
}

#[test]
fn nginx_in_aws_passes_requests_on() {
    let door = Door::start();
    let passed = door
        .ask("GET /lobby/me?x=1 HTTP/1.0\r\nHost: play.example\r\nX-Forwarded-For: 6.6.6.6\r\n");
    assert!(passed.starts_with("HTTP/1.1 200"), "{passed}");
    assert!(
        passed.contains("http saw GET /lobby/me?x=1 HTTP/1.1"),
        "{passed}"
    );
    assert!(
        passed.contains(&format!("host: 127.0.0.1:{}", door.http)),
        "the API's own name: {passed}"
    );
    assert!(
        passed.contains("x-forwarded-for: 127.0.0.1|"),
        "what a client claims is replaced: {passed}"
    );

    let preflight = door.ask(
        "OPTIONS /lobby/queue HTTP/1.0\r\nHost: play.example\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n",
    );
    assert!(
        preflight.contains("Access-Control-Allow-Origin: https://app.example"),
        "{preflight}"
    );
    let other = door.ask("PUT /lobby/queue HTTP/1.0\r\nHost: play.example\r\n");
    assert!(
        other.starts_with("HTTP/1.1 405") && other.contains("Allow: POST, DELETE"),
        "{other}"
    );

    for path in ["/admin/overview", "/console", "/console/console.html"] {
        let off = door.ask(&format!("GET {path} HTTP/1.0\r\nHost: play.example\r\n"));
        assert!(off.starts_with("HTTP/1.1 404"), "{path}: {off}");
    }

    let upgrade = "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Protocol: skirmish.lobby.v1\r\n";
    let lobby = door.ask(&format!(
        "GET /lobby?token=t HTTP/1.0\r\nHost: play.example\r\n{upgrade}"
    ));
    assert!(
        lobby.contains("socket saw GET /lobby?token=t HTTP/1.1"),
        "{lobby}"
    );
    assert!(
        lobby.contains("upgrade: websocket|")
            && lobby.contains("sec-websocket-protocol: skirmish.lobby.v1|"),
        "{lobby}"
    );
    let game = |relay: &str| {
        door.ask(&format!(
            "GET /game/{relay}?ticket=t HTTP/1.0\r\nHost: play.example\r\n{upgrade}"
        ))
    };
    let passed = game("ip-10-40-1-23");
    assert!(
        passed.contains("relay saw GET /game/ip-10-40-1-23?ticket=t HTTP/1.1"),
        "{passed}"
    );
    let gone = game("ip-10-40-1-24");
    assert!(
        gone.starts_with("HTTP/1.1 502") && gone.contains("Retry-After: 1"),
        "{gone}"
    );
    let nobody = game("relay-1");
    assert!(nobody.starts_with("HTTP/1.1 404"), "{nobody}");
}

/// nginx with stand-ins for the APIs and a game server, on plain HTTP.
struct Door {
    nginx: Child,
    port: u16,
    http: u16,
    _folder: TempDir,
}

impl Door {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let run = folder.path();
        let local = loopback(0);
        let (http, socket) = (stand_in("http", local), stand_in("socket", local));
        std::fs::write(run.join("console.html"), "").expect("a file");
        // The rule of the deployment, with addresses and a port of this machine.
        let relay = stand_in("relay", SocketAddr::from(([127, 40, 1, 23], 0)));
        let rule = text(&variables()["RELAY_RULE"])
            .replace(" 10.", " 127.")
            .replace(":9401", &format!(":{relay}"));
        let port = TcpListener::bind(loopback(0))
            .and_then(|it| it.local_addr())
            .expect("a port")
            .port();
        configure("aws", run, |name| {
            Some(match name {
                "RELAY_RULE" => rule.clone(),
                "LISTEN" => format!("127.0.0.1:{port}"),
                "HTTP_API" => format!("127.0.0.1:{http}"),
                "SOCKET_API" => format!("127.0.0.1:{socket}"),
                "RESOLVER" => "127.0.0.1".to_owned(),
                "CA_FILE" => "/etc/ssl/certs/ca-certificates.crt".to_owned(),
                _ => return common(name, run),
            })
        });
        let file = run.join(fill::MAIN);
        let main = std::fs::read_to_string(&file).expect("a file");
        std::fs::write(&file, main.replace("https://", "http://")).expect("a file");
        let mut command = nginx(run);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let nginx = command.spawn().expect("nginx runs");
        let mut door = Self {
            nginx,
            port,
            http,
            _folder: folder,
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(loopback(port)).is_err() {
            let ended = door.nginx.try_wait().expect("a child");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "nginx does not start: {ended:?}"
            );
            thread::sleep(Duration::from_millis(20));
        }
        door
    }

    /// Sends a head; returns the whole response. In HTTP/1.0, it ends with the connection.
    fn ask(&self, head: &str) -> String {
        let mut stream = TcpStream::connect(loopback(self.port)).expect("nginx listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a timeout");
        stream
            .write_all(format!("{head}\r\n").as_bytes())
            .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // Not SIGKILL: its workers would outlive it.
        kill(Pid::from_raw(self.nginx.id() as i32), Signal::SIGTERM).ok();
        self.nginx.wait().ok();
    }
}

/// A server that answers with its name and the request, with headers in lower case, separated by
/// `|`.
fn stand_in(name: &'static str, listen: SocketAddr) -> u16 {
    let listener = TcpListener::bind(listen).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            let headers: String = lines
                .take_while(|line| !line.is_empty())
                .map(|line| line.to_lowercase() + "|")
                .collect();
            let body = format!("{name} saw {first} {headers}");
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            (&stream).write_all(format!("{head}{body}").as_bytes()).ok();
        }
    });
    port
}

/// The lines of a block.
fn block<'a>(conf: &'a str, begins: &str) -> Vec<&'a str> {
    let rest = conf
        .split_once(begins)
        .unwrap_or_else(|| panic!("no {begins}"))
        .1;
    rest.lines()
        .map(str::trim)
        .take_while(|line| *line != "}")
        .filter(|line| !line.is_empty())
        .collect()
}

fn folder() -> PathBuf {
    workspace().join("nginx")
}

/// A file of the folder `nginx`.
fn read(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).expect("a file")
}

fn configure(deployment: &str, run: &Path, value: impl Fn(&str) -> Option<String>) {
    fill::configuration(&folder(), deployment, run, value).expect("a configuration");
}

/// Values that do not matter to a test.
fn common(name: &str, run: &Path) -> Option<String> {
    let value = match name {
        "RATE" => "100r/s",
        "BURST" | "CONNECTIONS" | "CALLS" => "100",
        "APP_URL" | "FEEDBACK_URL" | "ADMIN" => "",
        "CORS_ORIGINS" => "\"https://app.example\" $http_origin;",
        "WEB_DIST" | "CONSOLE_DIST" => run.to_str()?,
        _ => return None,
    };
    Some(value.to_owned())
}

/// nginx with the configuration in this folder.
pub(crate) fn nginx(run: &Path) -> Command {
    let mut command = Command::new(find("nginx").expect("nginx"));
    command
        .args(["-e", "stderr", "-p", ".", "-c", fill::MAIN])
        .current_dir(run);
    command
}

/// The variables of nginx's task.
pub(crate) fn variables() -> BTreeMap<String, Value> {
    let template = template::read("infra/aws/front.yaml");
    let container = &template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0];
    let list = container["Environment"].as_array().expect("a list");
    list.iter()
        .map(|variable| {
            let value = &variable["Value"];
            let value = value.get("Fn::Sub").unwrap_or(value);
            (text(&variable["Name"]).to_owned(), value.clone())
        })
        .collect()
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
