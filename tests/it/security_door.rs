//! The front door alone: a real nginx from the template, before stand-ins that say what reached them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use support::http::{Answer, parse};
use support::system::own_folder;
use support::wait::{PATIENCE, eventually};
use xtask::builds;
use xtask::stack::nginx::{self, FrontDoor, Limits, Origins};
use xtask::stack::ports;
use xtask::stack::process::{self, Process};

/// More than a test asks for.
pub(crate) const GENEROUS: Limits = Limits {
    rate: 10_000,
    burst: 10_000,
    connections: 1_000,
};

/// A running nginx; ends with its folder when dropped.
pub(crate) struct Door {
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    /// What functions, the gateway and the relay were asked: head of the request, in lower case.
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
    process: Process,
}

impl Door {
    pub(crate) fn open(limits: Limits) -> Self {
        Self::with(limits, None)
    }

    /// With a certificate's files, TLS.
    pub(crate) fn with(limits: Limits, tls: Option<(&Path, &Path)>) -> Self {
        let folder = own_folder("door");
        std::fs::create_dir_all(folder.join("web")).expect("a folder");
        let folder = folder.canonicalize().expect("a folder");
        for page in ["index.html", "feedback.html"] {
            std::fs::write(folder.join("web").join(page), "<!doctype html>").expect("a page");
        }
        let seen = Arc::default();
        let port = ports::free().expect("a port");
        let door = FrontDoor {
            port,
            workspace: &builds::workspace(),
            web_dist: &folder.join("web"),
            run_dir: &folder,
            origins: &Origins::default(),
            runtime: stand_in(&seen),
            gateway: stand_in(&seen),
            relays: &[("relay-1".to_owned(), stand_in(&seen))],
            app_url: "",
            // Its site may open sockets, too.
            feedback_url: "https://play.example.org/feedback",
            limits,
            tls,
        };
        let process = nginx::start(&door, &folder).expect("nginx");
        eventually("nginx listens", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Self {
            port,
            folder,
            seen,
            process,
        }
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("nginx listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// One request of its own connection, and the answer.
    pub(crate) fn ask(&self, line: &str, headers: &str) -> Answer {
        let head = format!(
            "{line} HTTP/1.1\r\nhost: {}\r\n{headers}connection: close\r\n\r\n",
            self.host()
        );
        let mut stream = self.connect();
        stream.write_all(head.as_bytes()).expect("sent");
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        parse(&answer).unwrap_or_else(|| panic!("{line}: no answer: {read:?}"))
    }

    /// A handshake: the status, and the connection that is open after 101.
    pub(crate) fn shake(&self, path: &str, headers: &str) -> (u16, TcpStream) {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}upgrade: websocket\r\nconnection: upgrade\r\n\r\n",
            self.host()
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
        process::end(std::slice::from_mut(&mut self.process), PATIENCE);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Notes each request's head; answers `{}`, or 101 and then nothing until the other side leaves.
fn stand_in(seen: &Arc<Mutex<Vec<String>>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seen = seen.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = seen.clone();
            thread::spawn(move || answer(&stream, &seen));
        }
    });
    port
}

fn answer(mut stream: &TcpStream, seen: &Mutex<Vec<String>>) {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let head = head.join("\n").to_lowercase();
    if head.is_empty() {
        return;
    }
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
    let _ = stream.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
    );
}
