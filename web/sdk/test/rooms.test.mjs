// Rooms that players make, against a fake server: codes, seats, the host's calls, the match, and the rematch.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionError, LeftError, ProblemError, RoomError, codeFromUrl, roomCode } from "../dist/index.js";
import { lobby, server } from "./connected.mjs";
import { OTHER, OWN, PLAYERS, game, until, welcome } from "./fakes.mjs";

const SEATED = { status: "seated", room: "main.r1", code: "BCD-FGH", url: "/app?room=BCD-FGH", host: OWN };
const PREVIEW = {
  name: "",
  game: "arena",
  host: { player_id: OTHER, name: "Bob" },
  players: 1,
  seats: 5,
  settings: { lives: 1 },
  joinable: true,
};

/** A message about the room, of these players and with these fields. */
function updated(seq, { players = PLAYERS, ready = [], ...more } = {}) {
  const listed = players.map((player) => ({ ...player, ready: ready.includes(player.player_id) }));
  const room = { room_id: "main.r1", state: "gathering", seats_min: 3, seats_max: 5, expires_at_ms: 1, players: listed };
  const chosen = { host: OWN, code: "BCD-FGH", visibility: "private", name: "", settings: { lives: 1 }, meta: {} };
  return { type: "room_updated", seq, pool: "main", room: { ...room, ...chosen, ...more } };
}

/** `GET /lobby/rooms/<room>` of the same room. */
function viewOf({ pool, room: { players, ...room } }) {
  return { ...room, pool, players: Object.fromEntries(players.map(({ player_id, ...player }) => [player_id, player])) };
}

/** Creates a room. Returns it, and the server's side of the lobby socket. */
async function host() {
  server.rooms["POST /lobby/rooms"] = [201, SEATED];
  server.rooms["GET /lobby/rooms/main.r1"] = [200, viewOf(updated(1))];
  const made = lobby.createRoom();
  const socket = await open();
  return { room: await made, socket };
}

async function open() {
  const socket = await until("the lobby's socket", () => server.socket("lobby"));
  socket.open();
  return socket;
}

const bodyOf = (method, path) => JSON.parse(server.calls.findLast((call) => call.method === method && call.path === path).body);
const problem = (status, slug) => [status, { type: `urn:skirmish:problem:${slug}`, title: slug, status }];

test("case, spaces and dashes of a code are ignored", () => {
  const read = ["BCD-FGH", "bcdfgh", " b c d – f g h ", "BCD‑FGH", "BCDFG", "BCD-FGA", "BCD-FGHJ", ""].map(roomCode);
  assert.deepEqual(read, ["BCD-FGH", "BCD-FGH", "BCD-FGH", "BCD-FGH", undefined, undefined, undefined, undefined]);
});

test("a room code is read from an address, if there is one", () => {
  const named = ["/app?room=bcdfgh", "/app?replay=x&room=BCD-FGH", "/app", "/app?room=", "/app?room=nonsense"];
  const codes = named.map((path) => codeFromUrl(`https://play.example${path}`));
  assert.deepEqual(codes, ["BCD-FGH", "BCD-FGH", undefined, undefined, "nonsense"]);
});

test("a room that the player makes has a code, an address and its host", async () => {
  server.rooms["POST /lobby/rooms"] = () => {
    server.socket("lobby").deliver(updated(2, { players: PLAYERS.slice(0, 1) }));
    return [201, SEATED];
  };
  const made = lobby.createRoom({ pool: "main", settings: { lives: 1 }, seats: 4, color: "#ff0000" });
  const socket = await until("the lobby's socket", () => server.socket("lobby"));
  assert.equal(server.count("POST", "/lobby/rooms"), 0, "no seat before the socket is open");
  socket.open();
  const room = await made;
  assert.equal(server.count("GET", "/lobby/rooms/main.r1"), 0, "the message had everything");
  assert.deepEqual(bodyOf("POST", "/lobby/rooms"), { pool: "main", settings: { lives: 1 }, seats: 4, color: "#ff0000" });
  assert.deepEqual([room.code, room.url, room.isHost], ["BCD-FGH", "http://127.0.0.1:1/app?room=BCD-FGH", true]);
  assert.equal(lobby.room, room);
  assert.equal(lobby.state.status, "seated");
});

test("a room whose message has not arrived is requested", async () => {
  server.rooms["POST /lobby/rooms"] = [201, SEATED];
  const view = viewOf(updated(1, { ready: [OTHER] }));
  // Objects have no order; the times decide it.
  view.players[OWN].joined_timestamp = 20;
  view.players[OTHER].joined_timestamp = 10;
  server.rooms["GET /lobby/rooms/main.r1"] = [200, view];
  view.seats_min = 2;
  const made = lobby.createRoom();
  await open();
  const { info } = await made;
  assert.deepEqual(info.players.map(({ name, ready }) => [name, ready]), [["Bob", true], ["Ann", false]]);
  assert.deepEqual([info.seatsMin, info.seatsMax, info.settings], [2, 5, { lives: 1 }]);
});

test("each change of the room is an event, and the room stays the same object", async () => {
  const { room, socket } = await host();
  const ready = [];
  lobby.on("room", (info) => ready.push(info.players.filter((player) => player.ready).map(({ name }) => name)));
  socket.deliver(updated(3, { ready: [OTHER] }));
  socket.deliver(updated(4, { ready: [OTHER, OWN], host: OTHER, name: "Duel" }));
  assert.deepEqual(ready, [["Bob"], ["Ann", "Bob"]]);
  assert.deepEqual([room.isHost, room.info.name, lobby.room === room], [false, "Duel", true]);
});

test("a room of the queue is reported by the same event, and is not a room of a player", async () => {
  const { socket } = await host();
  const states = [];
  lobby.on("room", ({ state }) => states.push(state));
  const open = { room_id: "main.r2", players: PLAYERS, seats_min: 3, seats_max: 5, expires_at_ms: 1 };
  socket.deliver({ type: "room_joined", seq: 3, pool: "main", room: open });
  assert.deepEqual([states, lobby.room], [["open"], undefined]);
});

test("a code in any spelling joins, after the game's engine is loaded", async () => {
  server.rooms["GET /lobby/codes/BCD-FGH"] = [200, PREVIEW];
  server.rooms["POST /lobby/rooms/join"] = [200, { ...SEATED, host: OTHER }];
  server.rooms["GET /lobby/rooms/main.r1"] = [200, viewOf(updated(1, { host: OTHER }))];
  const joined = lobby.joinRoom("bcd fgh", { color: "#00ff00", leave: true });
  await open();
  const room = await joined;
  assert.deepEqual(bodyOf("POST", "/lobby/rooms/join"), { code: "BCD-FGH", color: "#00ff00", leave: true });
  assert.equal(room.isHost, false);
});

test("after a reload, the player returns to their room, and to none if they are in a room of the queue", async () => {
  server.me = () => ({ status: "seated", room: "main.r1" });
  server.rooms["GET /lobby/rooms/main.r1"] = [200, viewOf(updated(1))];
  const returned = lobby.returnToRoom();
  await open();
  assert.equal((await returned).code, "BCD-FGH");
  server.me = () => ({ status: "seated", room: "main.r2" });
  assert.equal(await lobby.returnToRoom(), undefined);
});

test("a room of a game that this package does not have takes no seat", async () => {
  server.rooms["GET /lobby/codes/BCD-FGH"] = [200, { ...PREVIEW, game: "chess" }];
  await assert.rejects(lobby.joinRoom("BCD-FGH"), (error) => error instanceof ConnectionError && /"chess"/.test(error.message));
  assert.equal(server.count("POST", "/lobby/rooms/join"), 0);
});

test("an invalid code is refused without a call", async () => {
  const calls = server.calls.length;
  await assert.rejects(lobby.joinRoom("hello"), (error) => error instanceof RoomError && error.slug === "code-unknown");
  assert.equal(server.calls.length, calls);
});

test("the preview of a room has its players and whether it can be joined", async () => {
  server.rooms["GET /lobby/codes/BCD-FGH"] = [200, { ...PREVIEW, players: 5, joinable: false, reason: "full" }];
  const { host, playerCount, seatsMax, settings, joinable, reason } = await lobby.lookUpRoom("bcdfgh");
  assert.deepEqual([host.name, playerCount, seatsMax, settings, joinable, reason], ["Bob", 5, 5, { lives: 1 }, false, "full"]);
});

for (const [status, slug] of [[404, "code-unknown"], [409, "room-full"], [409, "room-started"], [409, "kicked"], [409, "queued"]]) {
  test(`a join that is refused as ${slug} is a RoomError of that name`, async () => {
    server.rooms["GET /lobby/codes/BCD-FGH"] = [200, PREVIEW];
    server.rooms["POST /lobby/rooms/join"] = problem(status, slug);
    const joined = lobby.joinRoom("BCD-FGH");
    joined.catch(() => undefined);
    await open();
    await assert.rejects(joined, (error) => {
      assert(error instanceof RoomError && error instanceof ProblemError);
      assert.deepEqual([error.name, error.slug, error.status], ["RoomError", slug, status]);
      return true;
    });
    assert.equal(lobby.room, undefined);
  });
}

test("too many wrong codes are refused without a retry: the next attempt is a minute away", async () => {
  server.rooms["GET /lobby/codes/BCD-FGH"] = [...problem(429, "too-many-requests"), { "retry-after": "60" }];
  await assert.rejects(lobby.joinRoom("BCD-FGH"), (error) => error.slug === "too-many-requests" && error.retryAfterMs === 60_000);
  assert.equal(server.count("GET", "/lobby/codes/BCD-FGH"), 1);
});

test("other problems are not converted", async () => {
  server.rooms["POST /lobby/rooms"] = problem(409, "in-match");
  const made = lobby.createRoom();
  made.catch(() => undefined);
  await open();
  await assert.rejects(made, (error) => error.name === "ProblemError" && error.slug === "in-match");
});

test("the host kicks, hands the room over, and changes it; a changed setting leaves the others", async () => {
  const { room } = await host();
  const path = "/lobby/rooms/main.r1";
  for (const call of [`POST ${path}/ready`, `POST ${path}/kick`, `POST ${path}/host`]) server.rooms[call] = [204];
  server.rooms[`PATCH ${path}`] = [200, SEATED];
  await room.ready();
  await room.kick(OTHER);
  await room.host(OTHER);
  await room.settings({ match_seconds: 60 });
  assert.deepEqual(bodyOf("POST", `${path}/ready`), { ready: true });
  assert.deepEqual(bodyOf("POST", `${path}/kick`), { player_id: OTHER });
  assert.deepEqual(bodyOf("POST", `${path}/host`), { player_id: OTHER });
  assert.deepEqual(bodyOf("PATCH", path), { settings: { lives: 1, match_seconds: 60 } });
  await room.change({ name: "Duel", seats: 2, visibility: "listed", meta: { mode: "duo" } });
  assert.deepEqual(bodyOf("PATCH", path), { name: "Duel", seats: 2, visibility: "listed", meta: { mode: "duo" } });
});

test("a start with too few players is refused, and the room stays open", async () => {
  const { room } = await host();
  server.rooms["POST /lobby/rooms/main.r1/start"] = problem(409, "too-few");
  await assert.rejects(room.start(), (error) => error instanceof RoomError && error.slug === "too-few");
  server.rooms["POST /lobby/rooms/main.r1/start"] = [200, SEATED];
  await room.start({ bots: 2 });
  assert.deepEqual(bodyOf("POST", "/lobby/rooms/main.r1/start"), { bots: 2 });
  assert.equal(lobby.room, room);
});

test("the host's group searches for others, in a room of the queue, and its match is the room's match", async () => {
  const { room, socket } = await host();
  const path = "/lobby/rooms/main.r1/queue";
  server.rooms[`POST ${path}`] = problem(409, "group-too-large");
  await assert.rejects(room.queue(), (error) => error instanceof RoomError && error.slug === "group-too-large");
  server.rooms[`POST ${path}`] = [200, SEATED];
  await room.queue(false);
  assert.deepEqual(bodyOf("POST", path), { queue: false });
  await room.queue();
  assert.deepEqual(bodyOf("POST", path), { queue: true });
  assert.equal(room.info.queuedAtMs, undefined);
  socket.deliver(updated(3, { queued_at_ms: 1_800_000_000_000 }));
  assert.deepEqual([room.info.queuedAtMs, lobby.room === room], [1_800_000_000_000, true]);
  const coming = room.match();
  await until("the sync", () => socket.sent.length === 2);
  const open = { room_id: "main.r2", players: PLAYERS, seats_min: 3, seats_max: 5, expires_at_ms: 1 };
  socket.deliver({ type: "room_joined", seq: 4, pool: "main", room: open });
  assert.equal(lobby.room, undefined);
  const teams = PLAYERS.map((player, at) => ({ ...player, team: at }));
  let dealt;
  lobby.on("match", ({ players }) => (dealt = players.map(({ team }) => team)));
  socket.deliver({ ...started(5), room_id: "main.r2", players: teams });
  await admit();
  assert.equal((await coming).roomId, "main.r2");
  assert.deepEqual(dealt, [0, 1]);
});

const started = (seq) => ({ type: "match_started", seq, room_id: "main.r1", players: PLAYERS, game: game("t1") });

/** The game server welcomes the player. */
async function admit() {
  const socket = await until("the game's socket", () => server.socket("game"));
  socket.open();
  socket.deliver(welcome());
  return socket;
}

test("the match of the room begins when its host starts it, and its players can gather again", async () => {
  const { room, socket } = await host();
  const coming = room.match();
  await until("the sync", () => socket.sent.length === 2);
  socket.deliver(started(5));
  const gameSocket = await admit();
  const match = await coming;
  assert.deepEqual([match.roomId, lobby.room], ["main.r1", undefined]);
  gameSocket.deliver({ type: "over", scores: [] });

  server.rooms["POST /lobby/rooms/main.r1/rematch"] = [200, { ...SEATED, room: "main.r2" }];
  server.rooms["GET /lobby/rooms/main.r2"] = [200, viewOf(updated(1, { room_id: "main.r2" }))];
  const next = await match.rematch({ color: "#ff0000" });
  assert.deepEqual(bodyOf("POST", "/lobby/rooms/main.r1/rematch"), { color: "#ff0000" });
  assert.deepEqual([next.roomId, next.code, lobby.room === next], ["main.r2", "BCD-FGH", true]);
});

test("a match that started before the call of `match` is entered", async () => {
  const { room, socket } = await host();
  socket.deliver(started(5));
  const coming = room.match();
  await until("the sync", () => socket.sent.length === 2);
  socket.deliver({ type: "state", status: "playing", room: "main.r1", game: game("t2") });
  const gameSocket = await admit();
  assert.match(gameSocket.url, /ticket=t2$/);
  await coming;
});

test("the wait of a kicked player rejects with the reason", async () => {
  const { room, socket } = await host();
  const coming = room.match();
  coming.catch(() => undefined);
  await until("the sync", () => socket.sent.length === 2);
  server.me = () => ({ status: "out", reason: "kicked" });
  socket.deliver({ type: "removed", seq: 5, reason: "kicked", room_id: "main.r1" });
  await assert.rejects(coming, (error) => error instanceof LeftError && error.reason === "kicked");
  assert.equal(lobby.room, undefined);
});

test("an aborted wait for the match leaves the room", async () => {
  const { room } = await host();
  const abort = new AbortController();
  const coming = room.match({ signal: abort.signal });
  coming.catch(() => undefined);
  abort.abort(new Error("enough"));
  await assert.rejects(coming, /enough/);
  assert.equal(server.count("DELETE", "/lobby/queue"), 1);
});

test("changes of the room during an outage are requested after the reconnect", async () => {
  const { room, socket } = await host();
  server.rooms["GET /lobby/rooms/main.r1"] = [200, viewOf(updated(1, { ready: [OTHER] }))];
  const changed = new Promise((resolve) => lobby.on("room", resolve));
  socket.drop();
  const next = await until("the next socket", () => server.sockets.length === 2 && server.socket("lobby"));
  next.open();
  next.deliver({ type: "state", status: "seated", room: "main.r1" });
  const info = await changed;
  assert.deepEqual(info.players.map(({ ready }) => ready), [false, true]);
  assert.equal(lobby.room, room);
});
