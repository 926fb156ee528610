// Views from the engine's numbers: entities of several kinds, each with its own number of fields.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Scenes } from "../dist/scene.js";

const SEAT = 2 + 32;
const description = {
  slots: 1,
  match: [["round", "count"]],
  player: [["x", "px"]],
  things: [
    ["balls", [["x", "px"], ["speed_x", "px_per_tick"], ["is_open", "flag"]]],
    ["marks", []],
    ["gold_coins", [["x", "px"]]],
  ],
  events: [],
};
const welcome = {
  seat: 0,
  seats: [{ playerId: "ann", name: "Ann", colors: ["#ff0000"] }],
  constants: {},
  endsAtTick: undefined,
  ticksPerSecond: 20,
};

function view(...things) {
  const seat = new Array(SEAT).fill(0);
  seat.splice(0, 3, 1, 1, 7);
  const numbers = Float64Array.from([10, 9.5, 3, ...seat, ...things.flat()]);
  return new Scenes(description).view(numbers, { welcome, connection: "open" });
}

test("each kind has a list, and each entity the fields of its kind", () => {
  const { match, me, balls, marks, goldCoins } = view(
    [5, 0, -1, 4, 1.5, -2, 1],
    [6, 1, 0, 0],
    [7, 2, 0, 20, 8.25],
    [8, 2, -1, 1, 9],
    [9, 0, 0, 2, 3, 0, 0],
  );
  assert.deepEqual([match, me.x], [{ round: 3 }, 7]);
  assert.deepEqual(balls, [
    { x: 1.5, speedX: -2, isOpen: true, id: "5", playerId: "", ageMs: 200 },
    { x: 3, speedX: 0, isOpen: false, id: "9", playerId: "ann", ageMs: 100 },
  ]);
  assert.deepEqual(marks, [{ id: "6", playerId: "ann", ageMs: 0 }]);
  assert.deepEqual(
    goldCoins.map(({ id, x, playerId }) => [id, x, playerId]),
    [["7", 8.25, "ann"], ["8", 9, ""]],
  );
});

test("without entities the lists are empty", () => {
  const { balls, marks, goldCoins } = view();
  assert.deepEqual([balls, marks, goldCoins], [[], [], []]);
});

test("a scene without players is a view only if the game may hide all of them", () => {
  const numbers = Float64Array.from([10, 9.5, 3, ...new Array(SEAT).fill(0)]);
  const shown = (mayBeEmpty) => new Scenes(description).view(numbers, { welcome, connection: "open", mayBeEmpty });
  assert.equal(shown(false), undefined);
  const { tick, match, players, me } = shown(true);
  assert.deepEqual([tick, match, players, me], [9.5, { round: 3 }, [], undefined]);
});
