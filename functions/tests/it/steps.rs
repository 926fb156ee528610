//! One name for each step of the lobby: the program, the handler, the Rust method, the scripts, the
//! function in `template.yaml` and the route in nginx.

use std::path::{Path, PathBuf};

struct Step {
    /// The function, and the method of the lobby that it calls.
    function: &'static str,
    /// The file of that method, which is named after its type.
    file: &'static str,
    /// The method's scripts.
    scripts: &'static [&'static str],
    /// A route at the front door, if it has one.
    route: Option<&'static str>,
}

const STEPS: [Step; 13] = [
    Step {
        function: "queue-join",
        file: "pool.rs",
        scripts: &["queue_join"],
        route: Some("POST /lobby/queue"),
    },
    Step {
        function: "queue-leave",
        file: "players.rs",
        scripts: &["queue_leave"],
        route: Some("DELETE /lobby/queue"),
    },
    Step {
        function: "room-create",
        file: "rooms/entering.rs",
        scripts: &["room_create"],
        route: Some("POST /lobby/rooms"),
    },
    Step {
        function: "room-join",
        file: "rooms/entering.rs",
        scripts: &["room_join"],
        route: Some("POST /lobby/rooms/join"),
    },
    Step {
        function: "room-list",
        file: "rooms/listed.rs",
        scripts: &["room_list"],
        route: Some("GET /lobby/rooms"),
    },
    Step {
        function: "room-update",
        file: "rooms/changing.rs",
        scripts: &["room_update"],
        route: Some("PATCH /lobby/rooms/"),
    },
    Step {
        function: "room-watch",
        file: "rooms/room_watch.rs",
        scripts: &["room_watch"],
        route: Some("POST /lobby/rooms/"),
    },
    Step {
        function: "match-report",
        file: "reports.rs",
        scripts: &["match_report"],
        route: Some("POST /match/report"),
    },
    Step {
        function: "me",
        file: "players.rs",
        scripts: &["me"],
        route: Some("GET /lobby/me"),
    },
    Step {
        function: "me-update",
        file: "players.rs",
        scripts: &["me_update"],
        route: Some("PATCH /lobby/me"),
    },
    Step {
        function: "assign",
        file: "pool.rs",
        scripts: &["assign"],
        route: None,
    },
    Step {
        function: "expire",
        file: "deadlines.rs",
        scripts: &["expire_due", "expire_room", "expire_player", "expire_relay"],
        route: None,
    },
    Step {
        function: "deliver",
        file: "outbox.rs",
        scripts: &["deliver", "deliver_ack"],
        route: None,
    },
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

#[test]
fn each_step_has_one_name_from_its_program_to_its_scripts() {
    for step in STEPS {
        let Step {
            function,
            file,
            scripts,
            ..
        } = step;
        let name = function.replace('-', "_");
        let bin = read(&format!("functions/src/bin/{function}.rs"));
        let program = format!("functions::programs::{}.run()", name.to_uppercase());
        assert!(bin.contains(&program), "{function}");
        let handler = read(&format!("functions/src/handlers/{name}.rs"));
        assert!(
            handler.starts_with(&format!("//! {function}: ")),
            "{function}"
        );
        let lobby = read(&format!("crates/lobby/src/{file}"));
        assert!(lobby.contains(&format!("pub async fn {name}(")), "{name}");
        for script in scripts {
            assert!(script.starts_with(&name), "{script}");
            let text = read(&format!("crates/lobby/src/lua/{script}.lua"));
            assert!(text.contains(&format!("\n-- {script}: ")), "{script}");
        }
    }
}

#[test]
fn each_step_has_the_same_name_in_the_deployments() {
    let template = read("template.yaml");
    let nginx = read("nginx/http/routes.conf");
    for Step {
        function, route, ..
    } in STEPS
    {
        let words = function.split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        });
        let resource: String = words.collect();
        for line in [
            format!("\n  {resource}:\n"),
            format!("Binary: {function} }}"),
            format!("\"${{AWS::StackName}}-{function}\""),
        ] {
            assert!(template.contains(&line), "{line}");
        }
        if let Some(route) = route {
            let line = nginx.lines().find(|line| {
                let mut words = line.split_whitespace();
                words.next_back() == Some(&format!("{function};"))
            });
            let line = line.unwrap_or_else(|| panic!("nginx has no route to {function}"));
            assert!(line.contains(route), "{line}");
        }
    }
}
