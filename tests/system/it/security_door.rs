//! The front door alone: nginx with the production configuration, in front of stand-ins that record each request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use devstack::builds;
use devstack::nginx::{self, FrontDoor, Limits, Origins};
use devstack::process::{self, Process};
use support::http::{Answer, parse};
use support::system::own_folder;
use testkit::{PATIENCE, eventually, free_port};

/// More than a test needs.
pub(crate) const GENEROUS: Limits = Limits {
    rate: 10_000,
    burst: 10_000,
    connections: 1_000,
    calls: 1_000,
    files: 16_384,
};

/// A running nginx; on drop, it ends and its folder is removed.
pub(crate) struct Door {
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    /// The heads of the requests to functions, the gateway and the relay, in lower case.
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
    gate: Arc<Gate>,
    process: Process,
    gateway: Option<Process>,
}

/// What stand-ins wait for before they answer a function's call.
#[derive(Default)]
struct Gate {
    is_shut: Mutex<bool>,
    changed: Condvar,
}

impl Door {
    pub(crate) fn open(limits: Limits) -> Self {
        Self::with(limits, None)
    }

    /// With a certificate's files, it uses TLS.
    pub(crate) fn with(limits: Limits, tls: Option<(&Path, &Path)>) -> Self {
        Self::before(limits, tls, |_, functions| (functions, None))
    }

    /// In front of a real gateway with this limit of open files, whose functions are stand-ins.
    pub(crate) fn before_gateway(limits: Limits, files: u32) -> Self {
        Self::before(limits, None, |folder, functions| {
            let (port, gateway) = start_gateway(folder, functions, files);
            (port, Some(gateway))
        })
    }

    fn before(
        limits: Limits,
        tls: Option<(&Path, &Path)>,
        gateway: impl FnOnce(&Path, u16) -> (u16, Option<Process>),
    ) -> Self {
        let folder = own_folder("door");
        std::fs::create_dir_all(folder.join("web")).expect("a folder");
        let folder = folder.canonicalize().expect("a folder");
        for page in ["index.html", "feedback.html", "console.html"] {
            let page = folder.join("web").join(page);
            std::fs::write(page, "<!doctype html>".repeat(10)).expect("a page");
        }
        let (gate, seen) = (Arc::default(), Arc::default());
        let (gateway, process) = gateway(&folder, stand_in(&gate, &seen));
        let door = Self::start(&folder, limits, tls, gateway, (&gate, &seen));
        Self {
            port: door.0,
            folder,
            seen,
            gate,
            process: door.1,
            gateway: process,
        }
    }

    fn start(
        folder: &Path,
        limits: Limits,
        tls: Option<(&Path, &Path)>,
        gateway: u16,
        (gate, seen): (&Arc<Gate>, &Arc<Mutex<Vec<String>>>),
    ) -> (u16, Process) {
        let port = free_port();
        let door = FrontDoor {
            port,
            workspace: &builds::workspace(),
            web_dist: &folder.join("web"),
            console_dist: &folder.join("web"),
            run_dir: folder,
            origins: &Origins::default(),
            runtime: stand_in(gate, seen),
            gateway,
            relay_rule: &format!("relay-1 127.0.0.1:{};", stand_in(gate, seen)),
            admin: true,
            app_url: "",
            // Pages of its origin may also open sockets.
            feedback_url: "https://play.example.org/feedback",
            limits,
            tls,
        };
        let process = nginx::start(&door, folder).expect("nginx");
        eventually("nginx listens", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        (port, process)
    }

    /// A new connection to it.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("nginx listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// One request on a separate connection, and its answer.
    pub(crate) fn ask(&self, line: &str, headers: &str) -> Answer {
        self.say(&format!(
            "{line} HTTP/1.1\r\nhost: {}\r\n{headers}connection: close\r\n\r\n",
            self.host()
        ))
    }

    /// The answer to these bytes, after which the front door closes the connection.
    pub(crate) fn say(&self, bytes: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).expect("sent");
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        parse(&answer).unwrap_or_else(|| panic!("{bytes}: no answer: {read:?}"))
    }

    /// A handshake: the status, and the connection, which is open after 101.
    pub(crate) fn shake(&self, path: &str, headers: &str) -> (u16, TcpStream) {
        self.shake_at(&self.host(), path, headers)
    }

    /// A handshake at another host name of the front door.
    pub(crate) fn shake_at(&self, host: &str, path: &str, headers: &str) -> (u16, TcpStream) {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\n{headers}upgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        );
        let mut stream = self.connect();
        stream.write_all(head.as_bytes()).expect("sent");
        let mut line = String::new();
        let mut one = [0];
        while !line.ends_with("\r\n") && stream.read(&mut one).is_ok_and(|n| n == 1) {
            line.push(char::from(one[0]));
        }
        let status = line.split(' ').nth(1).and_then(|text| text.parse().ok());
        (status.unwrap_or_else(|| panic!("{path}: {line:?}")), stream)
    }

    /// Functions stop answering, until [`Door::let_go`].
    pub(crate) fn hold(&self) {
        *self
            .gate
            .is_shut
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
    }

    pub(crate) fn let_go(&self) {
        *self
            .gate
            .is_shut
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = false;
        self.gate.changed.notify_all();
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("access.log")).unwrap_or_default()
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.let_go();
        process::end(std::slice::from_mut(&mut self.process), PATIENCE);
        if let Some(gateway) = &mut self.gateway {
            gateway.kill();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A gateway in a separate shell, which limits its open files.
fn start_gateway(folder: &Path, functions: u16, files: u32) -> (u16, Process) {
    let port = free_port();
    let program = builds::binaries().expect("a build").join("gateway");
    let gateway = Process::start("gateway", Path::new("/bin/sh"), folder, |command| {
        command
            .args(["-c", &format!("ulimit -n {files} && exec \"$0\"")])
            .arg(program)
            .env("LISTEN", format!("127.0.0.1:{port}"))
            .env("INVOKE_URL", format!("http://127.0.0.1:{functions}"))
            .env("LOG", "warn");
    });
    eventually("the gateway listens", || {
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
    (port, gateway.expect("a gateway"))
}

/// Records each request's head. Answers so that a handshake succeeds, or with 101 and then nothing until the other
/// side closes.
fn stand_in(gate: &Arc<Gate>, seen: &Arc<Mutex<Vec<String>>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (gate, seen) = (gate.clone(), seen.clone());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (gate, seen) = (gate.clone(), seen.clone());
            thread::spawn(move || answer(&stream, &gate, &seen));
        }
    });
    port
}

fn answer(mut stream: &TcpStream, gate: &Gate, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map_while(Result::ok);
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let head = head.join("\n").to_lowercase();
    if head.is_empty() {
        return;
    }
    let length = head.split("content-length: ").nth(1);
    let length = length.and_then(|text| text.lines().next()?.parse().ok());
    let _ = reader
        .take(length.unwrap_or(0))
        .read_to_end(&mut Vec::new());
    seen.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(head.clone());
    if head.contains("upgrade: websocket") {
        let open =
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
        let _ = stream.write_all(open.as_bytes());
        let _ = stream.read_to_end(&mut Vec::new());
        return;
    }
    let shut = gate.is_shut.lock().unwrap_or_else(PoisonError::into_inner);
    drop(gate.changed.wait_while(shut, |is_shut| *is_shut));
    let _ = stream.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 18\r\nconnection: close\r\n\r\n{\"statusCode\":200}",
    );
}
