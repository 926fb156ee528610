// A match against a fake server: inputs, the end, and every way back after a lost connection.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Skirmish } from "../dist/index.js";
import { FakeServer, OWN, game, snapshot, until, welcome } from "./fakes.mjs";

const realFetch = globalThis.fetch;
let server;
let lobby;
let match;
let socket;
let told;

beforeEach(async () => {
  server = new FakeServer();
  globalThis.fetch = server.fetch;
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t1") });
  lobby = await Skirmish.connect("http://127.0.0.1:1", { WebSocket: server.WebSocket });
  const rejoin = lobby.rejoin();
  socket = await until("the game's socket", () => server.socket("game"));
  socket.open();
  socket.say(welcome());
  match = await rejoin;
  told = [];
  for (const type of ["over", "close", "moved", "connection"]) match.on(type, (event) => told.push([type, event]));
});

afterEach(() => {
  lobby.close();
  globalThis.fetch = realFetch;
});

const next = () => until("another socket", () => server.socket("game") !== socket && server.socket("game"));

test("inputs are sent with what was seen, finite, and not more often than ticks", async () => {
  socket.say(snapshot(6));
  match.view(performance.now());
  match.send({ move: [1, Number.NaN], aim: 0.5, fire: true });
  match.send({ move: [0, 1], aim: 1, fire: false });
  match.send({ move: [0, 0], aim: 2, fire: false });
  const [first, ...rest] = socket.sent;
  assert.deepEqual({ ...first, view: undefined }, {
    type: "input",
    move: [1, 0],
    aim: 0.5,
    fire: true,
    seen: 6,
    view: undefined,
  });
  assert(first.view >= 0 && first.view <= 15);
  assert.deepEqual(rest, []);
  await until("the newest input", () => socket.sent.length === 2);
  assert.equal(socket.sent[1].aim, 2);
});

test("the end is told once, whoever tells it", async () => {
  const scores = [{ player_id: OWN, name: "Ann", score: 3, rank: 1 }];
  socket.say({ type: "over", scores });
  socket.say({ type: "over", scores });
  socket.drop(4000);
  const own = { playerId: OWN, name: "Ann", score: 3, rank: 1 };
  await until("the close", () => told.some(([type]) => type === "close"));
  assert.deepEqual(told.filter(([type]) => type !== "connection"), [
    ["over", { scores: [own] }],
    ["close", { reason: "over" }],
  ]);
});

test("a lost connection is found again through the lobby", async () => {
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t2", { relay: "relay-2", epoch: 2 }) });
  socket.drop();
  const again = await next();
  assert.equal(again.url, "ws://127.0.0.1:1/game/relay-2?ticket=t2");
  again.open();
  again.say(welcome(0, 2));
  again.say(snapshot(4));
  assert.equal(match.connection, "open");
  assert.deepEqual(told, [["connection", "reconnecting"], ["connection", "open"]]);
  assert.equal(Math.round(match.view(performance.now()).tick) <= 6, true, "a newer epoch may go back in time");
});

test("while the lobby is away too, it is asked again", async () => {
  let failures = 2;
  const { answer } = server;
  server.answer = (call) =>
    call.path === "/lobby/me" && failures-- > 0 ? [503, { title: "Unavailable" }] : answer.call(server, call);
  socket.drop();
  const again = await next();
  assert(failures < 0);
  assert.match(again.url, /ticket=t1$/);
});

test("`moved` is followed at once", async () => {
  socket.say({ type: "moved", url: "ws://127.0.0.1:1/game/relay-2", ticket: "t9", epoch: 2 });
  const again = server.socket("game");
  assert.equal(again.url, "ws://127.0.0.1:1/game/relay-2?ticket=t9");
  assert.deepEqual(told, [["moved", { epoch: 2 }]]);
  assert.equal(socket.readyState, 3);
});

test("a running match that falls silent is looked for", async () => {
  socket.say(snapshot(2));
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t5", { relay: "relay-3", epoch: 3 }) });
  const again = await next();
  assert.match(again.url, /relay-3/);
});

test("a match that ended meanwhile shows its scores", async () => {
  server.me = () => ({ status: "out", reason: "match_over" });
  socket.drop();
  await until("the end", () => told.some(([type]) => type === "over"));
  const [, over] = told.find(([type]) => type === "over");
  assert.deepEqual(over.scores, [{ playerId: OWN, name: "Ann", score: 2, rank: 1 }]);
});

test("another tab's connection ends this one for good", async () => {
  const asked = server.count("GET", "/lobby/me");
  socket.drop(4001);
  await until("the close", () => told.some(([type]) => type === "close"));
  assert.deepEqual(told, [["connection", "superseded"], ["close", { reason: "superseded" }]]);
  assert.equal(server.count("GET", "/lobby/me"), asked);
});

test("it is not taken back from another tab, even where the close code got lost", async () => {
  const lobbySocket = server.socket("lobby");
  lobbySocket.open();
  lobbySocket.say({ type: "told", seq: 1, reason: "superseded" });
  assert.equal(match.connection, "open", "the other tab may not want the match");
  socket.drop(1006);
  await until("the close", () => told.some(([type]) => type === "close"));
  assert.deepEqual(told, [["connection", "superseded"], ["close", { reason: "superseded" }]]);
});

test("events come with their fields", async () => {
  const events = [];
  match.on("event", (event) => events.push(event));
  socket.say({ type: "event", tick: 7, event: "kill", player_id: OWN, by: null, lives: 2, score: 1 });
  assert.deepEqual(events, [{ type: "event", tick: 7, event: "kill", player_id: OWN, by: null, lives: 2, score: 1 }]);
});
