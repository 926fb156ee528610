//! `Idempotency-Key`: repeated or concurrent requests with one key have one effect and one answer.
//! A key that was used for another request is refused (422), as
//! draft-ietf-httpapi-idempotency-key-header says.

use lambda_http::http::HeaderValue;
use lambda_http::{Request, RequestExt};
use lobby::First;
use uuid::Uuid;

use crate::app::App;
use crate::respond::Problem;

const CHARS_MAX: usize = 128;
/// Callers without a token share their keys, and the key of a guest gives access to a token: it
/// must be as hard to guess as a UUID.
const CHARS_MIN_ANONYMOUS: usize = 16;

/// A request that carries a key.
#[derive(Clone, Debug)]
pub struct Keyed<'a> {
    who: &'a str,
    /// As the client wrote it.
    pub key: &'a str,
    asked: String,
}

impl<'a> Keyed<'a> {
    /// The key of a player's request, or of one without a token. None: the request has no key. 400
    /// for an invalid key: it has 1 to 128 visible ASCII characters, and at least 16 without a
    /// token.
    pub fn read(request: &'a Request, player: Option<&'a str>) -> Result<Option<Self>, Problem> {
        let Some(value) = request.headers().get("idempotency-key") else {
            return Ok(None);
        };
        let chars_min = if player.is_some() {
            1
        } else {
            CHARS_MIN_ANONYMOUS
        };
        let key = text(value, chars_min).ok_or_else(|| {
            Problem::bad_request(format!(
                "Idempotency-Key must have {chars_min} to {CHARS_MAX} visible ASCII characters."
            ))
        })?;
        Ok(Some(Self {
            who: player.unwrap_or_default(),
            key,
            asked: asked(request),
        }))
    }

    /// The same in the lobby's type.
    pub fn request(&self) -> lobby::Request<'_> {
        lobby::Request {
            who: self.who,
            key: self.key,
            asked: &self.asked,
        }
    }

    /// Takes the key for this request with this answer. Returns the answer of the first request
    /// with the key; 422 if that was another request.
    pub async fn open(&self, app: &App, answer: &str) -> Result<String, Problem> {
        let first = app.lobby().await?.requests.open(self.request(), answer);
        same(first.await?)
    }
}

/// The answer of the first request with a key; 422 if that was another request.
pub fn same(first: First) -> Result<String, Problem> {
    match first {
        First::Same(answer) => Ok(answer),
        First::Other => Err(Problem::key_reused()),
    }
}

/// A digest of method, path and body.
fn asked(request: &Request) -> String {
    let body: &[u8] = request.body().as_ref();
    let head = format!("{} {}\n", request.method(), request.raw_http_path());
    let bytes = [head.as_bytes(), body].concat();
    Uuid::new_v5(&Uuid::NAMESPACE_URL, &bytes).to_string()
}

fn text(value: &HeaderValue, chars_min: usize) -> Option<&str> {
    let key = value.to_str().ok()?;
    let fits = (chars_min..=CHARS_MAX).contains(&key.len());
    (fits && key.bytes().all(|byte| byte.is_ascii_graphic())).then_some(key)
}
