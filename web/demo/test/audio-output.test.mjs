// The AudioContext during calls and in other tabs, with a fake context that behaves as on iOS.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { load } from "./load.mjs";

const { AudioOutput } = await load("audio-output");

class FakeContext extends EventTarget {
  state = "suspended";
  /** As after a call on iOS: it cannot be resumed. */
  stuck = false;
  resumed = 0;
  async resume() {
    this.resumed++;
    if (this.stuck) throw new Error("InvalidStateError");
    this.become("running");
  }
  async close() {
    this.become("closed");
  }
  become(state) {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

let [made, page, doc, wanted, now, output] = [];
beforeEach(() => {
  [made, page, wanted, now] = [[], new EventTarget(), true, 0];
  doc = Object.assign(new EventTarget(), { hidden: false });
  const make = () => (made.push(new FakeContext()), made.at(-1));
  output = new AudioOutput({ make, window: page, document: doc, wanted: () => wanted, now: () => now });
});
const gesture = (type = "pointerup") => page.dispatchEvent(new Event(type));

test("no context is created before the first gesture", () => {
  doc.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual([made.length, output.context], [0, undefined]);
});

test("the first gesture creates the context, further ones do not", () => {
  for (const type of ["touchend", "pointerdown", "keydown"]) gesture(type);
  assert.deepEqual([made.length, made[0].resumed, output.context], [1, 1, made[0]]);
});

test("no context is created while sound is off", () => {
  wanted = false;
  gesture();
  assert.equal(made.length, 0);
});

for (const state of ["interrupted", "suspended"]) {
  test(`a context ${state} by a call is resumed by the next gesture`, () => {
    gesture();
    made[0].become(state);
    assert.equal(output.context, undefined);
    gesture();
    assert.equal(output.context, made[0]);
  });

  test(`a context ${state} by another tab is resumed when the page is visible again`, () => {
    gesture();
    doc.hidden = true;
    made[0].become(state);
    doc.dispatchEvent(new Event("visibilitychange"));
    assert.equal(output.context, undefined);
    doc.hidden = false;
    doc.dispatchEvent(new Event("visibilitychange"));
    assert.equal(output.context, made[0]);
  });
}

test("a context that stays interrupted is replaced by a later gesture, but not within the same tap", () => {
  gesture();
  made[0].stuck = true;
  made[0].become("interrupted");
  for (const type of ["pointerdown", "pointerup", "touchend"]) gesture(type);
  assert.deepEqual([made.length, output.context], [1, undefined]);
  now = 1_000;
  gesture();
  assert.deepEqual([made.length, made[0].state, output.context], [2, "closed", made[1]]);
});

test("a context that was resumed in time and is interrupted again much later is kept", () => {
  gesture();
  now = 60_000;
  made[0].become("interrupted");
  gesture();
  assert.deepEqual([made.length, output.context], [1, made[0]]);
});
