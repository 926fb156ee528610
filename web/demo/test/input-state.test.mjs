// Sequences of events as platforms deliver them, and what is held at their end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { InputState } = await load("input-state");

const down = (code, more = {}) => ["keyDown", { code, ...more }];
const up = (code, more = {}) => ["keyUp", { code, ...more }];
const mouse = (buttons, more = {}) => ["pointer", { x: 110, y: 100, buttons, ...more }];
const press = (buttons, more = {}) => mouse(buttons, { isDown: true, ...more });
/** The player is drawn here. */
const OWN = { x: 100, y: 100 };
const RIGHT = 0;
const UP = -Math.PI / 2;
const LEFT = Math.PI;

/** Plays the events, 10 ms apart or at `at`, reading a frame after each; the last frame. */
function play(events, at = []) {
  const state = new InputState();
  let [now, input] = [0, state.read(0, OWN)];
  for (const [n, [call, event]] of events.entries()) {
    now = at[n] ?? now + 10;
    if (call === "wait") now += event;
    else if (call === "pointer") state.pointer(event, now);
    else state[call](event);
    input = state.read(now, OWN);
  }
  // A click fires in one frame: what is held fires in the next one, too.
  const last = state.read(now, OWN);
  return { move: [last.move[0] + 0, last.move[1] + 0], aim: last.aim, fire: last.fire, clicked: input.fire };
}

const STILL = [0, 0];
const cases = [
  ["a key moves until it is let go", [down("KeyD")], { move: [1, 0] }],
  ["a key that is let go moves no more", [down("KeyD"), up("KeyD")], { move: STILL }],
  ["letter and arrow of one way are two keys", [down("KeyD"), down("ArrowRight"), up("KeyD")], { move: [1, 0] }],
  ["opposite keys cancel each other out", [down("KeyA"), down("KeyD")], { move: STILL }],
  ["of two ways each counts", [down("KeyW"), down("KeyD")], { move: [1, -1] }],
  ["a key counts by its place, whatever the layout prints on it", [down("KeyW", { key: "z" })], { move: [0, -1] }],
  ["repeats change nothing", [down("KeyD"), down("KeyD", { repeat: true }), up("KeyD")], { move: STILL }],
  ["Shift does not matter", [down("KeyD"), up("KeyD", { key: "D" })], { move: STILL }],
  [
    "Cmd swallows the keyup: pressing it lets go",
    [down("KeyD"), down("MetaLeft", { key: "Meta", metaKey: true })],
    { move: STILL },
  ],
  [
    "keys pressed while Cmd is held are no moves",
    [down("MetaLeft", { key: "Meta", metaKey: true }), down("KeyS", { metaKey: true }), up("MetaLeft", { key: "Meta" })],
    { move: STILL },
  ],
  ["Cmd that was pressed elsewhere shows in the next key", [down("KeyD"), down("KeyR", { metaKey: true })], { move: STILL }],
  ["letting go of Cmd lets go of all", [down("KeyD"), up("MetaRight", { key: "Meta" })], { move: STILL }],
  ["a key still held after Cmd moves again by its repeat", [down("KeyD"), up("MetaLeft"), down("KeyD", { repeat: true })], { move: [1, 0] }],
  ["Ctrl+S is the browser's", [down("KeyS", { ctrlKey: true })], { move: STILL }],
  ["Alt+D is the browser's", [down("KeyD", { altKey: true })], { move: STILL }],
  ["Space fires while held", [down("Space")], { fire: true }],
  ["Space fires no longer than held", [down("Space"), up("Space")], { fire: false }],
  ["a lost focus lets go of keys", [down("KeyD"), down("Space"), ["release"]], { move: STILL, fire: false }],
  ["the left button fires while held", [press(1)], { fire: true }],
  ["the left button fires no longer than held", [press(1), mouse(0)], { fire: false }],
  ["the right button does not fire", [mouse(2)], { fire: false }],
  ["the left button lets go while the right one is held: a move tells it", [press(1), mouse(3), mouse(2)], { fire: false }],
  ["the right button comes and goes while the left one fires", [press(1), mouse(3), mouse(1)], { fire: true }],
  ["the left button after the right one is told by a move", [mouse(2), mouse(3)], { fire: true }],
  ["a release outside of the window shows in the next move", [press(1), mouse(0, { x: 300 })], { fire: false }],
  ["Ctrl+click is a right click and does not fire", [press(1, { ctrlKey: true })], { fire: false, clicked: false }],
  ["a menu that opens by Ctrl stops the fire", [press(1), ["menu", { buttons: 1, ctrlKey: true }]], { fire: false }],
  ["a menu of the right button leaves the left one", [press(1), mouse(3), ["menu", { buttons: 3 }]], { fire: true }],
  ["a lost focus lets go of the button, and a move does not press it again", [press(1), ["release"], mouse(1, { x: 300 })], { fire: false }],
  ["after a lost focus the button fires when pressed again", [press(1), ["release"], press(1)], { fire: true }],
  ["a press that began on a button of the page does not fire", [mouse(1, { inField: false }), mouse(1)], { fire: false }],
  ["who has no mouse aims where they go", [down("KeyA")], { aim: LEFT }],
  ["a mouse aims", [down("KeyA"), mouse(0)], { aim: RIGHT }],
  ["a mouse at rest aims on while keys move", [mouse(0), ["wait", 5000], down("KeyA")], { aim: RIGHT }],
  ["who fires by key after one move of the mouse aims by key", [mouse(0), ["wait", 600], down("KeyW"), down("Space")], { aim: UP }],
  ["who moves the mouse and fires by key aims by mouse", [down("KeyW"), mouse(0), down("Space")], { aim: RIGHT }],
  ["a held Space takes the aim over once the mouse rests", [down("KeyW"), mouse(0), down("Space"), ["wait", 600]], { aim: UP }],
  [
    "the mouse takes the aim back by a move",
    [mouse(0), ["wait", 600], down("KeyW"), down("Space"), mouse(0, { x: 110.5 })],
    { aim: RIGHT },
  ],
  ["a move that the page made is none of the mouse", [mouse(0), ["wait", 600], down("KeyW"), down("Space"), mouse(0)], { aim: UP }],
  ["a finger takes the aim over", [mouse(0), ["touch"], down("KeyA")], { aim: LEFT }],
];

for (const [name, events, expected] of cases) {
  test(name, () => {
    const { move, aim, fire, clicked } = play(events);
    const found = { move, aim, fire, clicked };
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(found[field], value, field);
  });
}

test("a click shorter than a frame fires once", () => {
  const state = new InputState();
  state.pointer({ ...OWN, buttons: 1, isDown: true }, 0);
  state.pointer({ ...OWN, buttons: 0 }, 1);
  assert.deepEqual([state.read(2, OWN).fire, state.read(3, OWN).fire], [true, false]);
});

test("thumbs come before keys", () => {
  const state = new InputState();
  state.keyDown({ code: "KeyA" });
  const { move, aim, fire } = state.read(0, OWN, { move: [0, 0.5], aim: [0, -1] });
  assert.deepEqual({ move, aim, fire }, { move: [0, 0.5], aim: UP, fire: true });
});
