// Commands against a fake server: results, reconnects, limits, the end.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { CommandError, Engine, Skirmish } from "../dist/index.js";
import { FakeServer, OWN, enter, game, until, welcome } from "./fakes.mjs";

const KINDS = [["play_card", ["card"], false], ["trade", ["give", "take"], false], ["say", [], true]];
const realFetch = globalThis.fetch;
let server;
let lobby;
let match;
let socket;

beforeEach(async () => {
  const { describe } = Engine.prototype;
  // The arena has no commands.
  mock.method(Engine.prototype, "describe", function (name) {
    return { ...describe.call(this, name), commands: KINDS };
  });
  server = new FakeServer();
  globalThis.fetch = server.fetch;
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t1") });
  lobby = await Skirmish.connect("http://127.0.0.1:1", { WebSocket: server.WebSocket });
  ({ match, socket } = await enter(server, lobby));
});

afterEach(() => {
  lobby.close();
  globalThis.fetch = realFetch;
  mock.restoreAll();
});

const commands = (on = socket) => on.sent.filter((sent) => sent.type === "command");
const cards = (on = socket) => commands(on).map(({ args }) => args.card);
const ids = (on = socket) => commands(on).map(({ id }) => id);
const apply = (id, tick, on = socket) => on.deliver({ type: "command_result", id, status: "applied", tick });
const refuse = (id, reason, on = socket) => on.deliver({ type: "command_result", id, status: "refused", reason });
const play = (card) => match.command("play_card", { card });
const range = (from, to) => Array.from({ length: to - from }, (_, at) => from + at);

/** The results of commands: the tick or the reason. */
async function results(...promises) {
  const settled = await Promise.allSettled(promises.flat());
  return settled.map(({ value, reason }) => value?.tick ?? (reason instanceof CommandError ? reason.reason : reason));
}

/** Waits for the next connection to the match, and welcomes the player. */
async function reconnected(before = socket) {
  const next = await until("another socket", () => server.socket("game") !== before && server.socket("game"));
  next.open();
  assert.deepEqual(commands(next), [], "nothing before the welcome");
  next.deliver(welcome(40, 2));
  return next;
}

test("a command resolves with the tick at which it was applied", async () => {
  const applied = match.command("trade", { take: -3, give: 7 });
  const [{ id }] = commands();
  assert.deepEqual(commands(), [{ type: "command", id, name: "trade", args: { take: -3, give: 7 } }]);
  assert(Number.isInteger(id) && id >= 0 && id < 2 ** 32);
  apply(id, 812);
  assert.deepEqual(await applied, { tick: 812 });
});

test("a command with a text sends it", () => {
  match.command("say", {}, "größer 🂡");
  match.command("say");
  assert.deepEqual(commands().map(({ args, text }) => [args, text]), [[{}, "größer 🂡"], [{}, ""]]);
});

test("a refused command rejects with the reason of the game", async () => {
  const refused = play(7);
  refuse(ids()[0], "not_your_turn");
  await assert.rejects(refused, { name: "CommandError", command: "play_card", reason: "not_your_turn", message: /play_card.*not_your_turn/ });
});

test("a name or an argument that the game does not have throws", () => {
  const cases = [
    [["draw"], RangeError, /no command `draw`; it has `play_card`, `trade`, `say`/],
    [["play_card"], TypeError, /`card` of `play_card` must be a number/],
    [["play_card", { card: "7" }], TypeError, /`card` of `play_card` must be a number/],
    [["play_card", { card: 1.5 }], RangeError, /must be an integer/],
    [["play_card", { card: 2 ** 53 }], RangeError, /must be an integer/],
    [["play_card", { card: 1, suit: 2 }], RangeError, /no argument `suit`; it has `card`/],
    [["play_card", [7]], TypeError, /must be an object/],
    [["play_card", 7], TypeError, /must be an object/],
    [["play_card", { card: 7 }, "now"], RangeError, /has no text/],
    [["say", {}, 7], TypeError, /must be a string/],
    [["say", {}, "x".repeat(201)], RangeError, /at most 200 characters/],
    [["say", {}, "\u0001".repeat(190)], RangeError, /too long/],
    [["say", {}, "\ud800"], RangeError, /surrogate/],
  ];
  for (const [words, error, message] of cases) {
    assert.throws(() => match.command(...words), (thrown) => thrown instanceof error && message.test(thrown.message), `${words}`);
  }
  assert.deepEqual(commands(), []);
  match.command("say", {}, "🂡".repeat(200));
  assert.equal(commands().length, 1);
});

test("after a lost connection, commands without a result are sent again with the same ids, before new ones", async () => {
  const sent = [1, 2, 3].map(play);
  const [first, second, third] = ids();
  apply(second, 11);
  socket.drop();
  await until("the outage", () => match.connection === "reconnecting");
  const waiting = play(4);
  const next = await reconnected();
  assert.deepEqual(cards(next), [1, 3, 4]);
  assert.deepEqual(ids(next).slice(0, 2), [first, third]);
  apply(first, 10, socket);
  const fresh = play(5);
  apply(first, 12, next);
  refuse(third, "not_your_turn", next);
  apply(ids(next)[2], 41, next);
  apply(ids(next)[3], 42, next);
  assert.deepEqual(await results(sent, waiting, fresh), [12, 11, "not_your_turn", 41, 42]);
});

test("after a move, commands without a result are sent to the new server with the same ids", async () => {
  const sent = [1, 2].map(play);
  const before = ids();
  socket.deliver({ type: "moved", ...game("t2", { relay: "relay-2", epoch: 2 }) });
  const next = await reconnected();
  assert.deepEqual(ids(next), before);
  before.forEach((id) => apply(id, 50, next));
  assert.deepEqual(await results(sent), [50, 50]);
});

test("a command that was applied after the tick from which the match continues is sent again", async () => {
  const sent = [1, 2, 3, 4].map(play);
  const [first, second, third] = ids();
  apply(first, 40);
  apply(second, 41);
  apply(third, 41);
  await results(sent.slice(0, 3));
  socket.deliver({ type: "moved", ...game("t2", { relay: "relay-2", epoch: 2 }) });
  const next = await reconnected();
  assert.deepEqual(cards(next), [2, 3, 4]);
  assert.deepEqual(ids(next).slice(0, 2), [second, third]);
  ids(next).forEach((id) => apply(id, 42, next));
  assert.deepEqual(await results(sent), [40, 41, 41, 42]);
});

test("a page that starts in the middle of a match starts at a random id, and ids wrap", async () => {
  lobby.close();
  mock.method(Math, "random", () => 1 - 2 ** -33);
  lobby = await Skirmish.connect("http://127.0.0.1:1", { WebSocket: server.WebSocket });
  ({ match, socket } = await enter(server, lobby));
  play(1);
  play(2);
  assert.deepEqual(ids(), [2 ** 32 - 1, 0]);
});

test("at most 32 commands wait for a result, and they are sent in order at the rate of the server", async () => {
  const begun = performance.now();
  const sent = range(0, 40).map(play);
  assert.deepEqual(await results(sent.slice(32)), Array(8).fill("too_fast"));
  assert.deepEqual(cards(), range(0, 16), "as many as a match accepts while it waits for its players");
  ids().forEach((id) => apply(id, 9));
  await until("the others", () => cards().length === 32);
  assert(performance.now() - begun >= 750, "no faster than twenty a second");
  assert.deepEqual(cards(), range(0, 32));
  ids().slice(16).forEach((id) => apply(id, 10));
  assert.deepEqual(await results(sent.slice(0, 32)), [...Array(16).fill(9), ...Array(16).fill(10)]);
  const again = play(99);
  await until("one more", () => cards().at(-1) === 99);
  apply(ids().at(-1), 11);
  assert.deepEqual(await results(again), [11]);
});

test("when another tab takes over, the result of sent commands is unknown", async () => {
  const sent = range(0, 18).map(play);
  socket.drop(4001);
  assert.deepEqual(await results(sent), [...Array(16).fill("unknown"), "not_sent", "not_sent"]);
  assert.deepEqual(await results(play(20)), ["not_sent"]);
});

test("the result of a command that was sent only on an earlier connection is unknown", async () => {
  const sent = [1, 2].map(play);
  socket.drop();
  await until("the outage", () => match.connection === "reconnecting");
  const waiting = play(3);
  match.close();
  assert.deepEqual(await results(sent, waiting), ["unknown", "unknown", "not_sent"]);
});

test("at the end of the match, the server refuses the remaining commands, and each has a result", async () => {
  const sent = [1, 2, 3].map(play);
  apply(ids()[0], 700);
  refuse(ids()[1], "not_playing");
  socket.deliver({ type: "over", scores: [{ player_id: OWN, name: "Ann", score: 3, rank: 1 }] });
  assert.deepEqual(await results(sent, play(4)), [700, "not_playing", "unknown", "not_sent"]);
});

test("when the player is removed from the match, every command has a result", async () => {
  const sent = play(1);
  server.me = () => ({ status: "out", reason: "left" });
  socket.drop(4002);
  assert.deepEqual(await results(sent), ["unknown"]);
});

test("an ignored result is not an unhandled rejection", async () => {
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on("unhandledRejection", note);
  play(1);
  match.close();
  play(2);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});
