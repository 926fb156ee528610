//! The open connections by id.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::connection::{Client, Connection, Push};

/// All open connections.
#[derive(Default)]
pub(crate) struct Registry(Mutex<HashMap<String, Arc<Connection>>>);

impl Registry {
    /// Makes a connection reachable for functions. Their pushes are queued in the receiver.
    pub(crate) fn open(&self, client: Client) -> (Arc<Connection>, mpsc::Receiver<Push>) {
        let (connection, receiver) = Connection::new(client);
        let connection = Arc::new(connection);
        self.lock().insert(
            connection.client.connection_id.clone(),
            Arc::clone(&connection),
        );
        (connection, receiver)
    }

    pub(crate) fn get(&self, connection_id: &str) -> Option<Arc<Connection>> {
        self.lock().get(connection_id).cloned()
    }

    /// Removes a connection, if it is still there.
    pub(crate) fn remove(&self, connection_id: &str) -> Option<Arc<Connection>> {
        self.lock().remove(connection_id)
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Connection>>> {
        // No code panics while it holds the lock, and the map is consistent at all times.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
