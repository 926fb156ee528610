// The values of the last hour, and the shape of their plot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { History } = await load("history");
const { scaleTop, shape, valueAt } = await load("plot");

test("a history keeps the newest samples, and a series that begins later has a gap before", () => {
  const history = new History(3);
  history.add(1000, { a: 1 });
  history.add(2000, { a: 2 });
  history.add(3000, { a: 3, b: 30 });
  history.add(4000, {});
  const values = (name) => history.points(name, 4000).map(({ atMs, value }) => [atMs, value]);
  assert.deepEqual(values("a"), [[2000, 2], [3000, 3], [4000, NaN]]);
  assert.deepEqual(values("b"), [[2000, NaN], [3000, 30], [4000, NaN]]);
  assert.deepEqual(values("c"), [[2000, NaN], [3000, NaN], [4000, NaN]]);
});

test("a history forgets what is older than an hour", () => {
  const history = new History();
  history.add(0, { a: 1 });
  history.add(3_600_001, { a: 2 });
  assert.deepEqual(history.points("a", 3_600_001), [{ atMs: 3_600_001, value: 2 }]);
});

test("a plot begins two minutes ago, and grows to an hour", () => {
  const from = (...times) => {
    const { fromMs, toMs } = shape(times.map((atMs) => ({ atMs, value: 1 })), 7_200_000, 100, 50);
    return toMs - fromMs;
  };
  assert.equal(from(7_199_000), 120_000);
  assert.equal(from(7_200_000 - 600_000), 600_000);
  assert.equal(from(0), 3_600_000);
});

test("a gap ends the line, and a column shows its highest value", () => {
  const points = [[0, 0], [60_000, 5], [60_100, 3], [80_000, NaN], [120_000, 5]].map(([atMs, value]) => ({ atMs, value }));
  const { line, area, top } = shape(points, 120_000, 100, 52);
  assert.equal(top, 5);
  assert.equal(line, "M0 51L50 1M100 1h1");
  assert.equal(area, "M0 52L0 51L50 1L50 52ZM100 52L100 1L100 52Z");
});

test("a plot without values is empty", () => {
  assert.deepEqual(shape([], 120_000, 100, 52), { line: "", area: "", top: 5, fromMs: 0, toMs: 120_000 });
});

test("the top of a scale is a round number", () => {
  assert.deepEqual([0, 5, 6, 11, 21, 99, 101, 1234].map(scaleTop), [5, 5, 10, 20, 50, 100, 200, 2000]);
});

test("the value at a time is the last one before it, and none in a gap", () => {
  const points = [[10, 1], [20, 2], [30, NaN]].map(([atMs, value]) => ({ atMs, value }));
  assert.deepEqual([5, 10, 25, 35].map((atMs) => valueAt(points, atMs)?.value), [undefined, 1, 2, undefined]);
});
