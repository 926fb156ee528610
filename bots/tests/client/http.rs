//! HTTP requests: what is sent, what is retried, and what an answer means.

use std::sync::{Arc, Mutex};

use bots::{Client, Error, Join, Joined, Status};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::fake::{Fake, Reply};
use crate::soon;

/// Answers requests with these, in order, and keeps what was asked.
async fn scripted(replies: Vec<Reply>) -> (Fake, Arc<Mutex<Vec<String>>>, Arc<Mutex<Vec<String>>>) {
    let replies = Mutex::new(replies.into_iter());
    let (asked, keys) = (
        Arc::new(Mutex::new(Vec::new())),
        Arc::new(Mutex::new(Vec::new())),
    );
    let (to_asked, to_keys) = (Arc::clone(&asked), Arc::clone(&keys));
    let fake = Fake::start(move |request| {
        let token = request
            .headers
            .get("authorization")
            .cloned()
            .unwrap_or_default();
        let line = format!(
            "{} {} {} {}",
            request.method, request.path, token, request.body
        );
        to_asked.lock().expect("sound").push(line);
        to_keys
            .lock()
            .expect("sound")
            .extend(request.headers.get("idempotency-key").cloned());
        replies
            .lock()
            .expect("sound")
            .next()
            .expect("one more request than replies")
    })
    .await;
    (fake, asked, keys)
}

async fn check_join(replies: Vec<Reply>, expected: &Expect) {
    let (fake, ..) = scripted(replies).await;
    let client = Client::with_token(&fake.url, "t").expect("an address");
    expected.assert_debug_eq(&soon(client.join(&Join::default())).await);
}

#[tokio::test]
async fn a_guest_sends_their_token() {
    let (fake, asked, _) = scripted(vec![
        Reply::json(
            201,
            json!({"token": "abc", "player_id": "p-1", "expires_at": 1}),
        ),
        Reply::json(
            202,
            json!({"status": "queued", "pool": "eu", "position": 2}),
        ),
        Reply::Http(204, "", Value::Null),
    ])
    .await;
    let client = soon(Client::guest(&fake.url, "Ada"))
        .await
        .expect("a guest");
    assert_eq!((client.player_id(), client.token()), (Some("p-1"), "abc"));
    let join = Join {
        pool: Some("eu".to_owned()),
        color: Some("#ff0000".to_owned()),
    };
    let joined = soon(client.join(&join)).await.expect("joined");
    assert_eq!(
        joined,
        Joined::Queued {
            pool: "eu".to_owned(),
            position: 2
        }
    );
    soon(client.leave()).await.expect("left");
    assert_eq!(
        *asked.lock().expect("sound"),
        [
            r#"POST /lobby/guest  {"name":"Ada"}"#,
            r##"POST /lobby/queue Bearer abc {"color":"#ff0000","pool":"eu"}"##,
            "DELETE /lobby/queue Bearer abc null",
        ]
    );
}

#[tokio::test]
async fn a_join_during_a_match_returns_it_and_another_pool_is_an_error() {
    let game = json!({"url": "ws://h/game/relay-1", "ticket": "x", "relay": "relay-1", "epoch": 3});
    check_join(
        vec![Reply::problem(
            409,
            "in-match",
            json!({"room": "main.1", "game": game}),
        )],
        &expect![[r#"
            Ok(
                Playing {
                    room: "main.1",
                    game: GameTicket {
                        url: "ws://h/game/relay-1",
                        webtransport: None,
                        ticket: "x",
                        relay: "relay-1",
                        epoch: 3,
                    },
                },
            )
        "#]],
    )
    .await;
    check_join(
        vec![Reply::problem(409, "other-pool", json!({"pool": "eu"}))],
        &expect![[r#"
            Err(
                Problem(
                    Problem {
                        kind: "urn:skirmish:problem:other-pool",
                        title: "other-pool",
                        status: 409,
                        detail: "",
                        room: None,
                        game: None,
                        pool: Some(
                            "eu",
                        ),
                        retry_after: Some(
                            0ns,
                        ),
                    },
                ),
            )
        "#]],
    )
    .await;
    check_join(
        vec![Reply::json(
            200,
            json!({"status": "seated", "room": "main.1"}),
        )],
        &expect![[r#"
            Ok(
                Seated {
                    room: Some(
                        "main.1",
                    ),
                },
            )
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_request_to_a_busy_lobby_is_repeated_with_the_same_key() {
    let (fake, asked, keys) = scripted(vec![
        Reply::problem(503, "unavailable", json!({})),
        Reply::json(
            202,
            json!({"status": "queued", "pool": "main", "position": 1}),
        ),
    ])
    .await;
    let client = Client::with_token(&fake.url, "t").expect("an address");
    soon(client.join(&Join::default()))
        .await
        .expect("joined at last");
    assert_eq!(asked.lock().expect("sound").len(), 2);
    let keys = keys.lock().expect("sound");
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]));
}

#[tokio::test]
async fn requests_to_a_busy_lobby_end_after_three_attempts() {
    let busy = || Reply::problem(503, "unavailable", json!({}));
    let (fake, asked, _) = scripted(vec![busy(), busy(), busy()]).await;
    let client = Client::with_token(&fake.url, "t").expect("an address");
    let error = soon(client.me()).await.expect_err("three times no");
    assert_eq!(
        (error.slug(), asked.lock().expect("sound").len()),
        (Some("unavailable"), 3)
    );
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let (fake, asked, _) = scripted(vec![Reply::problem(401, "unauthorized", json!({}))]).await;
    let client = Client::with_token(&fake.url, "t").expect("an address");
    assert!(
        soon(client.me())
            .await
            .expect_err("refused")
            .is_unauthorized()
    );
    assert_eq!(asked.lock().expect("sound").len(), 1);
}

#[tokio::test]
async fn an_error_without_a_problem_document_is_a_problem_too() {
    let (fake, ..) = scripted(vec![Reply::Http(
        418,
        "content-type: text/html\r\n",
        "<h1>".into(),
    )])
    .await;
    let client = Client::with_token(&fake.url, "t").expect("an address");
    let error = soon(client.me()).await.expect_err("refused");
    expect![[r#"418 418 I'm a teapot: "<h1>""#]].assert_eq(&error.to_string());
}

#[tokio::test]
async fn me_returns_the_players_state() {
    let (fake, ..) = scripted(vec![Reply::json(
        200,
        json!({"status": "out", "reason": "expired", "more": 1}),
    )])
    .await;
    let me = soon(Client::with_token(&fake.url, "t").expect("an address").me())
        .await
        .expect("an answer");
    assert_eq!(
        (me.status, me.reason.as_deref()),
        (Status::Out, Some("expired"))
    );
}

#[tokio::test]
async fn an_unreachable_lobby_and_an_invalid_address_are_different_errors() {
    let gone = Fake::start(|_| unreachable!()).await.url.clone();
    let nobody = soon(Client::with_token(&gone, "t").expect("an address").me()).await;
    assert!(matches!(nobody, Err(Error::Unreachable(_))), "{nobody:?}");
    for url in ["", "127.0.0.1:80", "ftp://h/", "gopher://h/"] {
        let refused = Client::with_token(url, "t").map(drop);
        assert!(
            matches!(refused, Err(Error::Address(_))),
            "{url}: {refused:?}"
        );
    }
}
