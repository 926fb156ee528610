//! Lobby connections: which API Gateway connection is a player's, and whose a connection is.
//!
//! Two keys in two slots, so two commands. Each order of failure between them is harmless: a connection that nobody's session
//! names pushes nothing, and a session that names a closed connection is forgotten on the first 410.

use crate::error::Result;
use crate::keys;
use crate::lobby::Lobby;
use crate::origin::Origin;
use crate::script;

/// 2 h 5 min: longer than any connection lives.
const SESSION_TTL_SECONDS: u64 = 7500;

impl Lobby {
    /// `$connect`: this connection is now the player's, and a sign of life. Returns the connection it supersedes, which the
    /// caller closes.
    pub async fn session_open(&self, player: &str, connection: &str) -> Result<Option<String>> {
        let mut back = redis::cmd("SET");
        back.arg(keys::connection(connection))
            .arg(player)
            .arg("EX")
            .arg(SESSION_TTL_SECONDS);
        let _: () = self.link.command(&back).await?;
        let mut set = redis::cmd("SET");
        set.arg(keys::session(player))
            .arg(connection)
            .arg("EX")
            .arg(SESSION_TTL_SECONDS)
            .arg("GET");
        let old: Option<String> = self.link.command(&set).await?;
        // After the session: the script that decides that the player is away looks for a session first.
        if let Some(pool) = self.claim_pool(player).await? {
            pool.touch(player).await?;
        }
        Ok(old.filter(|old| old != connection))
    }

    /// `$connect`, before [`Lobby::session_open`]: what is pushed to this connection names games relative to this origin.
    pub async fn session_reached(&self, connection: &str, origin: &Origin) -> Result<()> {
        let mut set = redis::cmd("SET");
        set.arg(keys::connection_origin(connection))
            .arg(origin.as_str())
            .arg("EX")
            .arg(SESSION_TTL_SECONDS);
        self.link.command(&set).await
    }

    /// The origin by which a connection's client reached the lobby.
    pub async fn session_origin(&self, connection: &str) -> Result<Option<Origin>> {
        let mut get = redis::cmd("GET");
        get.arg(keys::connection_origin(connection));
        let origin: Option<String> = self.link.command(&get).await?;
        Ok(origin.as_deref().and_then(Origin::parse))
    }

    /// `$disconnect`, or 410 Gone: only if the mapping still names this connection.
    pub async fn session_close(&self, connection: &str) -> Result<()> {
        if let Some(player) = self.session_player(connection).await? {
            self.session_forget(&player, connection).await?;
        }
        Ok(())
    }

    /// Whose connection this is.
    pub async fn session_player(&self, connection: &str) -> Result<Option<String>> {
        self.link
            .command(redis::cmd("GET").arg(keys::connection(connection)))
            .await
    }

    /// The player's connection.
    pub(crate) async fn session_of(&self, player: &str) -> Result<Option<String>> {
        self.link
            .command(redis::cmd("GET").arg(keys::session(player)))
            .await
    }

    /// From here on a waiting player has a few seconds (`away.lua`). The session first: were `connection:` gone before it, nobody could find the session by its connection any more.
    pub(crate) async fn session_forget(&self, player: &str, connection: &str) -> Result<()> {
        let was_open: bool = self
            .plain(
                &script::SESSION_CLOSE,
                &keys::session(player),
                &[connection],
            )
            .await?;
        if was_open && let Some(pool) = self.claim_pool(player).await? {
            pool.away(player).await?;
        }
        for key in [
            keys::connection(connection),
            keys::connection_origin(connection),
        ] {
            let _: u64 = self.link.command(redis::cmd("DEL").arg(key)).await?;
        }
        Ok(())
    }
}
