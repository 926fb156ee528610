//! The table of functions: the name, the needs and the handler of each.
//!
//! Each program in `src/bin` runs one of them, as AWS Lambda deploys them. The program `functions`
//! runs the function that it is started under: a machine that runs all functions builds and links
//! one program instead of one for each function.

use std::convert::Infallible;
use std::path::Path;
use std::pin::Pin;

use lambda_http::{Body, Request, Response};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::handlers::{
    admin_act, admin_view, assign, deliver, expire, feedback, guest, leaderboard, match_report, me,
    me_update, pool_list, queue_join, queue_leave, replays, room_create, room_join, room_list,
    room_update, room_watch, socket_connect, socket_disconnect, socket_message, sweep,
};
use crate::{App, Needs, log, serve, traces};

/// One function.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its name in every deployment, and of its file in `src/bin`.
    pub name: &'static str,
    needs: Needs,
    handler: Handler,
}

#[derive(Clone, Copy, Debug)]
enum Handler {
    /// Takes HTTP API events and always answers.
    Http(fn(&'static App, Request) -> Pending<Response<Body>>),
    /// Takes JSON events; an error is a failed invocation.
    Event(fn(&'static App, Value) -> Pending<Result<Value, Error>>),
}

type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Every function.
pub const ALL: [Program; 24] = [
    ADMIN_VIEW,
    ADMIN_ACT,
    FEEDBACK,
    GUEST,
    LEADERBOARD,
    DELIVER,
    QUEUE_JOIN,
    QUEUE_LEAVE,
    ROOM_CREATE,
    ROOM_JOIN,
    ROOM_LIST,
    ROOM_UPDATE,
    ROOM_WATCH,
    MATCH_REPORT,
    ME,
    ME_UPDATE,
    POOL_LIST,
    REPLAYS,
    ASSIGN,
    EXPIRE,
    SOCKET_CONNECT,
    SOCKET_DISCONNECT,
    SOCKET_MESSAGE,
    SWEEP,
];

/// `GET /admin/…`
pub const ADMIN_VIEW: Program = Program {
    name: "admin-view",
    needs: needs(false, false),
    handler: Handler::Http(|app, request| Box::pin(admin_view::handle(app, request))),
};

/// `POST /admin/…`
pub const ADMIN_ACT: Program = Program {
    name: "admin-act",
    needs: needs(false, true),
    handler: Handler::Http(|app, request| Box::pin(admin_act::handle(app, request))),
};

/// `POST /feedback`
pub const FEEDBACK: Program = Program {
    name: "feedback",
    needs: needs(true, false),
    handler: Handler::Http(|app, request| Box::pin(feedback::handle(app, request))),
};

/// `POST /lobby/guest`
pub const GUEST: Program = Program {
    name: "guest",
    needs: needs(true, false),
    handler: Handler::Http(|app, request| Box::pin(guest::handle(app, request))),
};

/// `GET /leaderboard`, `GET /leaderboard/<room>`
pub const LEADERBOARD: Program = Program {
    name: "leaderboard",
    needs: needs(false, false),
    handler: Handler::Http(|app, request| Box::pin(leaderboard::handle(app, request))),
};

/// Delivers a pool's outbox.
pub const DELIVER: Program = Program {
    name: "deliver",
    needs: needs(false, true),
    handler: Handler::Event(|app, event| {
        Box::pin(typed(event, |event| deliver::handle(app, event)))
    }),
};

/// `POST /lobby/queue`
pub const QUEUE_JOIN: Program = Program {
    name: "queue-join",
    needs: needs(true, true),
    handler: Handler::Http(|app, request| Box::pin(queue_join::handle(app, request))),
};

/// `DELETE /lobby/queue`, `DELETE /lobby/match`
pub const QUEUE_LEAVE: Program = Program {
    name: "queue-leave",
    needs: needs(true, true),
    handler: Handler::Http(|app, request| Box::pin(queue_leave::handle(app, request))),
};

/// `POST /lobby/rooms`, `POST /lobby/rooms/<room>/rematch`
pub const ROOM_CREATE: Program = Program {
    name: "room-create",
    needs: needs(true, true),
    handler: Handler::Http(|app, request| Box::pin(room_create::handle(app, request))),
};

/// `POST /lobby/rooms/join`, `GET /lobby/codes/<code>`
pub const ROOM_JOIN: Program = Program {
    name: "room-join",
    needs: needs(true, true),
    handler: Handler::Http(|app, request| Box::pin(room_join::handle(app, request))),
};

/// `GET /lobby/rooms`
pub const ROOM_LIST: Program = Program {
    name: "room-list",
    needs: needs(true, false),
    handler: Handler::Http(|app, request| Box::pin(room_list::handle(app, request))),
};

/// `PATCH /lobby/rooms/<room>`, `POST /lobby/rooms/<room>/{ready,start,kick,host,queue}`
pub const ROOM_UPDATE: Program = Program {
    name: "room-update",
    needs: needs(true, true),
    handler: Handler::Http(|app, request| Box::pin(room_update::handle(app, request))),
};

/// `POST /lobby/rooms/<room>/watch`
pub const ROOM_WATCH: Program = Program {
    name: "room-watch",
    needs: needs(true, false),
    handler: Handler::Http(|app, request| Box::pin(room_watch::handle(app, request))),
};

/// `POST /match/report`
pub const MATCH_REPORT: Program = Program {
    name: "match-report",
    needs: needs(true, false),
    handler: Handler::Http(|app, request| Box::pin(match_report::handle(app, request))),
};

/// `PATCH /lobby/me`
pub const ME_UPDATE: Program = Program {
    name: "me-update",
    needs: needs(true, true),
    handler: Handler::Http(|app, request| Box::pin(me_update::handle(app, request))),
};

/// `GET /lobby/me`, `GET /lobby/rooms/<room>`, `GET /lobby/regions`
pub const ME: Program = Program {
    name: "me",
    needs: needs(true, false),
    handler: Handler::Http(|app, request| Box::pin(me::handle(app, request))),
};

/// `GET /lobby/pools`: only the configuration.
pub const POOL_LIST: Program = Program {
    name: "pool-list",
    needs: needs(false, false),
    handler: Handler::Http(|app, request| Box::pin(pool_list::handle(app, request))),
};

/// `GET /replays/<room>` and `POST /replays/<room>/share`
pub const REPLAYS: Program = Program {
    name: "replays",
    needs: needs(true, false),
    handler: Handler::Http(|app, request| Box::pin(replays::handle(app, request))),
};

/// Seats the players of a pool's queue.
pub const ASSIGN: Program = Program {
    name: "assign",
    needs: needs(false, true),
    handler: Handler::Event(|app, event| {
        Box::pin(typed(event, |event| assign::handle(app, event)))
    }),
};

/// Expires overdue rooms, players and relays of a pool.
pub const EXPIRE: Program = Program {
    name: "expire",
    needs: needs(false, true),
    handler: Handler::Event(|app, event| {
        Box::pin(typed(event, |event| expire::handle(app, event)))
    }),
};

/// `$connect` of the lobby socket.
pub const SOCKET_CONNECT: Program = Program {
    name: "socket-connect",
    needs: needs(true, true),
    handler: Handler::Event(|app, event| {
        Box::pin(typed(event, |event| async {
            Ok::<_, Infallible>(socket_connect::handle(app, event).await)
        }))
    }),
};

/// `$disconnect` of the lobby socket.
pub const SOCKET_DISCONNECT: Program = Program {
    name: "socket-disconnect",
    needs: needs(false, false),
    handler: Handler::Event(|app, event| {
        Box::pin(typed(event, |event| async {
            Ok::<_, Infallible>(socket_disconnect::handle(app, event).await)
        }))
    }),
};

/// A message on the lobby socket.
pub const SOCKET_MESSAGE: Program = Program {
    name: "socket-message",
    needs: needs(false, true),
    handler: Handler::Event(|app, event| {
        Box::pin(typed(event, |event| async {
            Ok::<_, Infallible>(socket_message::handle(app, event).await)
        }))
    }),
};

/// Repairs, expires, seats and delivers in every pool, on a schedule.
pub const SWEEP: Program = Program {
    name: "sweep",
    needs: needs(false, true),
    handler: Handler::Event(|app, _| Box::pin(typed(Value::Null, |()| sweep::handle(app)))),
};

impl Program {
    /// The function with the name of this program file: `queue-join` for `/bin/queue-join`.
    pub fn named(file: &Path) -> Option<Self> {
        let name = file.file_stem()?.to_str()?;
        ALL.into_iter().find(|program| program.name == name)
    }

    /// What it needs at init.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// Runs it until the Lambda runtime ends it.
    pub fn run(self) -> Result<(), Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> Result<(), Error> {
        log::init();
        // Invocations borrow it until the process ends.
        let app: &'static App = Box::leak(Box::new(App::init(self.name, self.needs).await?));
        match self.handler {
            Handler::Http(handle) => {
                let call = move |request| async move {
                    let answer = |request| handle(app, request);
                    Ok::<_, Infallible>(
                        traces::call(app.traces(), self.name, request, answer).await,
                    )
                };
                let poll = || serve::http(lambda_http::service_fn(call));
                serve::concurrently(app.config().concurrency, poll).await
            }
            Handler::Event(handle) => {
                let call = move |event: LambdaEvent<Value>| async move {
                    let answer = handle(app, event.payload).await;
                    traces::flush(app.traces()).await;
                    answer
                };
                let poll = || lambda_runtime::run(service_fn(call));
                serve::concurrently(app.config().concurrency, poll).await
            }
        }
    }
}

/// The needs of a function that uses Redis.
const fn needs(tokens: bool, push: bool) -> Needs {
    Needs { tokens, push }
}

/// Hands a JSON event to a handler that takes a type.
async fn typed<E, A, X, F>(event: Value, handle: impl FnOnce(E) -> F) -> Result<Value, Error>
where
    E: DeserializeOwned,
    A: Serialize,
    Error: From<X>,
    F: Future<Output = Result<A, X>>,
{
    let answer = handle(serde_json::from_value(event)?).await?;
    Ok(serde_json::to_value(answer)?)
}
