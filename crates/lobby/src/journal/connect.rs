//! Connections for journals: opened on a thread that may block, then passed to the worker, which must not block.

use std::io::{self, IoSlice, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisError};
use rustls::{ClientConnection, StreamOwned};

use super::replies::{Replies, Reply};
use super::{command, expire, stream, tls};
use crate::error::{Error, Result};
use crate::redis::slots::{Redirect, host_and_port};

/// In a cluster the stream is at most one redirect away, unless its slot is moving.
const REDIRECTS_MAX: u32 = 3;

/// An open, non-blocking connection to the node that has the journal's stream.
#[derive(Debug)]
pub struct JournalLink {
    carrier: Carrier,
}

/// The transport. TLS accepts bytes immediately and buffers what the kernel does not take yet; the next call, even a
/// read, sends the buffered bytes first.
#[derive(Debug)]
enum Carrier {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// Connects to the node that has the stream of this worker: tries the URLs (`REDIS_URL`, separated
/// by commas) in turn, logs in, and follows a cluster's redirects. Blocks for `timeout` at most.
/// Errors: [`Error::Config`] for an invalid URL or one that is not of a network; [`Error::Redis`]
/// with the last error, also if the server refuses writes or its certificate is not trusted.
pub fn connect_journal(
    urls: &str,
    relay: &str,
    worker: usize,
    timeout: Duration,
) -> Result<JournalLink> {
    let until = Instant::now() + timeout;
    let seeds: Vec<&str> = urls.split(',').map(str::trim).collect();
    let mut failed = None;
    for (i, url) in seeds.iter().enumerate() {
        let info = url
            .into_connection_info()
            .map_err(|error| Error::Config(format!("REDIS_URL: {error}")))?;
        let left = until.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(seeds.len() - i).unwrap_or(1);
        match connect_from(&info, &stream(relay, worker), Instant::now() + share) {
            Ok(link) => return Ok(link),
            Err(Failed::Config(why)) => return Err(Error::Config(why)),
            Err(Failed::Io(error)) => failed = Some(error),
        }
    }
    let failed = failed.unwrap_or_else(|| io::Error::other("no URL"));
    Err(RedisError::from(failed).into())
}

enum Failed {
    Config(String),
    Io(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn connect_from(
    info: &ConnectionInfo,
    stream: &str,
    until: Instant,
) -> Result<JournalLink, Failed> {
    let (mut host, mut port, is_tls) = match info.addr() {
        ConnectionAddr::Tcp(host, port) => (host.clone(), *port, false),
        ConnectionAddr::TcpTls { host, port, .. } => (host.clone(), *port, true),
        _ => {
            let why = "REDIS_URL: a journal needs redis://host:port or rediss://host:port";
            return Err(Failed::Config(why.to_owned()));
        }
    };
    for _ in 0..=REDIRECTS_MAX {
        let socket = open(&host, port, until)?;
        let carrier = if is_tls {
            Carrier::Tls(Box::new(tls::over(socket, &host)?))
        } else {
            Carrier::Plain(socket)
        };
        let mut link = JournalLink { carrier };
        let Some(redirect) = link.greet(info, &host, stream, until)? else {
            link.socket().set_nonblocking(true)?;
            return Ok(link);
        };
        let node = host_and_port(redirect.address());
        let (name, number) = node.ok_or_else(|| io::Error::other("not a node's address"))?;
        (host, port) = (name.to_owned(), number);
    }
    Err(io::Error::other("too many redirects").into())
}

fn open(host: &str, port: u16, until: Instant) -> io::Result<TcpStream> {
    let mut failed = None;
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(until)?) {
            Ok(socket) => {
                socket.set_nodelay(true)?;
                return Ok(socket);
            }
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| io::Error::other("the host has no address")))
}

impl JournalLink {
    /// Logs in, and tests whether this node has the stream and accepts writes. Returns the other node if the stream
    /// is there.
    fn greet(
        &mut self,
        info: &ConnectionInfo,
        host: &str,
        stream: &str,
        until: Instant,
    ) -> io::Result<Option<Redirect>> {
        let redis = info.redis_settings();
        let mut greeting = Vec::new();
        let mut answers = 1;
        if let Some(password) = redis.password() {
            let user = redis.username().unwrap_or("default");
            greeting.extend(command(&["AUTH", user, password]));
            answers += 1;
        }
        if redis.db() != 0 {
            greeting.extend(command(&["SELECT", &redis.db().to_string()]));
            answers += 1;
        }
        // A write, because a replica refuses writes. It has no effect on a stream that does not exist yet.
        greeting.extend(expire(stream));
        // The TLS handshake, which happens before the first byte, also reads.
        self.socket().set_read_timeout(Some(left(until)?))?;
        self.socket().set_write_timeout(Some(left(until)?))?;
        self.write_all(&greeting)?;

        let (mut replies, mut input) = (Replies::default(), [0; 512]);
        while answers > 0 {
            match replies.next().map_err(io::Error::other)? {
                Some(Reply::Error(text)) => {
                    return Redirect::parse(text, host)
                        .map(Some)
                        .ok_or_else(|| io::Error::other(text.to_owned()));
                }
                Some(_) => answers -= 1,
                None => {
                    self.socket().set_read_timeout(Some(left(until)?))?;
                    let n = self.read(&mut input)?;
                    if n == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    replies.feed(&input[..n]);
                }
            }
        }
        Ok(None)
    }

    fn socket(&self) -> &TcpStream {
        match &self.carrier {
            Carrier::Plain(socket) => socket,
            Carrier::Tls(stream) => stream.get_ref(),
        }
    }
}

impl Read for JournalLink {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.carrier {
            Carrier::Plain(socket) => socket.read(into),
            Carrier::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for JournalLink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.carrier {
            Carrier::Plain(socket) => socket.write(bytes),
            Carrier::Tls(stream) => stream.write(bytes),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut self.carrier {
            Carrier::Plain(socket) => socket.write_vectored(slices),
            Carrier::Tls(stream) => stream.write_vectored(slices),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.carrier {
            Carrier::Plain(socket) => socket.flush(),
            Carrier::Tls(stream) => stream.flush(),
        }
    }
}

/// The remaining time. Never zero, because a timeout of zero would mean no timeout.
fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left)
}
