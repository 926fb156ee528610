// Watching a running match, against a fake server: live, at past ticks, after a move, and at the end.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { LeftError, Replay, RoomError } from "../dist/index.js";
import { lobby, server } from "./connected.mjs";
import { until } from "./fakes.mjs";
import "./watched.mjs";

const FILE = new Uint8Array(readFileSync(new URL("../../../crates/protocol/fixtures/match.replay", import.meta.url)));
const LINE_END = FILE.indexOf(10) + 1;
let watch;

afterEach(() => {
  watch?.close();
  watch = undefined;
});

/** The offset after the record of a tick. */
function end(tick) {
  let at = LINE_END;
  for (let n = 0; n < tick; n++) at += 2 + FILE[at] + 256 * FILE[at + 1];
  return at;
}

const query = (socket) => Object.fromEntries(new URL(socket.url).searchParams);

/** The game server accepts the watcher, who has these bytes. */
async function accept(from = 0) {
  const socket = await until("a game socket", () => server.sockets.find((one) => one.url.includes("/game") && one.readyState === 0));
  assert.equal(query(socket).from, String(from));
  socket.open();
  socket.deliver({ type: "welcome", seat: null, rates: { tick_hz: 60 }, room_id: "main.r1", game: "arena", delay_ms: 0, from });
  return socket;
}

/** Watches the match, of which the records up to a tick have arrived. */
async function opened(tick, room = "main.r1") {
  const opening = lobby.watch(room);
  const socket = await accept();
  socket.deliver(FILE.slice(0, LINE_END).buffer);
  socket.deliver(FILE.slice(LINE_END, end(tick)).buffer);
  watch = await opening;
  return socket;
}

test("any match of a pool is watched, and reconnects to its own room", async () => {
  const path = "/lobby/rooms/watch";
  server.rooms[`POST ${path}`] = [404, { type: "urn:skirmish:problem:no-match", title: "No match", status: 404 }];
  await assert.rejects(lobby.watchAny({ pool: "main" }), (error) => error instanceof RoomError && error.slug === "no-match");
  server.rooms[`POST ${path}`] = () => server.rooms["POST /lobby/rooms/main.r1/watch"]();
  const opening = lobby.watchAny({ pool: "main" });
  const socket = await accept();
  socket.deliver(FILE.slice(0, end(600)).buffer);
  watch = await opening;
  const asked = server.calls.filter((call) => call.path === path).map(({ body }) => JSON.parse(body));
  assert.deepEqual([asked, watch.roomId, watch.ticks], [[{ pool: "main" }, { pool: "main" }], "main.r1", 600]);
  const before = server.count("POST", "/lobby/rooms/main.r1/watch");
  socket.drop(1006);
  await accept(end(600));
  assert.equal(server.count("POST", "/lobby/rooms/main.r1/watch"), before + 1);
});

test("the match is shown as it arrives, with all of its events, and from any tick", async () => {
  const replay = await Replay.open(FILE);
  const socket = await opened(600);
  assert.deepEqual([watch.roomId, watch.game, watch.ticks, watch.isLive], ["main.r1", "arena", 600, true]);
  assert.equal(query(socket).ticket, "t1");
  const start = performance.now();
  const first = watch.view(start).tick;
  assert(first >= 450 && first < 460, `tick ${first}`);
  assert(watch.view(start + 500).tick > first + 25);
  watch.follow(watch.players[1].playerId);
  watch.seek(90.25);
  replay.playerId = watch.playerId;
  assert.deepEqual([watch.isLive, watch.view()], [false, replay.view(90.25)]);

  for (const [from, to] of [[600, 601], [601, 900], [900, 1200]]) socket.deliver(FILE.slice(end(from), end(to)).buffer);
  const over = new Promise((resolve) => watch.on("over", resolve));
  socket.drop(4000);
  const { scores } = await over;
  assert.deepEqual([scores, watch.result, watch.status], [replay.result, replay.result, "over"]);
  assert.deepEqual([watch.events, watch.verified], [replay.events, replay.verified]);
  assert.deepEqual(watch.file, FILE);
  watch.live();
  assert.deepEqual(watch.view(), replay.view(1200));
});

test("after a move, the watcher reconnects with a new ticket, from the byte where the first server ended", async () => {
  const socket = await opened(600);
  const reported = [];
  watch.on("status", (status) => reported.push(status));
  watch.on("close", ({ reason }) => reported.push(reason));
  socket.drop(4003);
  const next = await accept(end(600));
  assert.equal(query(next).ticket, "t2");
  next.deliver(FILE.slice(end(600), end(700)).buffer);
  assert.equal(watch.ticks, 700);
  next.drop(4004);
  await until("the end", () => reported.length === 4);
  assert.deepEqual(reported, ["reconnecting", "open", "closed", "room_failed"]);
  assert.equal(watch.view().tick, watch.tick);
});

test("a code names the room and is sent along", async () => {
  const room = { name: "", game: "arena", host: { player_id: "p", name: "Ann" }, players: 3, seats: 5, settings: {}, joinable: false };
  server.rooms["GET /lobby/codes/BCD-FGH"] = [200, { ...room, reason: "started", watch: "main.r1" }];
  server.rooms["GET /lobby/codes/BCD-FGJ"] = [200, { ...room, reason: "started" }];
  await opened(60, "bcd fgh");
  const call = server.calls.find(({ path }) => path === "/lobby/rooms/main.r1/watch");
  assert.deepEqual(JSON.parse(call.body), { code: "BCD-FGH" });
  await assert.rejects(lobby.watch("BCD-FGJ"), (error) => error instanceof RoomError && error.slug === "unknown-room");
});

test("the error for a match that cannot be watched has the reason", async () => {
  server.rooms["POST /lobby/rooms/main.r2/watch"] = [409, { type: "urn:skirmish:problem:not-started", title: "Not started", status: 409 }];
  await assert.rejects(lobby.watch("main.r2"), (error) => error instanceof RoomError && error.slug === "not-started");
  const opening = lobby.watch("main.r1");
  (await accept()).drop(4004);
  await assert.rejects(opening, (error) => error instanceof LeftError && error.reason === "room_failed");
});
