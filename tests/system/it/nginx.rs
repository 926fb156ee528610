//! The front door's configuration, and hosted front ends.

use std::process::Command;

use support::http::request;
use support::{System, system::Options};

#[test]
fn the_configuration_is_clean() {
    let system = System::shared();
    let run_dir = system.stack().run_dir().join("nginx");
    let nginx = devstack::command::find("nginx").expect("nginx");
    let output = Command::new(nginx)
        .args(["-t", "-e", "stderr", "-p"])
        .arg(&run_dir)
        .arg("-c")
        .arg(run_dir.join("nginx.conf"))
        .output()
        .expect("nginx runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(!errors.contains("[warn]"), "{errors}");
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

/// Checks that its pages, and no other origin's, may call the API.
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
