// Which rows a table shows, in which order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { matching, pageOf, sorted } = await load("rows");

test("rows are sorted by number and by text, and those without a key are last", () => {
  const by = (keys, isDescending) => sorted(keys, (key) => key, isDescending);
  assert.deepEqual(by([3, null, 1, 2], false), [1, 2, 3, null]);
  assert.deepEqual(by([3, undefined, 1, 2], true), [3, 2, 1, undefined]);
  assert.deepEqual(by(["relay-10", "relay-9", "Relay-1"], false), ["Relay-1", "relay-9", "relay-10"]);
});

test("equal rows stay as they were", () => {
  const rows = ["b1", "a1", "b2", "a2"];
  assert.deepEqual(sorted(rows, (row) => row[0], false), ["a1", "a2", "b1", "b2"]);
});

test("a search finds rows with all of its words, in any of their texts", () => {
  const rows = [["main.r1", "relay-1", undefined], ["main.r2", "relay-2", "Ada"]];
  const found = (search) => matching(rows, search, (row) => row).map(([room]) => room);
  assert.deepEqual(found("  "), ["main.r1", "main.r2"]);
  assert.deepEqual(found("RELAY main"), ["main.r1", "main.r2"]);
  assert.deepEqual(found("ada relay"), ["main.r2"]);
  assert.deepEqual(found("ada r1"), []);
});

test("a page that does not exist any more is the last one", () => {
  const rows = Array.from({ length: 101 }, (_, n) => n);
  const { rows: shown, ...last } = pageOf(rows, 9, 50);
  assert.deepEqual(shown, [100]);
  assert.deepEqual(last, { page: 2, pages: 3, first: 101, last: 101, count: 101 });
  assert.deepEqual(pageOf([], 4, 50), { rows: [], page: 0, pages: 1, first: 0, last: 0, count: 0 });
});
