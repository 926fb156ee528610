//! Traces of the whole system: a collector of its own receives what a player's call led to, up to the first tick.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use expect_test::expect;
use serde_json::{Value, json};
use support::game;
use support::system::Options;
use support::{Player, System};
use testkit::eventually;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const UNSAMPLED: &str = "11111111111111111111111111111111";
const CALLER: &str = "00f067aa0ba902b7";

/// A receiver of OTLP over HTTP.
struct Collector {
    url: String,
    requests: Arc<Mutex<Vec<Vec<Received>>>>,
}

/// A span, and the service that sent it.
#[derive(Clone, Debug)]
struct Received {
    service: String,
    span: Value,
}

impl Collector {
    /// `status`: of its answers.
    fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let all = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let all = all.clone();
                thread::spawn(move || serve(stream, status, &all));
            }
        });
        Self { url, requests }
    }

    fn spans(&self) -> Vec<Received> {
        self.requests.lock().expect("no panic").concat()
    }

    /// How many requests a service has sent.
    fn requests(&self, service: &str) -> usize {
        let requests = self.requests.lock().expect("no panic");
        let is_of = |request: &&Vec<Received>| request.iter().all(|it| it.service == service);
        requests.iter().filter(is_of).count()
    }

    /// The spans of a trace: service, name, and the name of the parent. Sorted.
    fn shown(&self, trace: &str) -> String {
        let mut spans = self.spans();
        spans.retain(|it| it.span["traceId"] == trace);
        let names: BTreeMap<&str, &str> = spans
            .iter()
            .map(|it| (it.text("spanId"), it.text("name")))
            .collect();
        let lines: BTreeSet<String> = spans
            .iter()
            .map(|it| {
                let parent = it.text("parentSpanId");
                let parent = names.get(parent).copied().unwrap_or(parent);
                format!("{}: {} < {parent}\n", it.service(), it.text("name"))
            })
            .collect();
        lines.into_iter().collect()
    }
}

impl Received {
    fn text(&self, name: &str) -> &str {
        self.span[name].as_str().unwrap_or_default()
    }

    /// Several functions deliver the outbox.
    fn service(&self) -> &str {
        match self.text("name") {
            "outbox" | "push" => "any",
            _ => &self.service,
        }
    }

    fn attribute(&self, name: &str) -> &Value {
        let attributes = self.span["attributes"].as_array().expect("attributes");
        let found = attributes.iter().find(|it| it["key"] == name);
        found.map_or(&Value::Null, |it| &it["value"]["stringValue"])
    }

    fn nanoseconds(&self, name: &str) -> u64 {
        self.text(name).parse().expect("a number")
    }
}

/// Answers the requests of a connection. An invalid one ends it, which the test finds as missing spans.
fn serve(stream: TcpStream, status: &str, all: &Mutex<Vec<Vec<Received>>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let (mut lines, mut length) = (Vec::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|&read| read > 0)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().ok()?;
            }
            lines.push(line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let is_otlp = lines[0] == "post /v1/traces http/1.1"
            && lines.contains(&"content-type: application/json".to_owned())
            && lines.contains(&"x-key: a b".to_owned());
        let request: Value = serde_json::from_slice(&body).ok().filter(|_| is_otlp)?;
        all.lock().expect("no panic").push(read(&request));
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}");
        stream.write_all(answer.as_bytes()).ok()?;
    }
}

fn read(request: &Value) -> Vec<Received> {
    let of = &request["resourceSpans"][0];
    let service = &of["resource"]["attributes"][0]["value"]["stringValue"];
    let spans = of["scopeSpans"][0]["spans"].as_array().expect("spans");
    let received = |span: &Value| Received {
        service: service.as_str().expect("a name").to_owned(),
        span: span.clone(),
    };
    spans.iter().map(received).collect()
}

fn system(collector: &str) -> System {
    System::start(Options {
        own_runtime: true,
        environment: vec![
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
                collector.to_owned(),
            ),
            (
                "OTEL_EXPORTER_OTLP_HEADERS".to_owned(),
                "x-key=a%20b".to_owned(),
            ),
        ],
        ..Options::default()
    })
}

/// Three players play a match. Each joins with this header, if any.
fn play(system: &System, traceparents: [Option<String>; 3]) -> Vec<game::InMatch> {
    let players = traceparents.map(|traceparent| {
        let player = Player::guest(&system.url, "guest");
        let header = traceparent.as_deref().map(|text| ("traceparent", text));
        let lobby = player.lobby();
        let body = json!({ "pool": "main" });
        let headers: Vec<_> = header.into_iter().collect();
        let answer = player.call_with("POST", "/lobby/queue", &headers, &body);
        assert_eq!(answer.status, 202, "{}", answer.text());
        (player, lobby)
    });
    let enter = |(player, lobby)| game::enter(player, lobby);
    players.into_iter().map(enter).collect()
}

#[test]
fn a_trace_leads_from_the_call_to_the_first_tick() {
    let collector = Collector::start("200 OK");
    let system = system(&collector.url);
    let traced = Some(format!("00-{TRACE}-{CALLER}-01"));
    let unsampled = Some(format!("00-{UNSAMPLED}-{CALLER}-00"));
    let mut players = play(&system, [traced, unsampled, None]);
    let room = players[0].started["room_id"].clone();
    players[0].game.expect("snapshot");
    eventually("the span of the first tick arrives", || {
        collector.shown(TRACE).contains("first-tick").then_some(())
    });
    // The spans of other processes may arrive later.
    let expected = expect![[r"
        any: outbox < queue-join
        any: push < outbox
        skirmish-assign: queue < queue-join
        skirmish-queue-join: queue-join < 00f067aa0ba902b7
        skirmish-relay: first-tick < ticket
        skirmish-relay: ticket < queue-join
    "]];
    eventually("all spans of the trace arrive", || {
        (collector.shown(TRACE).lines().count() >= 6).then_some(())
    });
    expected.assert_eq(&collector.shown(TRACE));
    check_details(&collector, &players[0].player.id, &room);

    // A player without a header has a trace that the call began, and one whose caller records nothing has none.
    let ticks = || {
        collector
            .spans()
            .into_iter()
            .filter(|it| it.text("name") == "first-tick")
    };
    eventually("the other trace arrives", || {
        (ticks().count() >= 2).then_some(())
    });
    let trace_ids: BTreeSet<String> = ticks().map(|it| it.text("traceId").to_owned()).collect();
    assert_eq!((trace_ids.len(), ticks().count()), (2, 2));
    assert_eq!(collector.shown(UNSAMPLED), "");
    let text = format!("{:?}", collector.spans());
    for player in &players {
        let (token, ticket) = (&player.player.token, &player.started["game"]["ticket"]);
        assert!(!text.contains(token.as_str()), "a token");
        assert!(
            !text.contains(ticket.as_str().expect("a ticket")),
            "a ticket"
        );
        assert!(
            !player.started.to_string().contains(TRACE),
            "{}",
            player.started
        );
    }
}

/// Each span begins no earlier than what it follows, and names the player and the room.
fn check_details(collector: &Collector, player: &str, room: &Value) {
    let mut spans = collector.spans();
    spans.retain(|it| it.span["traceId"] == TRACE);
    let one = |name: &str| {
        let found = spans.iter().find(|it| it.text("name") == name);
        found.unwrap_or_else(|| panic!("no {name}"))
    };
    let order = [
        "queue-join",
        "queue",
        "outbox",
        "push",
        "ticket",
        "first-tick",
    ]
    .map(one);
    for pair in order.windows(2) {
        let [first, second] = [0, 1].map(|n| pair[n].nanoseconds("startTimeUnixNano"));
        // Redis counts in milliseconds.
        assert!(first <= second + 1_000_000, "{pair:?}");
    }
    for span in order {
        let times = ["startTimeUnixNano", "endTimeUnixNano"].map(|name| span.nanoseconds(name));
        assert!(times[0] <= times[1], "{span:?}");
    }
    for span in &order[1..] {
        assert_eq!(span.attribute("skirmish.player"), player);
        assert_eq!(span.attribute("skirmish.room"), room);
    }
}

#[test]
fn a_collector_that_refuses_spans_disturbs_no_match_and_each_process_says_it_once() {
    let collector = Collector::start("503 Service Unavailable");
    let system = system(&collector.url);
    let programs = ["queue-join", "assign", "relay"];
    // A program has written what it says about a request before it sends the next one.
    let has_sent = |program: &&str| collector.requests(&format!("skirmish-{program}")) >= 3;
    let mut matches = 0;
    while !programs.iter().all(has_sent) {
        matches += 1;
        assert!(matches < 20, "a program sends no spans");
        let traced = || Some(format!("00-{TRACE}-{CALLER}-01"));
        let mut players = play(&system, [traced(), traced(), traced()]);
        players[0].game.expect("snapshot");
        for player in &players {
            let left = player.player.call("DELETE", "/lobby/match", &Value::Null);
            assert_eq!(left.status, 204);
        }
    }
    for program in programs {
        let name = if program == "relay" {
            "relay-1"
        } else {
            program
        };
        let log = std::fs::read_to_string(&system.process(name).log).expect("a log");
        let count = log.matches("traces not exported").count();
        assert_eq!(count, 1, "{log}");
        assert!(log.contains("the collector answers 503"), "{log}");
    }
}
