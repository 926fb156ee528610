// The inputs from keys and buttons, for games with different input fields.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { Bindings, keyName } = await load("bindings");

const PAD = { move: [1, 0], aim: 0.5, fire: true };
const REST = { move: [0, 0], aim: 0, fire: false };
const SWARM = [["direction", "direction"], ["dash", "button"], ["brake", "hold"], ["item", "choice", 3]];

test("the pad has the state of the page's controls", () => {
  const pad = new Bindings([["move", "direction"], ["aim", "angle"], ["fire", "button"]]);
  assert.deepEqual(pad.input(PAD), PAD);
  assert.deepEqual([pad.moves, pad.aims], [true, true]);
});

test("buttons have keys in order, and the first one also has the page's fire controls", () => {
  const swarm = new Bindings(SWARM);
  const keys = swarm.actions.map(({ label, key }) => [label, key]);
  assert.deepEqual(keys, [["Dash", "Space"], ["Brake", "ShiftLeft"], ["Item", "KeyE"]]);
  assert.deepEqual(swarm.input(PAD), { direction: [1, 0], dash: true, brake: false, item: 0 });
  assert.ok(swarm.keyDown("ShiftLeft"));
  assert.ok(!swarm.keyDown("KeyW"));
  assert.equal(swarm.input(REST).brake, true);
  assert.equal(swarm.input(REST).brake, true);
  swarm.keyUp("ShiftLeft");
  assert.equal(swarm.input(REST).brake, false);
});

test("a press shorter than a frame counts once", () => {
  const swarm = new Bindings(SWARM);
  const [dash] = swarm.actions;
  swarm.touch(dash, true);
  swarm.touch(dash, false);
  assert.equal(swarm.input(REST).dash, true);
  assert.equal(swarm.input(REST).dash, false);
});

test("a choice has the digit keys, and a key that cycles through its values", () => {
  const swarm = new Bindings(SWARM);
  assert.ok(swarm.keyDown("Digit4"));
  assert.equal(swarm.input(REST).item, 3);
  assert.ok(!swarm.keyDown("Digit5"));
  swarm.keyDown("KeyE");
  swarm.keyDown("KeyE");
  assert.equal(swarm.input(REST).item, 0, "a held key repeats, and counts once");
  swarm.release();
  swarm.keyDown("KeyE");
  assert.equal(swarm.input(REST).item, 1);
});

test("without a direction, the first two axes move", () => {
  const ship = new Bindings([["turn", "axis"], ["thrust", "axis"], ["zoom", "axis"], ["power", "count", 7]]);
  assert.equal(ship.moves, true);
  assert.deepEqual(ship.input(PAD), { turn: 1, thrust: 0, zoom: 0, power: 0 });
  ship.keyDown("KeyX");
  assert.equal(ship.input(REST).zoom, 1);
  ship.keyDown("KeyZ");
  assert.equal(ship.input(REST).zoom, 0);
});

test("a game can change labels and keys", () => {
  const swarm = new Bindings(SWARM, { dash: { key: "KeyE", label: "Leap" } });
  const keys = swarm.actions.map(({ label, key }) => [label, key]);
  assert.deepEqual(keys, [["Leap", "KeyE"], ["Brake", "Space"], ["Item", "ShiftLeft"]]);
  assert.deepEqual(swarm.input(PAD), { direction: [1, 0], dash: false, brake: true, item: 0 });
});

test("keys have display names", () => {
  assert.deepEqual(["ShiftLeft", "KeyE", "Space", "Comma"].map(keyName), ["Shift", "E", "Space", ","]);
});
