// Sequences of events as different platforms send them, and the state at their end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { InputState } = await load("input-state");

const down = (code, more = {}) => ["keyDown", { code, ...more }];
const up = (code, more = {}) => ["keyUp", { code, ...more }];
const mouse = (buttons, more = {}) => ["pointer", { x: 110, y: 100, buttons, ...more }];
const press = (buttons, more = {}) => mouse(buttons, { isDown: true, ...more });
/** The drawn position of the own player. */
const OWN = { x: 100, y: 100 };
const RIGHT = 0;
const UP = -Math.PI / 2;
const LEFT = Math.PI;

/** Sends the events, 10 ms apart or at `at`, and reads a frame after each. Returns the last frame. */
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
  // A click fires in one frame; a held button also fires in the next one.
  const last = state.read(now, OWN);
  return { move: [last.move[0] + 0, last.move[1] + 0], aim: last.aim, fire: last.fire, clicked: input.fire };
}

const STILL = [0, 0];
const cases = [
  ["a key moves until it is released", [down("KeyD")], { move: [1, 0] }],
  ["a released key does not move", [down("KeyD"), up("KeyD")], { move: STILL }],
  ["the letter and the arrow of a direction are separate keys", [down("KeyD"), down("ArrowRight"), up("KeyD")], { move: [1, 0] }],
  ["opposite keys cancel each other out", [down("KeyA"), down("KeyD")], { move: STILL }],
  ["two directions are combined", [down("KeyW"), down("KeyD")], { move: [1, -1] }],
  ["a key counts by its position in any keyboard layout", [down("KeyW", { key: "z" })], { move: [0, -1] }],
  ["repeats change nothing", [down("KeyD"), down("KeyD", { repeat: true }), up("KeyD")], { move: STILL }],
  ["Shift does not matter", [down("KeyD"), up("KeyD", { key: "D" })], { move: STILL }],
  [
    "Cmd suppresses the keyup, so pressing it releases the keys",
    [down("KeyD"), down("MetaLeft", { key: "Meta", metaKey: true })],
    { move: STILL },
  ],
  [
    "keys pressed while Cmd is held do not move",
    [down("MetaLeft", { key: "Meta", metaKey: true }), down("KeyS", { metaKey: true }), up("MetaLeft", { key: "Meta" })],
    { move: STILL },
  ],
  ["Cmd that was pressed outside the page is detected at the next key", [down("KeyD"), down("KeyR", { metaKey: true })], { move: STILL }],
  ["releasing Cmd releases all keys", [down("KeyD"), up("MetaRight", { key: "Meta" })], { move: STILL }],
  ["a key held after Cmd moves again at its repeat", [down("KeyD"), up("MetaLeft"), down("KeyD", { repeat: true })], { move: [1, 0] }],
  ["Ctrl+S is left to the browser", [down("KeyS", { ctrlKey: true })], { move: STILL }],
  ["Alt+D is left to the browser", [down("KeyD", { altKey: true })], { move: STILL }],
  ["Space fires while held", [down("Space")], { fire: true }],
  ["Space stops firing when released", [down("Space"), up("Space")], { fire: false }],
  ["a lost focus releases keys", [down("KeyD"), down("Space"), ["release"]], { move: STILL, fire: false }],
  ["the left button fires while held", [press(1)], { fire: true }],
  ["the left button stops firing when released", [press(1), mouse(0)], { fire: false }],
  ["the right button does not fire", [mouse(2)], { fire: false }],
  ["a release of the left button while the right one is held is detected by a move", [press(1), mouse(3), mouse(2)], { fire: false }],
  ["the right button has no effect while the left one fires", [press(1), mouse(3), mouse(1)], { fire: true }],
  ["a press of the left button after the right one is detected by a move", [mouse(2), mouse(3)], { fire: true }],
  ["a release outside of the window is detected at the next move", [press(1), mouse(0, { x: 300 })], { fire: false }],
  ["Ctrl+click is a right click and does not fire", [press(1, { ctrlKey: true })], { fire: false, clicked: false }],
  ["a menu that opens by Ctrl stops firing", [press(1), ["menu", { buttons: 1, ctrlKey: true }]], { fire: false }],
  ["a menu of the right button does not release the left one", [press(1), mouse(3), ["menu", { buttons: 3 }]], { fire: true }],
  ["a lost focus releases the button, and a move does not press it again", [press(1), ["release"], mouse(1, { x: 300 })], { fire: false }],
  ["after a lost focus the button fires when pressed again", [press(1), ["release"], press(1)], { fire: true }],
  ["a press that began on a button of the page does not fire", [mouse(1, { inField: false }), mouse(1)], { fire: false }],
  ["without a mouse, the aim follows the movement", [down("KeyA")], { aim: LEFT }],
  ["a mouse aims", [down("KeyA"), mouse(0)], { aim: RIGHT }],
  ["a mouse at rest keeps aiming while keys move the player", [mouse(0), ["wait", 5000], down("KeyA")], { aim: RIGHT }],
  ["firing by key after the mouse rests aims by key", [mouse(0), ["wait", 600], down("KeyW"), down("Space")], { aim: UP }],
  ["firing by key right after a mouse move aims by mouse", [down("KeyW"), mouse(0), down("Space")], { aim: RIGHT }],
  ["a held Space takes over the aim when the mouse rests", [down("KeyW"), mouse(0), down("Space"), ["wait", 600]], { aim: UP }],
  [
    "a mouse move takes the aim back",
    [mouse(0), ["wait", 600], down("KeyW"), down("Space"), mouse(0, { x: 110.5 })],
    { aim: RIGHT },
  ],
  ["a pointer event without movement is not a mouse move", [mouse(0), ["wait", 600], down("KeyW"), down("Space"), mouse(0)], { aim: UP }],
  ["a touch takes over the aim", [mouse(0), ["touch"], down("KeyA")], { aim: LEFT }],
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

test("sticks have priority over keys", () => {
  const state = new InputState();
  state.keyDown({ code: "KeyA" });
  const { move, aim, fire } = state.read(0, OWN, { move: [0, 0.5], aim: [0, -1] });
  assert.deepEqual({ move, aim, fire }, { move: [0, 0.5], aim: UP, fire: true });
});
