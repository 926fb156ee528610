// A match against a fake server: inputs, views, events, the end.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { MessageError, Skirmish } from "../dist/index.js";
import { FakeServer, OTHER, OWN, enter, game, outEvent, snapshot, until, welcome } from "./fakes.mjs";

const realFetch = globalThis.fetch;
let server;
let lobby;
let match;
let socket;
let events;

beforeEach(async () => {
  server = new FakeServer();
  globalThis.fetch = server.fetch;
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t1") });
  lobby = await Skirmish.connect("http://127.0.0.1:1", { WebSocket: server.WebSocket });
  ({ match, socket } = await enter(server, lobby));
  events = [];
  for (const type of ["over", "close", "moved", "connection"]) match.on(type, (event) => events.push([type, event]));
});

afterEach(() => {
  lobby.close();
  globalThis.fetch = realFetch;
});

const next = () => until("another socket", () => server.socket("game") !== socket && server.socket("game"));

/** The match ticks: two snapshots, a tick apart. */
function run(from = 1) {
  socket.deliver(snapshot(from));
  socket.deliver(snapshot(from + 1));
}
const frames = () => socket.sent.filter((sent) => sent instanceof ArrayBuffer);

test("inputs are sent as bits, every tick, without drawn frames", async () => {
  socket.deliver(snapshot(0));
  match.send({ move: [1, -1e300], aim: 1e6, fire: true });
  assert.deepEqual(frames(), [], "nothing before the match runs");
  run();
  await until("inputs", () => frames().length >= 3);
  for (const frame of frames()) assert.equal(new Uint8Array(frame)[0] >> 5, 1);
});

test("nothing is sent while the send buffer is not empty", async () => {
  run();
  await until("inputs", () => frames().length > 0);
  socket.bufferedAmount = 1;
  const sent = frames().length;
  const { tick } = match.view(performance.now());
  await until("some ticks", () => match.view(performance.now()).tick > tick + 4);
  assert.equal(frames().length, sent);
  socket.bufferedAmount = 0;
  await until("inputs again", () => frames().length > sent);
});

test("a view has the names of the game's schema", () => {
  socket.deliver(snapshot(0, { away: true }));
  const view = match.view(performance.now());
  assert.equal(match.game, "arena");
  assert.equal(view.running, false);
  assert.equal(view.leftMs, 180_000);
  assert.equal(view.arena.playerRadius, 10);
  assert.deepEqual(view.projectiles, []);
  const fields = { x: 100, y: 50, lives: 3, score: 0, timer: 0, alive: true };
  const [own, other] = view.players.map(({ aim, ...player }) => player);
  assert.equal(view.players[1].aim.toFixed(4), "1.5708");
  assert.deepEqual(own, { ...fields, away: false, playerId: OWN, name: "Ann", color: "#ff0000", online: true, bot: false, own: true });
  assert.deepEqual(other, { ...fields, away: true, playerId: OTHER, name: "Bob", color: "#00ff00", online: false, bot: false, own: false });
  assert.equal(view.me.playerId, OWN);
});

test("an input has its effect in the next view", () => {
  run();
  const now = performance.now();
  const before = match.view(now).me.x;
  match.send({ move: [1, 0], aim: -0.5, fire: false });
  const { me } = match.view(now + 16);
  assert(Math.abs(me.aim + 0.5) < 0.01, `${me.aim}`);
  assert(me.x > before && me.x < before + 9, `${before} to ${me.x}`);
});

test("an own shot is in the next view, and keeps its id", () => {
  run();
  const now = performance.now();
  match.view(now);
  match.send({ move: [0, 0], aim: 0, fire: true });
  const [shot] = match.view(now + 40).projectiles;
  assert.equal(shot.playerId, OWN);
  const [again] = match.view(now + 60).projectiles;
  assert.equal(again.id, shot.id);
  assert(again.ageMs > shot.ageMs);
});

test("another player's shot has its owner", () => {
  socket.deliver(snapshot(30));
  socket.deliver(snapshot(31, { shots: [{ seat: 1, age: 2 }] }));
  const [shot] = match.view(performance.now()).projectiles;
  assert.deepEqual([shot.id, shot.playerId, shot.angle], [String(29 * 8 + 1), OTHER, 0]);
});

test("stats returns the measurements", () => {
  run();
  const stats = match.stats();
  assert.equal(stats.snapshots, 2);
  assert.equal(stats.marginTicks, 1);
  assert(stats.bytesIn > 0 && Number.isFinite(stats.roundTripMs));
});

test("stats returns the region of the newest address that the lobby sent", async () => {
  assert.equal(match.stats().region, undefined, "no regions");
  const region = { name: "eu", worst_ms: 22 };
  server.me = () => ({ status: "playing", room: "main.r1", game: { ...game("t2", { relay: "relay-2", epoch: 2 }), region } });
  socket.drop();
  (await next()).open();
  assert.deepEqual(match.stats().region, { name: "eu", worstMs: 22 });
  const { url } = game("", { relay: "relay-3" });
  server.socket("game").deliver({ type: "moved", url, ticket: "t3", epoch: 3 });
  assert.deepEqual(match.stats().region, { name: "eu", worstMs: 22 }, "the game server does not send the region");
});

test("an invalid frame causes a reconnect", async (context) => {
  context.mock.method(console, "error", () => undefined);
  socket.deliver(new Uint8Array([0x40, 1, 2]).buffer);
  const again = await next();
  assert.match(again.url, /ticket=t1$/);
  assert.equal(events.at(-1)[1], "reconnecting");
});

test("an unknown game closes the match", async (context) => {
  context.mock.method(console, "error", () => undefined);
  socket.deliver({ ...welcome(), game: "chess" });
  await until("the close", () => events.some(([type]) => type === "close"));
  assert.deepEqual(events.at(-1), ["close", { reason: "unknown_game" }]);
  assert.equal(match.view(performance.now()), undefined);
});

test("custom messages are sent and received, and are not events of the match", async () => {
  const received = [];
  match.on("wave", (message) => received.push(message));
  const delivery = match.emit("wave", { at: [1, 2] });
  assert.deepEqual(socket.sent.at(-1), { type: "message", id: 1, name: "wave", payload: { at: [1, 2] } });
  socket.deliver({ type: "message_result", id: 1, status: "delivered", tick: 7 });
  assert.deepEqual(await delivery, { tick: 7 });
  socket.deliver({ type: "message", from: OTHER, name: "wave", payload: null });
  socket.deliver({ type: "message", from: OTHER, name: "over", payload: { scores: [] } });
  assert.deepEqual(received, [{ playerId: OTHER, payload: null }]);
  assert.deepEqual(events, []);
});

test("an invalid message is not sent", () => {
  const before = socket.sent.length;
  for (const name of ["", "x".repeat(33), "over", "a\nb", "\ud800"]) assert.throws(() => match.emit(name, 1), RangeError, name);
  let nested = 1;
  for (let depth = 0; depth < 17; depth++) nested = [nested];
  for (const payload of ["x".repeat(511), nested, () => 1]) assert.equal(match.emit("wave", payload), false);
  assert.notEqual(match.emit("wave", nested[0]), false, "16 deep is taken");
  assert.equal(socket.sent.length, before + 1);
  socket.drop();
  assert.equal(match.emit("wave"), false);
});

test("a burst of at most 32 messages is queued, and each has a result", async () => {
  const results = Array.from({ length: 200 }, (_, n) => match.emit("n", n));
  const taken = results.filter((result) => result !== false);
  assert.equal(taken.length, 32);
  assert.deepEqual(results.slice(32), Array(168).fill(false));
  const sentMessages = () => socket.sent.filter((sent) => sent.type === "message");
  assert.equal(sentMessages().length, 3, "few enough that bunching by the network stays within the server's burst");
  const begun = performance.now();
  await until("three more", () => sentMessages().length >= 6);
  assert(performance.now() - begun >= 700, "no faster than four a second");
  assert.deepEqual(sentMessages().slice(0, 6).map(({ payload }) => payload), [0, 1, 2, 3, 4, 5]);
  socket.deliver({ type: "message_result", id: 1, status: "delivered", tick: 9 });
  socket.deliver({ type: "message_result", id: 2, status: "refused", reason: "too_fast" });
  socket.drop();
  const settled = await Promise.allSettled(taken);
  const outcome = ({ value, reason }) => value ?? (reason instanceof MessageError && reason.reason);
  const outcomes = settled.map(outcome);
  const sent = sentMessages().length;
  assert.deepEqual(outcomes.slice(0, 2), [{ tick: 9 }, "too_fast"]);
  assert.deepEqual(outcomes.slice(2, sent), Array(sent - 2).fill("unknown"), "these may have been delivered");
  assert.deepEqual(outcomes.slice(sent), Array(32 - sent).fill("not_sent"));
});

test("after a move, sent messages may have been delivered, unsent ones are lost, and new ones go to the new server", async () => {
  const [answered, ...rest] = Array.from({ length: 5 }, (_, n) => match.emit("n", n));
  const results = Promise.allSettled([answered, ...rest]);
  socket.deliver({ type: "message_result", id: 1, status: "delivered", tick: 9 });
  socket.deliver({ type: "moved", ...game("t2", { relay: "relay-2", epoch: 2 }) });
  const moved = await next();
  socket.deliver({ type: "message_result", id: 2, status: "delivered", tick: 10 });
  assert.equal(match.emit("n", 9), false, "no connection");
  moved.open();
  moved.deliver(welcome(40, 2));
  const reasons = (await results).map(({ value, reason }) => value?.tick ?? reason.reason);
  assert.deepEqual(reasons, [9, "unknown", "unknown", "not_sent", "not_sent"]);
  const again = match.emit("n", 6);
  const sentMessages = () => moved.sent.filter((sent) => sent.type === "message");
  await until("the message", () => sentMessages().length > 0);
  assert.deepEqual(sentMessages().map(({ payload }) => payload), [6], "nothing is sent twice");
  moved.deliver({ type: "message_result", id: sentMessages()[0].id, status: "delivered", tick: 41 });
  assert.deepEqual(await again, { tick: 41 });
});

test("at the end of the match, every message has a result", async () => {
  const results = Promise.allSettled(Array.from({ length: 4 }, (_, n) => match.emit("n", n)));
  socket.deliver({ type: "message_result", id: 1, status: "refused", reason: "not_playing" });
  socket.deliver({ type: "over", scores: [] });
  const reasons = (await results).map(({ reason }) => reason.reason);
  assert.deepEqual(reasons, ["not_playing", "unknown", "unknown", "not_sent"]);
  assert.equal(match.emit("n"), false);
});

test("an ignored result is not an unhandled rejection", async () => {
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on("unhandledRejection", note);
  match.emit("wave");
  match.close();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});

test("the end is emitted once", async () => {
  const scores = [{ player_id: OWN, name: "Ann", score: 3, rank: 1 }];
  socket.deliver({ type: "over", scores });
  socket.deliver({ type: "over", scores });
  socket.drop(4000);
  const own = { playerId: OWN, name: "Ann", score: 3, rank: 1 };
  await until("the close", () => events.some(([type]) => type === "close"));
  assert.deepEqual(events.filter(([type]) => type !== "connection"), [
    ["over", { scores: [own] }],
    ["close", { reason: "over" }],
  ]);
});

test("events come with their fields", () => {
  const events = [];
  match.on("event", (event) => events.push(event));
  socket.deliver(outEvent(7, 1));
  socket.deliver(outEvent(8, 7));
  assert.deepEqual(events, [
    { event: "out", tick: 7, player_id: OTHER },
    { event: "out", tick: 8, player_id: null },
  ]);
});
