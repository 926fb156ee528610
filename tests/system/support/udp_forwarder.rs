//! [`UdpForwarder`]: forwards datagrams on loopback to a relay and back, until it is cut.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The longest datagram that is forwarded.
const DATAGRAM_BYTES_MAX: usize = 2048;

/// A running forwarder for one client at a time. It ends with the tests.
#[derive(Debug)]
pub struct UdpForwarder {
    /// The port for the client.
    pub port: u16,
    is_cut: Arc<AtomicBool>,
}

impl UdpForwarder {
    /// Forwards datagrams to this port.
    pub fn to(target: u16) -> Self {
        let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let (near, far) = (Arc::new(bind()), Arc::new(bind()));
        let target = SocketAddr::from((Ipv4Addr::LOCALHOST, target));
        let forwarder = Self {
            port: near.local_addr().expect("an address").port(),
            is_cut: Arc::default(),
        };
        let client = Arc::new(Mutex::new(None));
        let up = (near.clone(), far.clone(), client.clone());
        forwarder.pass(up.0, up.1, move |from| {
            *up.2.lock().unwrap_or_else(PoisonError::into_inner) = Some(from);
            Some(target)
        });
        forwarder.pass(far, near, move |_| {
            *client.lock().unwrap_or_else(PoisonError::into_inner)
        });
        forwarder
    }

    /// Stops forwarding.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    /// Forwards datagrams from one socket to the other. `route` gets the sender and returns the receiver.
    fn pass(
        &self,
        from: Arc<UdpSocket>,
        to: Arc<UdpSocket>,
        route: impl Fn(SocketAddr) -> Option<SocketAddr> + Send + 'static,
    ) {
        let is_cut = self.is_cut.clone();
        thread::spawn(move || {
            let mut bytes = [0; DATAGRAM_BYTES_MAX];
            loop {
                // An error refers to an earlier datagram that nobody received.
                let Ok((count, sender)) = from.recv_from(&mut bytes) else {
                    continue;
                };
                if let Some(receiver) = route(sender)
                    && !is_cut.load(Ordering::Relaxed)
                {
                    let _ = to.send_to(&bytes[..count], receiver);
                }
            }
        });
    }
}
