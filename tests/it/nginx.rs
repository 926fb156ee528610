//! The front door itself: pages, refusals, and hosted front ends.

use std::process::Command;

use support::http::{Answer, request};
use support::{System, system::Options};

#[test]
fn pages_are_served() {
    let system = System::shared();
    let get = |path: &str| request(&system.url, "GET", path, &[], b"");
    for path in ["/app", "/app/", "/feedback"] {
        let page = get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.header("content-type")
                .is_some_and(|kind| kind.starts_with("text/html")),
            "{path}"
        );
        let text = page.text();
        for file in linked(&text) {
            assert_eq!(get(file).status, 200, "{file} of {path}");
        }
    }
    assert_eq!(get("/app/nothing.js").problem(), "404 not-found");
    assert_eq!(get("/app/../nginx.conf").status, 404);
    assert_eq!(get("/app/%2e%2e/package.json").status, 404);
    assert_eq!(get("/healthz").json()["status"], "ok");
}

#[test]
fn what_the_door_refuses_is_a_problem_document() {
    let system = System::shared();
    let call = |method: &str, path: &str| request(&system.url, method, path, &[], b"");
    let not_allowed = |method: &str, path: &str, allow: &str| {
        let answer: Answer = call(method, path);
        assert_eq!(
            answer.problem(),
            "405 method-not-allowed",
            "{method} {path}"
        );
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    };
    not_allowed("GET", "/lobby/queue", "POST, DELETE");
    not_allowed("PUT", "/lobby/me", "GET");
    not_allowed("POST", "/leaderboard", "GET");
    not_allowed("POST", "/app", "GET, HEAD");
    not_allowed("DELETE", "/feedback", "GET, HEAD, POST");
    not_allowed("POST", "/game/relay-1", "GET");
    for path in [
        "/nothing",
        "/lobby/nothing",
        "//lobby/me",
        "/game/nobody",
        "/game/relay-1/x",
        "/@connections/x",
    ] {
        assert_eq!(call("GET", path).problem(), "404 not-found", "{path}");
    }
    assert_eq!(call("GET", "/lambda-url/guest/").problem(), "404 not-found");
    assert_eq!(
        call("POST", "/2015-03-31/functions/sweep/invocations").problem(),
        "404 not-found"
    );
    assert_eq!(call("GET", "/lobby").problem(), "426 upgrade-required");
    assert_eq!(
        call("GET", "/game/relay-1").problem(),
        "426 upgrade-required"
    );
    assert_eq!(
        call("GET", "/metrics").problem(),
        "404 not-found",
        "metrics are not for the public"
    );
}

#[test]
fn the_configuration_is_clean() {
    let system = System::shared();
    let run_dir = system.stack().run_dir().join("nginx");
    let nginx = xtask::command::find("nginx").expect("nginx");
    let output = Command::new(nginx)
        .args(["-t", "-e", "stderr", "-p"])
        .arg(&run_dir)
        .arg("-c")
        .arg(run_dir.join("nginx.conf"))
        .output()
        .expect("nginx runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("[warn]"), "{said}");
}

#[test]
fn a_hosted_front_end_is_redirected_to() {
    let system = System::start(Options {
        app_url: "https://play.example.org/".to_owned(),
        feedback_url: "https://play.example.org/feedback".to_owned(),
        ..Options::default()
    });
    let get = |path: &str| {
        let answer = request(&system.url, "GET", path, &[], b"");
        (
            answer.status,
            answer.header("location").unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(get("/app"), (302, "https://play.example.org/".to_owned()));
    assert_eq!(
        get("/feedback"),
        (302, "https://play.example.org/feedback".to_owned())
    );
    let sent = request(
        &system.url,
        "POST",
        "/feedback",
        &[],
        br#"{"text":"still received"}"#,
    );
    assert_eq!(sent.status, 202, "{}", sent.text());
    its_pages_may_call_the_api(&system);
}

/// And no other site's pages.
fn its_pages_may_call_the_api(system: &System) {
    let call = |method: &str, path: &str, origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "DELETE"),
        ];
        let answer = request(&system.url, method, path, &headers, b"");
        let allowed = answer.header("access-control-allow-origin");
        (answer.status, allowed.unwrap_or_default().to_owned())
    };
    let ours = "https://play.example.org";
    let yes = |status| (status, ours.to_owned());
    let no = |status| (status, String::new());
    assert_eq!(call("OPTIONS", "/lobby/queue", ours), yes(204));
    assert_eq!(call("OPTIONS", "/feedback", ours), yes(204));
    assert_eq!(call("GET", "/leaderboard", ours), yes(200));
    assert_eq!(call("GET", "/lobby/me", ours), yes(401));
    assert_eq!(call("GET", "/nothing", ours), yes(404));
    let theirs = "https://play.example.org.evil.example";
    assert_eq!(call("OPTIONS", "/lobby/queue", theirs), no(405));
    assert_eq!(call("GET", "/leaderboard", theirs), no(200));
}

/// Scripts and styles of a page.
fn linked(page: &str) -> Vec<&str> {
    ["src=\"", "href=\""]
        .into_iter()
        .flat_map(|start| page.split(start).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .filter(|file| file.starts_with("/app/"))
        .collect()
}
