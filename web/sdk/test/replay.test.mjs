// Replays: every view of the same tick is the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, test } from "node:test";
import { ProblemError, Replay, ReplayError, Skirmish, sharedReplay } from "../dist/index.js";
import { FakeServer } from "./fakes.mjs";

const FILE = new Uint8Array(readFileSync(new URL("../../../crates/protocol/fixtures/match.replay", import.meta.url)));
const HEADER = JSON.parse(new TextDecoder().decode(FILE.subarray(0, FILE.indexOf(10))));
const realFetch = globalThis.fetch;
let server;

beforeEach(() => {
  server = new FakeServer();
  globalThis.fetch = server.fetch;
});

afterEach(() => {
  globalThis.fetch = realFetch;
});

/** Sets the responses for the replay in order; the last one is repeated. */
async function served(...answers) {
  const { answer } = server;
  server.answer = (call) => {
    if (!call.path.startsWith("/replays/")) return answer.call(server, call);
    return answers.length > 1 ? answers.shift() : answers[0];
  };
  return Skirmish.connect("http://127.0.0.1:1", { WebSocket: server.WebSocket });
}

const missing = [404, { type: "urn:skirmish:problem:unknown-room", title: "Unknown room", status: 404 }];
const seen = (view) => JSON.parse(JSON.stringify(view));

test("a replay has players, events and result", async () => {
  const replay = await Replay.open(FILE);
  assert.equal(replay.roomId, HEADER.room);
  assert.equal(replay.game, "arena");
  assert.deepEqual(replay.players.map((player) => player.name), HEADER.players.map((player) => player.name));
  assert.equal(replay.createdAt.getTime(), HEADER.created_ms);
  assert(replay.ticks > 60 && replay.verified.compared > 0, `${replay.ticks} ticks`);
  assert.equal(replay.verified.different, 0);
  assert.equal(replay.result.length, HEADER.players.length);
  assert.equal(replay.result[0].rank, 1);
  const kills = replay.events.filter(({ event }) => event === "kill");
  assert(kills.length > 0);
  for (const { tick, player_id } of kills) {
    assert(tick > 0 && tick <= replay.ticks);
    assert(replay.players.some((player) => player.playerId === player_id));
  }
});

/** The file with other players in its header. */
function withPlayers(players) {
  const header = new TextEncoder().encode(JSON.stringify({ ...HEADER, players }));
  const records = FILE.subarray(FILE.indexOf(10));
  const file = new Uint8Array(header.length + records.length);
  file.set(header);
  file.set(records, header.length);
  return file;
}

test("a replay has the texts for the game of its players' tokens", async () => {
  const [first, ...others] = HEADER.players;
  const game = "é".repeat(128);
  const { players, verified } = await Replay.open(withPlayers([{ ...first, team: 1, bot: true, game }, ...others]));
  assert.deepEqual([players[0].team, players[0].bot, players[0].game], [1, true, game]);
  assert.deepEqual([players[1].team, players[1].bot, players[1].game], [undefined, false, ""]);
  assert(verified.compared > 0);
  assert.equal(verified.different, 0);
  for (const wrong of [{ game: `${game}x` }, { game: 7 }, { bot: "no" }, { team: "red" }]) {
    await assert.rejects(Replay.open(withPlayers([{ ...first, ...wrong }, ...others])), ReplayError);
  }
});

test("a view has the form of a match's view, and is the same for a tick after any seek", async () => {
  const replay = await Replay.open(FILE);
  const ticks = [0, 1, 1.5, 90.25, replay.ticks / 2, replay.ticks - 0.5, replay.ticks];
  const first = ticks.map((tick) => seen(replay.view(tick)));
  for (const at of [6, 0, 3, 2, 5, 1, 4, 3]) assert.deepEqual(seen(replay.view(ticks[at])), first[at], `${ticks[at]}`);
  const [start] = first;
  assert.equal(start.tick, 0);
  assert.equal(start.running, true);
  assert.equal(start.leftMs, HEADER.settings.match_seconds * 1000);
  assert.deepEqual([start.arena.width, start.arena.playerRadius], [824, 10]);
  assert.equal(start.me, undefined);
  assert.notDeepEqual(first[3].players, start.players);
});

test("the playhead stays where it was moved, within the replay", async () => {
  const replay = await Replay.open(FILE);
  for (const [to, at] of [[30.5, 30.5], [-4, 0], [1e9, replay.ticks], [Number.NaN, 0]]) {
    replay.seek(to);
    assert.equal(replay.tick, at);
    assert.equal(replay.view().tick, at);
  }
});

test("the view can be the own view of any player", async () => {
  const replay = await Replay.open(FILE);
  const { playerId } = replay.players[1];
  replay.playerId = playerId;
  assert.equal(replay.playerId, playerId);
  assert.equal(replay.view(10).me.playerId, playerId);
  replay.playerId = "nobody";
  assert.equal(replay.playerId, undefined);
  assert.equal(replay.view(10).me, undefined);
});

test("the lobby returns the replay of a room", async () => {
  const lobby = await served([200, FILE]);
  const replay = await lobby.replay("main.r1");
  assert.equal(replay.roomId, HEADER.room);
  const call = server.calls.find(({ path }) => path === "/replays/main.r1");
  assert.equal(call.headers.authorization, "Bearer a.b.c");
});

test("a link to a replay opens it without a player", async () => {
  const lobby = await served([200, { token: "l.i.nk", expires_at: 1_900_000_000 }]);
  const { token, expiresAt } = await lobby.shareReplay("main.r1");
  assert.equal(expiresAt.getTime(), 1_900_000_000_000);
  assert.equal(server.count("POST", "/replays/main.r1/share"), 1);

  server = new FakeServer();
  globalThis.fetch = server.fetch;
  server.answer = () => [200, FILE];
  const replay = await sharedReplay("http://127.0.0.1:1", "main.r1", token);
  assert.equal(replay.roomId, HEADER.room);
  assert.deepEqual(server.calls.map(({ method, path, headers }) => [method, path, headers.authorization]), [
    ["GET", "/replays/main.r1", "Bearer l.i.nk"],
  ]);
});

test("a replay that is not stored yet is awaited", async () => {
  const lobby = await served(missing, missing, [200, FILE]);
  await lobby.replay("main.r1");
  assert.equal(server.count("GET", "/replays/main.r1"), 3);
});

test("a replay that does not exist, or is of other players, is a problem", async () => {
  const refused = [403, { type: "urn:skirmish:problem:not-member", title: "Not a member", status: 403 }];
  const lobby = await served(refused, missing);
  await assert.rejects(lobby.replay("main.r1"), (error) => error instanceof ProblemError && error.slug === "not-member");
  await assert.rejects(lobby.replay("main.r1"), (error) => error instanceof ProblemError && error.slug === "unknown-room");
});

test("aborting ends the load", async () => {
  const lobby = await served(missing);
  const abort = new AbortController();
  const replay = lobby.replay("main.r1", { signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(replay, /enough/);
});

test("a file that is not a replay is rejected with a ReplayError", async () => {
  const line = (header) => new TextEncoder().encode(`${JSON.stringify({ ...HEADER, ...header })}\n`);
  const files = {
    nothing: new Uint8Array(),
    noise: new Uint8Array(70_000).fill(7),
    "another format": line({ format: "skirmish.replay.v9" }),
    "an unknown game": line({ game: "chess" }),
    "a seed that is none": line({ seed: "seven" }),
    "settings out of range": line({ settings: { lives: 99, match_seconds: 8 } }),
    "a file cut off in a record": FILE.subarray(0, FILE.length - 1),
  };
  for (const [name, file] of Object.entries(files)) {
    await assert.rejects(Replay.open(file), ReplayError, name);
  }
});
