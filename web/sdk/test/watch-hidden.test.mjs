// Watching a match whose game hides something, against a fake server that sends what a real one made: the same picture as
// the replay, without the hands.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { Replay } from "../dist/index.js";
import { lobby, server } from "./connected.mjs";
import { until } from "./fakes.mjs";
import "./watched.mjs";

const fixture = (name) => new Uint8Array(readFileSync(new URL(`../../../games/cards/fixtures/${name}`, import.meta.url)));
const REPLAY = fixture("match.replay");
const FILE = fixture("match.snapshots");
const LINE_END = FILE.indexOf(10) + 1;
let watch;

afterEach(() => {
  watch?.close();
  watch = undefined;
});

/** The offsets of the ends of the entries: each has its length before it, in four bytes. */
const ends = [];
for (let at = LINE_END; at < FILE.length; ends.push(at)) at += 4 + new DataView(FILE.buffer, FILE.byteOffset + at).getUint32(0, true);

/** The game server accepts the watcher, who has these bytes. */
async function accept(from) {
  const socket = await until("a game socket", () => server.sockets.find((one) => one.url.includes("/game") && one.readyState === 0));
  assert.equal(new URL(socket.url).searchParams.get("from"), String(from));
  socket.open();
  const welcome = { type: "welcome", seat: null, rates: { tick_hz: 60 }, room_id: "main.r1", game: "cards" };
  socket.deliver({ ...welcome, format: "snapshots", delay_ms: 0, from });
  return socket;
}

const HAND = ["card1", "card2", "card3", "card4", "card5", "card6", "card7", "card8"];

/** The view of the replay, as somebody without a hand sees it. */
function withoutHands(view) {
  const hide = (player) => ({ ...player, ...Object.fromEntries(HAND.map((card) => [card, 0])) });
  return { ...view, players: view.players.map(hide), me: view.me && hide(view.me) };
}

test("the match is shown as it arrives, at any tick, without the hands", async () => {
  const replay = await Replay.open(REPLAY);
  const opening = lobby.watch("main.r1");
  const socket = await accept(0);
  const middle = ends[Math.floor(ends.length / 2)];
  // The first message has the header line and the first snapshot.
  socket.deliver(FILE.slice(0, ends[0]).buffer);
  socket.deliver(FILE.slice(ends[0], middle).buffer);
  watch = await opening;
  assert.deepEqual([watch.roomId, watch.game, watch.ticksPerSecond], ["main.r1", "cards", 60]);
  assert.deepEqual(watch.players.map(({ name, game }) => [name, game]), [["Player 0", ""], ["Player 1", ""], ["Player 2", ""]]);
  const start = performance.now();
  const first = watch.view(start).tick;
  assert(watch.view(start + 500).tick > first + 25);

  socket.drop(4003);
  const next = await accept(middle);
  next.deliver(FILE.slice(middle).buffer);
  const over = new Promise((resolve) => watch.on("over", resolve));
  next.drop(4000);
  const { scores } = await over;
  assert.deepEqual([scores, watch.events, watch.ticks], [replay.result, replay.events, replay.ticks]);
  assert.deepEqual(watch.verified, { compared: 0, different: 0 });
  watch.follow(watch.players[1].playerId);
  replay.playerId = watch.playerId;
  let hands = 0;
  for (let tick = 0; tick <= replay.ticks; tick += 7) {
    watch.seek(tick);
    const expected = replay.view(tick);
    hands += HAND.filter((card) => expected.me[card] > 0).length;
    assert.deepEqual(watch.view(), withoutHands(expected), `tick ${tick}`);
  }
  assert(hands > 0);
  watch.live();
  assert.deepEqual(watch.view(), withoutHands(replay.view(replay.ticks)));
});

test("what has arrived is a file that can be opened", async () => {
  const opened = await Replay.open(FILE);
  const replay = await Replay.open(REPLAY);
  assert.deepEqual([opened.ticks, opened.events, opened.result], [replay.ticks, replay.events, replay.result]);
  for (const tick of [0, replay.ticks / 2, replay.ticks]) assert.deepEqual(opened.view(tick), withoutHands(replay.view(tick)));
});
