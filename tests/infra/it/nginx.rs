//! The front door in AWS: the same routes as on one machine, and a real nginx that takes the configuration.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use xtask::builds::workspace;
use xtask::command::find;

use crate::functions::routes_by_function;
use crate::source::functions;
use crate::template::{self, text};

#[test]
fn the_maps_of_routes_are_those_of_one_machine() {
    let (here, aws) = (
        read("nginx/skirmish.conf.template"),
        read("infra/nginx.conf.template"),
    );
    for map in [
        "map \"$request_method $uri\" $function {",
        "map $uri $allow {",
        "map \"$function:$allow\" $refusal {",
    ] {
        assert_eq!(block(&here, map), block(&aws, map));
    }
}

#[test]
fn the_problem_documents_are_those_of_one_machine() {
    let (here, aws) = (
        read("nginx/skirmish.conf.template"),
        read("infra/nginx.conf.template"),
    );
    let documents = |text: &str| {
        let mut found: Vec<String> = text
            .match_indices("return ")
            .map(|(at, _)| text[at..].lines().next().unwrap_or_default().to_owned())
            .filter(|line| line.contains("urn:skirmish:problem:"))
            .collect();
        found.sort();
        found.dedup();
        found
    };
    let of_aws = documents(&aws);
    let missing: Vec<String> = documents(&here)
        .into_iter()
        .filter(|line| !of_aws.contains(line))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn nginx_sends_each_route_where_the_http_api_has_it() {
    let text = read("infra/nginx.conf.template");
    let map = block(&text, "map \"$request_method $uri\" $function {");
    let mut missing = Vec::new();
    for ((method, path), function) in routes_by_function() {
        let plain = path.replace("{room}", "[A-Za-z0-9._-]+");
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
fn every_placeholder_is_a_variable_of_the_task_or_the_images_own() {
    let template = template::read("infra/front.yaml");
    let container = &template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0];
    let mut given: Vec<&str> = container["Environment"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|variable| text(&variable["Name"]))
        .collect();
    // NAME is the head's own example.
    given.extend(["RUN_DIR", "WEB_DIST", "CA_FILE", "NAME"]);
    for (at, _) in read("infra/nginx.conf.template").match_indices('@') {
        let text = read("infra/nginx.conf.template");
        let name: String = text[at + 1..]
            .chars()
            .take_while(|c| c.is_ascii_uppercase() || *c == '_')
            .collect();
        if !name.is_empty() && text[at + 1 + name.len()..].starts_with('@') {
            assert!(given.contains(&name.as_str()), "nobody gives @{name}@");
        }
    }
}

#[test]
fn every_slot_has_its_line() {
    let relays = template::read("infra/relays.yaml");
    let slots: Vec<String> = template::resources(&relays, "AWS::CloudFormation::Stack")
        .values()
        .map(|stack| text(&stack["Parameters"]["Slot"]).to_owned())
        .collect();
    assert_eq!(relays["Parameters"]["Slots"]["MaxValue"], slots.len());
    let conf = read("infra/nginx.conf.template");
    let listed: Vec<&str> = conf
        .lines()
        .map(str::trim)
        .filter(|line| line.ends_with(".@RELAY_DOMAIN@:9401;"))
        .collect();
    let wanted: Vec<String> = slots
        .iter()
        .map(|slot| format!("{slot} {slot}.@RELAY_DOMAIN@:9401;"))
        .collect();
    assert_eq!(listed, wanted);
}

#[test]
fn nginx_takes_it_and_passes_calls_on() {
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
        "OPTIONS /lobby/queue HTTP/1.0\r\nHost: play.example\r\nOrigin: https://app.example\r\n",
    );
    assert!(
        preflight.contains("http saw OPTIONS /lobby/queue HTTP/1.1"),
        "{preflight}"
    );
    let unknown = door.ask("OPTIONS /nothing HTTP/1.0\r\nHost: play.example\r\n");
    assert!(unknown.starts_with("HTTP/1.1 404"), "{unknown}");
    let other = door.ask("PUT /lobby/queue HTTP/1.0\r\nHost: play.example\r\n");
    assert!(
        other.starts_with("HTTP/1.1 405") && other.contains("Allow: POST, DELETE"),
        "{other}"
    );

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
    let game = door.ask(&format!(
        "GET /game/relay-1?ticket=t HTTP/1.0\r\nHost: play.example\r\n{upgrade}"
    ));
    assert!(
        game.contains("relay saw GET /game/relay-1?ticket=t HTTP/1.1"),
        "{game}"
    );
    let nobody = door.ask(&format!(
        "GET /game/relay-7?ticket=t HTTP/1.0\r\nHost: play.example\r\n{upgrade}"
    ));
    assert!(nobody.starts_with("HTTP/1.1 404"), "{nobody}");
}

#[test]
fn nginx_refuses_a_flood_from_one_address() {
    let door = Door::start();
    let answers: Vec<String> = (0..120)
        .map(|_| door.ask("GET /lobby/me HTTP/1.0\r\nHost: play.example\r\n"))
        .collect();
    let refused: Vec<&String> = answers
        .iter()
        .filter(|answer| answer.starts_with("HTTP/1.1 429"))
        .collect();
    assert!(!refused.is_empty(), "120 calls at once all passed");
    assert!(
        refused[0].contains("urn:skirmish:problem:too-many-requests"),
        "{}",
        refused[0]
    );
    assert!(refused[0].contains("Retry-After: 1"), "{}", refused[0]);
    assert!(answers[0].starts_with("HTTP/1.1 200"), "{}", answers[0]);
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
        let run = folder.path().display().to_string();
        let (http, socket, relay) = (stand_in("http"), stand_in("socket"), stand_in("relay"));
        let port = TcpListener::bind(loopback(0))
            .and_then(|it| it.local_addr())
            .expect("a port")
            .port();
        let conf = read("infra/nginx.conf.template")
            .replace("https://$", "http://$")
            .replace("relay-1.@RELAY_DOMAIN@:9401", &format!("127.0.0.1:{relay}"))
            .replace("@LISTEN@", &format!("127.0.0.1:{port}"))
            .replace("@RUN_DIR@", &run)
            .replace("@WEB_DIST@", &run)
            .replace("@HTTP_API@", &format!("127.0.0.1:{http}"))
            .replace("@SOCKET_API@", &format!("127.0.0.1:{socket}"))
            .replace("@RELAY_DOMAIN@", "skirmish.internal")
            .replace("@RESOLVER@", "127.0.0.1")
            .replace("@CA_FILE@", "/etc/ssl/certs/ca-certificates.crt")
            .replace("@APP_URL@", "")
            .replace("@FEEDBACK_URL@", "");
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, conf).expect("a file");
        let mut command = Command::new(find("nginx").expect("nginx"));
        command
            .args(["-e", "stderr", "-p", &run, "-c"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
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

    /// Sends a head; returns the whole answer. In HTTP/1.0 its end is the connection's.
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

/// Says who it is and what it was asked, headers in lower case and ended by `|`.
fn stand_in(name: &'static str) -> u16 {
    let listener = TcpListener::bind(loopback(0)).expect("a port");
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

/// The lines of a block, without what follows it.
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

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).expect(path)
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
