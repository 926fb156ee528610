//! [`Requests`]: the request that each `Idempotency-Key` was first used for. The pools' scripts store their own
//! answers.

use redis::Script;

use crate::error::Result;
use crate::keys;
use crate::redis::script;
use crate::store::Stores;
use crate::timing::{self, ms};

/// About how many pieces of feedback are kept.
const FEEDBACK_MAX: u32 = 10_000;

/// The requests of all players.
#[derive(Clone)]
pub struct Requests {
    stores: Stores,
}

/// A request that may be repeated.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The player's id; empty for callers without a token, who share their keys.
    pub who: &'a str,
    /// `Idempotency-Key`.
    pub key: &'a str,
    /// A digest of the request; equal only for equal requests.
    pub asked: &'a str,
}

/// What a key was first used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum First {
    /// The same request, with its first answer.
    Same(String),
    /// Another request: this one must not be executed.
    Other,
}

impl Requests {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// The first request with a key determines what the key stands for, and its answer. Stored for
    /// [`timing::REQUEST_TTL`].
    pub async fn open(&self, request: Request<'_>, answer: &str) -> Result<First> {
        let remembered = ms(timing::REQUEST_TTL).to_string();
        let key = keys::request(request.who, request.key);
        let args = [request.asked, answer, &remembered];
        let (asked, answer): (String, String) =
            self.stores.run(&script::REQUEST_OPEN, &key, &args).await?;
        Ok(first(request, &asked, answer))
    }

    /// `POST /feedback`: adds it to a capped stream, once per key. The caller limits the length of the text.
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
            call.arg(request.asked).arg(ms(timing::REQUEST_TTL));
        } else {
            call.arg("").arg("");
        }
        let asked: String = self.stores.link.script(&call).await?;
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
