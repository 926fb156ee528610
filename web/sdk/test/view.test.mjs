// The arithmetic of drawing: between snapshots, past the newest one, over jumps; and the clock it follows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gameMessage } from "../dist/game-messages.js";
import { Timeline } from "../dist/timeline.js";
import { playersAt, projectilesAt, turn } from "../dist/view.js";
import { OWN, snapshot } from "./fakes.mjs";

const SCENE = { arena: { projectileSpeed: 600 }, names: new Map(), ownId: OWN, ownAim: undefined, ticksPerSecond: 60 };
const TICK_MS = 1000 / 60;
const read = (...args) => gameMessage(snapshot(...args)).body;
const moment = (from, to, share) => ({ from, to, share, tick: from.tick + (to.tick - from.tick) * share });
const shot = (id, x) => ({ id, x, y: 0, angle: 0, playerUUID: OWN });

test("players lie between two snapshots, and move on past the newest", () => {
  const check = (share, x) => assert.equal(playersAt(moment(read(2, 100), read(4, 108), share), SCENE)[0].x, x);
  check(0, 100);
  check(0.25, 102);
  check(1, 108);
  check(1.5, 112);
});

test("a jump is not a motion", () => {
  const check = (share, x) => assert.equal(playersAt(moment(read(2, 100), read(4, 500), share), SCENE)[0].x, x);
  check(0.9, 100);
  check(1, 500);
});

test("angles turn the short way", () => {
  const check = (a, b, share, expected) => assert(Math.abs(turn(a, b, share) - expected) < 1e-9, `${turn(a, b, share)}`);
  check(3, -3, 0.5, Math.PI);
  check(-3, 3, 0.5, -Math.PI);
  check(0.2, 0.4, 0.5, 0.3);
});

test("projectiles fly between, before and after the snapshots that have them", () => {
  const check = (before, after, share, expected) => {
    const drawn = projectilesAt(moment(read(2, 0, before), read(4, 0, after), share), SCENE);
    assert.deepEqual(drawn.map(({ id, x }) => [id, Math.round(x)]), expected);
  };
  check([shot(1, 100)], [shot(1, 120)], 0.5, [["1", 110]]);
  check([], [shot(2, 120)], 0.5, [["2", 110]]);
  check([shot(3, 100)], [], 0.25, [["3", 105]]);
  check([shot(3, 100)], [], 0.75, []);
});

/** Draws a second of a line at 60 frames a second; gives the drawn ticks and their delays behind the server. */
function drawn(lateMs) {
  const timeline = new Timeline(60, 30);
  const ticks = [];
  const arrivals = Array.from({ length: 60 }, (_, i) => ({ tick: 2 * i, at: 2 * i * TICK_MS + 40 + lateMs(i) }));
  for (let now = 0; now < 1900; now += TICK_MS) {
    while (arrivals[0]?.at <= now) timeline.push(read(arrivals[0].tick), arrivals.shift().at);
    const at = timeline.at(now);
    if (at) ticks.push({ now, tick: at.tick, behindMs: now - 40 - at.tick * TICK_MS });
  }
  return ticks;
}

test("on a steady line it draws 50 ms behind, evenly", () => {
  const ticks = drawn(() => 0).slice(30);
  for (const { behindMs } of ticks) assert(Math.abs(behindMs - 50) < 1, `${behindMs}`);
});

test("on a jittery line it draws further behind, never backwards", () => {
  const ticks = drawn((i) => (i % 5) * 8);
  ticks.slice(1).forEach(({ tick }, i) => assert(tick >= ticks[i].tick));
  const { behindMs } = ticks[90];
  assert(behindMs > 60 && behindMs <= 250, `${behindMs}`);
});

test("before the match runs, time stands still; then it starts without a leap back", () => {
  const timeline = new Timeline(60, 30);
  timeline.push(read(0), 0);
  assert(timeline.at(3000).tick <= 2);
  timeline.push(read(2), 5000);
  timeline.push(read(4), 5033);
  const { tick } = timeline.at(5040);
  assert(tick >= 0 && tick <= 6, `${tick}`);
});
