//! The proxies of a fault run: one for each part and each service that it uses, created when the part starts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use devstack::{Detour, Service};
use tokio::runtime::Handle;

use crate::invocations::{InvocationFaults, Invocations};
use crate::proxy::Proxy;

/// All connections between the parts that pass through a proxy.
pub(crate) struct Proxies {
    runtime: Handle,
    seed: u64,
    /// Whether all connections pass through a proxy, or only invocations.
    all: bool,
    lines: Mutex<BTreeMap<String, Arc<Proxy>>>,
    invocations: Mutex<Option<Invocations>>,
}

impl Proxies {
    /// Puts a proxy into every connection.
    pub(crate) fn new(runtime: Handle, seed: u64) -> Self {
        Self {
            runtime,
            seed,
            all: true,
            lines: Mutex::default(),
            invocations: Mutex::default(),
        }
    }

    /// Puts a proxy only before invocations, to limit their number.
    pub(crate) fn plain(runtime: Handle) -> Self {
        Self {
            all: false,
            ..Self::new(runtime, 0)
        }
    }

    /// The names of the connections: `redis of relay-1`.
    pub(crate) fn names(&self) -> Vec<String> {
        lock(&self.lines).keys().cloned().collect()
    }

    /// The proxy with this name.
    pub(crate) fn proxy(&self, name: &str) -> Option<Arc<Proxy>> {
        lock(&self.lines).get(name).cloned()
    }

    /// Sets the faults of invocations.
    pub(crate) fn set_invocation_faults(&self, faults: InvocationFaults) {
        if let Some(invocations) = &*lock(&self.invocations) {
            invocations.set(faults);
        }
    }

    /// Ends all faults.
    pub(crate) fn clear(&self) {
        self.set_invocation_faults(InvocationFaults::default());
        for line in lock(&self.lines).values() {
            line.clear();
        }
    }

    fn invocations(&self, target: u16) -> Option<u16> {
        let mut kept = lock(&self.invocations);
        if kept.is_none() {
            let started = self.runtime.block_on(Invocations::start(target, self.seed));
            *kept = started.ok();
        }
        kept.as_ref().map(|invocations| invocations.port)
    }
}

impl Detour for Proxies {
    /// Falls back to the service's own port if no port is free for a proxy.
    fn port(&self, part: &str, service: Service, own: u16) -> u16 {
        let name = match service {
            Service::Invoke => return self.invocations(own).unwrap_or(own),
            _ if !self.all => return own,
            Service::Redis => format!("redis of {part}"),
            Service::Connections => format!("pushes of {part}"),
        };
        let mut lines = lock(&self.lines);
        if let Some(line) = lines.get(&name) {
            return line.port;
        }
        let Ok(line) = self.runtime.block_on(Proxy::start(own)) else {
            return own;
        };
        let proxy_port = line.port;
        lines.insert(name, Arc::new(line));
        proxy_port
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
