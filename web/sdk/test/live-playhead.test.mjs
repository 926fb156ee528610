// The playhead of a watched match: smooth while ticks arrive in bursts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LivePlayhead } from "../dist/live-playhead.js";

const HZ = 60;
const FRAME_MS = 1000 / HZ;

/** Runs frames from `from` to `to`, ms. `arrivals`: [time, newest tick]. Returns the shown ticks. */
function frames(head, from, to, arrivals) {
  const shown = [];
  const waiting = arrivals.filter(([at]) => at >= from && at < to);
  let newest = arrivals.findLast(([at]) => at < from)?.[1] ?? 0;
  for (let now = from; now < to; now += FRAME_MS) {
    while (waiting[0]?.[0] <= now) {
      newest = waiting[0][1];
      head.arrived(newest, waiting.shift()[0]);
    }
    head.run(now);
    assert(head.tick <= newest, `tick ${head.tick} is shown, and ${newest} is the newest`);
    shown.push(head.tick);
  }
  return shown;
}

test("late bursts are shown at a steady speed, about 2.5 s behind", () => {
  const late = [0, 180, 40, 300, 0, 90, 260, 10, 150, 60];
  const arrivals = Array.from({ length: 20 }, (_, n) => [2000 * n + late[n % late.length], 1000 + 120 * n]);
  const head = new LivePlayhead(HZ);
  const shown = frames(head, 0, 40_000, arrivals);
  assert.equal(shown[0], 1000 - 150);
  shown.slice(1).forEach((tick, at) => {
    const step = tick - shown[at];
    assert(step > 0.89 && step < 1.11, `a step of ${step} ticks at frame ${at}`);
  });
  const behind = 1000 + 120 * 19 - head.tick;
  assert(behind > 5 && behind < 60, `${behind} ticks of the last burst are left`);
});

test("at a gap, it stops at the newest tick, and continues after the gap", () => {
  const head = new LivePlayhead(HZ);
  const arrivals = [[0, 600], [2000, 720], [12_000, 1320], [14_000, 1440]];
  const shown = frames(head, 0, 12_000, arrivals);
  assert.equal(shown.at(-1), 720);
  const [first] = frames(head, 12_000, 14_000, arrivals);
  assert(first > 1100 && first < 1200, `tick ${first}`);
});

test("a match that has just begun waits for its first ticks", () => {
  const head = new LivePlayhead(HZ);
  const shown = frames(head, 0, 5000, [[0, 0], [1000, 60], [3000, 180]]);
  assert.equal(shown[120], 0);
  const step = shown.at(-1) - shown.at(-2);
  assert(step > 0.9, `a step of ${step} ticks`);
});

test("it can seek back and return to live; at the end of the match it stops", () => {
  const head = new LivePlayhead(HZ);
  head.arrived(1200, 0);
  head.run(0);
  assert.deepEqual([head.tick, head.isLive, head.liveTick(500)], [1050, true, 1080]);
  head.seek(100);
  head.run(1000);
  assert.deepEqual([head.tick, head.isLive], [160, false]);
  for (const [to, at] of [[-5, 0], [1e9, 1200], [Number.NaN, 0]]) {
    head.seek(to);
    assert.equal(head.tick, at);
  }
  head.live(1000);
  assert.deepEqual([head.tick, head.isLive], [1110, true]);
  head.end();
  head.run(2000);
  assert.deepEqual([head.tick, head.isLive], [1170, true]);
  head.run(4000);
  assert.deepEqual([head.tick, head.isLive], [1200, false]);
  head.seek(30);
  head.live(5000);
  assert.deepEqual([head.tick, head.isLive], [1200, false]);
});
