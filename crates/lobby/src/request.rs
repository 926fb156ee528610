//! `Idempotency-Key`s outside the pools: what a key was first used for. What a pool answered, its own scripts remember.

use redis::Script;

use crate::error::Result;
use crate::keys;
use crate::lobby::Lobby;
use crate::script;

/// Longer than the pools' answers are kept (10 min), so that none of them is given to another request.
const REMEMBERED_MS: u64 = 660_000;
/// About so many pieces of feedback are kept.
const FEEDBACK_MAX: u32 = 10_000;

/// A request that may come again.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The player's id, or empty: keys of strangers are shared by all of them.
    pub who: &'a str,
    /// `Idempotency-Key`.
    pub key: &'a str,
    /// What it asks for, in short: equal only for equal requests.
    pub asked: &'a str,
}

/// What a key was first used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum First {
    /// The same; with the answer of the first.
    Same(String),
    /// Something else: this request must not be carried out.
    Other,
}

impl Lobby {
    /// The first of all requests with this key decides: what it is for, and its answer. Remembered for 11 minutes.
    pub async fn request_open(&self, request: Request<'_>, answer: &str) -> Result<First> {
        let remembered = REMEMBERED_MS.to_string();
        let key = keys::request(request.who, request.key);
        let args = [request.asked, answer, &remembered];
        let (asked, answer): (String, String) =
            self.plain(&script::REQUEST_OPEN, &key, &args).await?;
        Ok(first(request, &asked, answer))
    }

    /// `POST /feedback`: kept in a capped stream, once per key. The caller bounds the text.
    pub async fn feedback(
        &self,
        player: Option<&str>,
        text: &str,
        contact: &str,
        request: Option<Request<'_>>,
    ) -> Result<First> {
        let script: &Script = &script::FEEDBACK;
        let mut call = script.prepare_invoke();
        call.key(keys::FEEDBACK);
        call.arg(player.unwrap_or_default()).arg(text).arg(contact);
        call.arg(FEEDBACK_MAX);
        if let Some(request) = request {
            call.key(keys::feedback_request(request.who, request.key));
            call.arg(request.asked).arg(REMEMBERED_MS);
        } else {
            call.arg("").arg("");
        }
        let asked: String = self.link.script(&call).await?;
        Ok(request.map_or(First::Same(String::new()), |request| {
            first(request, &asked, String::new())
        }))
    }
}

fn first(request: Request<'_>, asked: &str, answer: String) -> First {
    if asked == request.asked {
        First::Same(answer)
    } else {
        First::Other
    }
}
