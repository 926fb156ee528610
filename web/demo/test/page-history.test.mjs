// The browser history of the page: entries, Back, Forward, and a reload.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { PageHistory } = await load("page-history");

/** A browser's history of one page; `go` takes effect later, as in browsers. */
function browser(entries = [{ state: null, address: "/app" }], at = 0) {
  const listeners = [];
  const going = [];
  const world = {
    get address() {
      return entries[at].address;
    },
    get ahead() {
      return entries.length - 1 - at;
    },
    /** The person presses Back or Forward. */
    press: (by) => {
      going.push(by);
      settle();
    },
    settle: () => settle(),
    reload: () => browser(entries, at),
  };
  function settle() {
    while (going.length > 0) {
      const to = at + going.shift();
      if (to < 0 || to >= entries.length) continue;
      at = to;
      for (const listener of listeners) listener({ state: entries[at].state });
    }
  }
  globalThis.location = { pathname: "/app" };
  globalThis.addEventListener = (type, listener) => type === "popstate" && listeners.push(listener);
  globalThis.history = {
    get state() {
      return entries[at].state;
    },
    pushState: (state, _, address) => entries.splice(++at, Infinity, { state, address }),
    replaceState: (state, _, address) => (entries[at] = { state, address }),
    go: (by) => going.push(by),
  };
  return world;
}

test("Back calls onBack once, with one step less", () => {
  const world = browser();
  let backs = 0;
  const pages = new PageHistory(() => backs++);
  pages.go(1);
  pages.go(1);
  world.press(-1);
  assert.deepEqual([backs, pages.depth], [1, 0]);
});

test("onBack is not called when the page goes home itself", () => {
  const world = browser();
  let backs = 0;
  const pages = new PageHistory(() => backs++);
  pages.go(1);
  pages.go(2, "?replay=main.1");
  assert.equal(world.address, "?replay=main.1");
  pages.go(0);
  world.settle();
  assert.deepEqual([backs, pages.depth, world.address], [0, 0, "/app"]);
});

test("Back from a replay goes one step, to the scores", () => {
  const world = browser();
  const depths = [];
  const pages = new PageHistory(() => depths.push(pages.depth));
  pages.go(1);
  pages.go(2, "?replay=main.1");
  world.press(-1);
  world.press(-1);
  assert.deepEqual([depths, world.address], [[1, 0], "/app"]);
});

test("Forward does nothing", () => {
  const world = browser();
  let backs = 0;
  const pages = new PageHistory(() => backs++);
  pages.go(1);
  world.press(-1);
  world.press(1);
  assert.deepEqual([backs, pages.depth, world.ahead], [1, 0, 1]);
});

test("a reloaded page keeps its place in the history", () => {
  const first = browser();
  new PageHistory(() => undefined).go(1);
  const world = first.reload();
  let backs = 0;
  const pages = new PageHistory(() => backs++);
  assert.equal(pages.depth, 1);
  pages.go(1);
  world.press(-1);
  assert.deepEqual([backs, pages.depth], [1, 0]);
});

test("closing a replay that was opened by its address removes the address", () => {
  const world = browser([{ state: null, address: "/app?replay=main.1" }]);
  new PageHistory(() => undefined).go(0);
  assert.equal(world.address, "/app");
});
