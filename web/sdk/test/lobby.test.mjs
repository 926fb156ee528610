// The lobby against a fake server: joining, events, leaving, rejoining.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionError, LeftError, ProblemError, SupersededError } from "../dist/index.js";
import { lobby, server } from "./connected.mjs";
import { OWN, PLAYERS, enter, game, snapshot, until, welcome } from "./fakes.mjs";

const queued = (seq, position) => ({ type: "queued", seq, pool: "main", position });
const started = (seq, ticket) => ({ type: "match_started", seq, room_id: "main.r1", players: PLAYERS, game: game(ticket) });

/** Calls `play` and opens the lobby's socket. */
async function playing(options) {
  const play = lobby.play(options);
  play.catch(() => undefined);
  const socket = await until("the lobby's socket", () => server.socket("lobby"));
  socket.open();
  await until("the join", () => server.count("POST", "/lobby/queue") === 1);
  return { play, socket };
}

/** Lets the game server welcome the player on its newest socket. */
async function admit() {
  const socket = await until("the game's socket", () => server.socket("game"));
  socket.open();
  socket.deliver(welcome());
  return socket;
}

async function inMatch() {
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t1") });
  return enter(server, lobby);
}

/** Refuses the token like an expired one. */
function refuseToken() {
  server.answer = () => [401, { type: "urn:skirmish:problem:unauthorized", title: "Unauthorized", status: 401 }];
}

test("without a token, a guest is created, and the socket uses their token", async () => {
  assert.equal(lobby.playerId, OWN);
  assert.equal(lobby.token, "a.b.c");
  const { play, socket } = await playing({ color: "#ff0000", pool: "main" });
  assert.equal(socket.url, "ws://127.0.0.1:1/lobby");
  assert.deepEqual(socket.protocols, ["skirmish.lobby.v1", "bearer.a.b.c"]);
  assert.deepEqual(socket.sent, [{ action: "sync" }]);
  const join = server.calls.find((call) => call.method === "POST" && call.path === "/lobby/queue");
  assert.equal(join.headers.authorization, "Bearer a.b.c");
  assert.match(join.headers["idempotency-key"], /^[0-9a-f]{32}$/);
  assert.deepEqual(JSON.parse(join.body), { pool: "main", color: "#ff0000" });
  socket.deliver(started(1, "t1"));
  await admit();
  const match = await play;
  assert.equal(match.roomId, "main.r1");
  assert.equal(match.playerId, OWN);
});

test("messages that are not newer or not valid are ignored", async () => {
  const positions = [];
  lobby.on("queued", ({ position }) => positions.push(position));
  const { socket } = await playing();
  await until("the first message", () => positions.length === 1);
  for (const message of [queued(5, 9), queued(5, 8), queued(4, 7), "{", { type: "queued", seq: 9 }, queued(6, 3)]) {
    socket.deliver(message);
  }
  socket.deliver({ type: "of the future", seq: 7 });
  assert.deepEqual(positions, [1, 9, 3]);
});

test("a disposer removes its listener", async () => {
  let calls = 0;
  const dispose = lobby.on("queued", () => calls++);
  const { socket } = await playing();
  await until("the first message", () => calls === 1);
  dispose();
  socket.deliver(queued(5, 2));
  assert.equal(calls, 1);
});

test("a room and its countdown are emitted, on the local clock", async () => {
  const events = [];
  lobby.on("room", (room) => events.push([room.roomId, room.players.map((player) => player.name), room.seatsMax]));
  lobby.on("countdown", ({ startsAt }) => events.push(startsAt === undefined ? "cleared" : "counting"));
  const { socket } = await playing();
  const room = { room_id: "main.r1", players: PLAYERS, seats_min: 3, seats_max: 5, expires_at_ms: 1 };
  socket.deliver({ type: "room_joined", seq: 2, pool: "main", room });
  socket.deliver({ type: "countdown", seq: 3, room_id: "main.r1", starts_at_ms: 1, in_ms: 3000 });
  socket.deliver({ type: "countdown", seq: 4, room_id: "main.r1", starts_at_ms: null, in_ms: null });
  assert.deepEqual(events, [["main.r1", ["Ann", "Bob"], 5], "counting", "cleared"]);
});

test("a state is requested again if a message arrived since the request", async () => {
  const events = [];
  lobby.on("queued", () => events.push("queued"));
  lobby.on("room", () => events.push("room"));
  const { socket } = await playing();
  await until("the first message", () => events.length === 1);
  const room = { room_id: "main.r1", players: PLAYERS, seats_min: 3, seats_max: 5, expires_at_ms: 1 };
  socket.deliver({ type: "room_joined", seq: 2, pool: "main", room });
  socket.deliver({ type: "state", status: "queued", position: 1 });
  assert.deepEqual(socket.sent, [{ action: "sync" }, { action: "sync" }]);
  socket.deliver({ type: "state", status: "seated", room: "main.r1" });
  assert.deepEqual(events, ["queued", "room"]);
});

test("sync finds a match whose message was lost", async () => {
  const { play, socket } = await playing();
  socket.deliver({ type: "state", status: "playing", room: "main.r1", game: game("t7") });
  const gameSocket = await admit();
  assert.equal(gameSocket.url, "ws://127.0.0.1:1/game/relay-1?ticket=t7");
  assert.deepEqual(gameSocket.protocols, ["skirmish.v1"]);
  await play;
});

test("aborting leaves the queue and rejects with the signal's reason", async () => {
  const abort = new AbortController();
  const { play } = await playing({ signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(play, /enough/);
  assert.equal(server.count("DELETE", "/lobby/queue"), 1);
});

test("a refused join is a ProblemError with the document", async () => {
  const problem = { type: "urn:skirmish:problem:in-match", title: "In a match", status: 409, room: "main.r9" };
  server.join = () => [409, problem];
  const { play } = await playing();
  await assert.rejects(play, (error) => {
    assert(error instanceof ProblemError);
    assert.equal(error.slug, "in-match");
    assert.equal(error.problem.room, "main.r9");
    return true;
  });
});

test("a join is repeated with the same key while the lobby is unavailable", async () => {
  const unavailable = { type: "urn:skirmish:problem:unavailable", title: "Unavailable", status: 503 };
  const answers = [[503, unavailable], [202, { status: "queued", pool: "main", position: 4 }]];
  server.join = () => answers.shift();
  const position = new Promise((resolve) => lobby.on("queued", (queued) => resolve(queued.position)));
  await playing();
  assert.equal(await position, 4);
  const keys = server.calls.filter((call) => call.path === "/lobby/queue").map((call) => call.headers["idempotency-key"]);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
});

test("a removal rejects with its reason, unless its message is stale", async () => {
  server.me = () => ({ status: "queued", position: 1 });
  const { play, socket } = await playing();
  socket.deliver({ type: "removed", seq: 2, reason: "expired" });
  await until("the request", () => server.count("GET", "/lobby/me") >= 2);
  server.me = () => ({ status: "out", reason: "no_seat" });
  socket.deliver({ type: "removed", seq: 3, reason: "no_seat" });
  await assert.rejects(play, (error) => error instanceof LeftError && error.reason === "no_seat");
});

test("a socket that another tab took over does not reconnect", async () => {
  const { play, socket } = await playing();
  socket.deliver({ type: "removed", seq: 2, reason: "superseded" });
  await assert.rejects(play, SupersededError);
  assert.equal(server.socket("lobby"), undefined);
});

test("the takeover by another tab is handled regardless of the message's sequence number", async () => {
  const { play, socket } = await playing();
  socket.deliver(queued(9, 1));
  socket.deliver({ type: "removed", seq: 2, reason: "superseded" });
  await assert.rejects(play, SupersededError);
});

test("without a lobby socket, no seat is taken, and the error has the address and likely reasons", async () => {
  const play = lobby.play();
  play.catch(() => undefined);
  const tried = new Set();
  const refusing = setInterval(() => server.sockets.forEach((socket) => tried.add(socket) && socket.drop(1006)), 5);
  await assert.rejects(play, (error) => {
    assert(error instanceof ConnectionError);
    assert.match(error.message, /^no WebSocket to ws:\/\/127\.0\.0\.1:1\/lobby opens\. Likely: .*proxy.*ws: true/);
    return true;
  });
  clearInterval(refusing);
  assert(tried.size > 2, `${tried.size}`);
  assert.equal(server.count("POST", "/lobby/queue"), 0);
  assert.equal(server.socket("lobby"), undefined);
});

test("play fails with the address, without the ticket, if no game socket opens", async () => {
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t3") });
  const rejoin = lobby.rejoin();
  rejoin.catch(() => undefined);
  const refusing = setInterval(() => server.socket("game")?.drop(1006), 5);
  await assert.rejects(rejoin, (error) => {
    assert(error instanceof ConnectionError);
    assert.match(error.message, /^no WebSocket to ws:\/\/127\.0\.0\.1:1\/game\/relay-1 opens/);
    assert.doesNotMatch(error.message, /ticket/);
    return true;
  });
  clearInterval(refusing);
  const tried = server.sockets.length;
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.equal(server.sockets.filter(({ url }) => url.includes("/game")).length, server.sockets.length - 1);
  assert.equal(server.sockets.length, tried, "nothing is tried any more");
});

test("a game address with a path is on the server of the lobby", async () => {
  const elsewhere = { ...game("t3"), url: "ws://10.0.0.9:9000/game/relay-1", path: "/game/relay-1" };
  server.me = () => ({ status: "playing", room: "main.r1", game: elsewhere });
  const { match, socket } = await enter(server, lobby);
  assert.equal(socket.url, "ws://127.0.0.1:1/game/relay-1?ticket=t3");
  socket.deliver({ type: "moved", url: "ws://10.0.0.9:9000/x", path: "/game/relay-2", ticket: "t4", epoch: 2 });
  assert.equal(server.socket("game").url, "ws://127.0.0.1:1/game/relay-2?ticket=t4");
  match.close();
});

test("a rejected token ends the reconnects, with one event", async () => {
  const { match, lobbySocket, socket } = await inMatch();
  const events = [];
  lobby.on("unauthorized", (error) => events.push(error.slug));
  lobby.on("connection", (connection) => events.push(connection));
  refuseToken();
  lobbySocket.drop();
  await until("the end", async () => {
    server.socket("lobby")?.drop();
    return events.includes("closed");
  });
  assert.deepEqual([...new Set(events)], ["reconnecting", "unauthorized", "closed"]);
  assert.equal(events.filter((event) => event === "unauthorized").length, 1);
  assert.equal(match.connection, "open", "the match itself continues");
  socket.deliver(snapshot(20));
});

test("a match that is searched with a rejected token closes with the reason", async () => {
  const { match, socket } = await inMatch();
  const closed = new Promise((resolve) => match.on("close", resolve));
  refuseToken();
  socket.drop();
  assert.deepEqual(await closed, { reason: "unauthorized" });
});

test("play with a rejected token rejects with the problem, and takes no seat", async () => {
  refuseToken();
  const play = lobby.play();
  play.catch(() => undefined);
  const refusing = setInterval(() => server.socket("lobby")?.drop(1006), 5);
  await assert.rejects(play, (error) => error instanceof ProblemError && error.slug === "unauthorized");
  clearInterval(refusing);
  assert.equal(server.count("POST", "/lobby/queue"), 0);
});

test("failed polls back off, and respect Retry-After", async () => {
  const { play, socket } = await playing();
  const requestedAt = [];
  server.answer = (call) => {
    if (call.path === "/lobby/me") requestedAt.push(performance.now());
    return [503, { type: "urn:skirmish:problem:unavailable", title: "Unavailable" }, { "retry-after": "2" }];
  };
  socket.deliver({ type: "countdown", seq: 3, room_id: "main.r1", starts_at_ms: 1, in_ms: -5_000 });
  const [first, second] = await until("two requests", () => requestedAt.length >= 2 && requestedAt);
  assert(second - first >= 2_000, `${second - first} ms`);
  play.catch(() => undefined);
});

test("rejoin opens the lobby socket first, which notifies the tab that plays the match", async () => {
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t3") });
  lobby.rejoin().catch(() => undefined);
  const lobbySocket = await until("the lobby's socket", () => server.socket("lobby"));
  assert.equal(server.socket("game"), undefined);
  lobbySocket.open();
  await until("the game's socket", () => server.socket("game"));
});

test("rejoin works without the lobby socket", async () => {
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t3") });
  const rejoin = lobby.rejoin();
  await admit();
  await rejoin;
});

test("an aborted rejoin ends", async () => {
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t3") });
  const abort = new AbortController();
  const rejoin = lobby.rejoin({ signal: abort.signal });
  rejoin.catch(() => undefined);
  const lobbySocket = await until("the lobby's socket", () => server.socket("lobby"));
  abort.abort(new Error("enough"));
  await assert.rejects(rejoin, /enough/);
  lobbySocket.open();
  assert.equal(server.socket("game"), undefined);
});

test("the lobby socket reconnects and syncs again", async () => {
  const { socket } = await playing();
  socket.drop();
  const next = await until("a new socket", () => server.socket("lobby") !== socket && server.socket("lobby"));
  next.open();
  assert.deepEqual(next.sent, [{ action: "sync" }]);
});

test("rejoin returns to the running match, with names", async () => {
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t3") });
  const { match, socket } = await enter(server, lobby);
  socket.deliver(snapshot(10));
  assert.equal(match.view(performance.now()).me.name, "Ann");
  await assert.rejects(async () => {
    server.me = () => ({ status: "out", reason: "match_over" });
    await lobby.rejoin();
  }, LeftError);
});

test("a report has an integer tick, and the room of a match that is over", async () => {
  server.rooms["POST /match/report"] = [202, { status: "received" }];
  await lobby.report({ playerId: PLAYERS[1].player_id, tick: 540.7, reason: "Insults", room: "main.r1" });
  await lobby.report({ playerId: PLAYERS[1].player_id, tick: 541, reason: "Insults" });
  const sent = server.calls.filter(({ path }) => path === "/match/report").map(({ body }) => JSON.parse(body));
  const report = { player_id: PLAYERS[1].player_id, tick: 540, reason: "Insults" };
  assert.deepEqual(sent, [{ ...report, room: "main.r1" }, { ...report, tick: 541 }]);
  server.rooms["POST /match/report"] = [429, { type: "urn:skirmish:problem:too-many-requests", title: "Too many", status: 429 }, { "retry-after": "600" }];
  const late = lobby.report({ playerId: PLAYERS[1].player_id, tick: 1, reason: "Insults" });
  await assert.rejects(late, (error) => error instanceof ProblemError && error.slug === "too-many-requests");
});
