// The input against a fake server: fields by name, validated, and passed to the engine in order.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Engine, Skirmish } from "../dist/index.js";
import { FakeServer, enter, game, snapshot } from "./fakes.mjs";

const FIELDS = [
  ["jump", "button"],
  ["crouch", "hold"],
  ["throttle", "axis"],
  ["way", "direction"],
  ["aim", "angle"],
  ["weapon", "choice", 4],
  ["level", "count", 7],
];
const HELD = { jump: true, crouch: false, throttle: -0.5, way: [3, -4], aim: 1, weapon: 2, level: 7 };
const realFetch = globalThis.fetch;
let server;
let lobby;
let match;
let socket;
let given;

async function start(fields) {
  const { describe } = Engine.prototype;
  mock.method(Engine.prototype, "describe", function (name) {
    const described = describe.call(this, name);
    return { ...described, input: fields ?? described.input };
  });
  const { setInput } = Engine.prototype;
  mock.method(Engine.prototype, "setInput", function (numbers) {
    given.push(numbers);
    return setInput.call(this, numbers);
  });
  ({ match, socket } = await enter(server, lobby));
}

beforeEach(async () => {
  given = [];
  server = new FakeServer();
  globalThis.fetch = server.fetch;
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t1") });
  lobby = await Skirmish.connect("http://127.0.0.1:1", { WebSocket: server.WebSocket });
});

afterEach(() => {
  lobby.close();
  globalThis.fetch = realFetch;
  mock.restoreAll();
});

test("the engine gets a number for each field, and two for a direction", async () => {
  await start(FIELDS);
  match.send(HELD);
  assert.deepEqual(given, [[1, 0, -0.5, 3, -4, 1, 2, 7]]);
});

test("a game that declares no input has the pad", async () => {
  await start();
  socket.deliver(snapshot(0));
  match.send({ move: [1, 0], aim: -0.5, fire: true });
  assert.deepEqual(given, [[1, 0, -0.5, 1]]);
  assert.throws(() => match.send({ move: [1, 0], aim: 0, fire: false, jump: true }), {
    name: "RangeError",
    message: "the game's input has no `jump`; it has `move`, `aim`, `fire`",
  });
});

test("the error for a wrong field names it", async () => {
  await start(FIELDS);
  const check = (name, wrong, message) => {
    assert.throws(() => match.send({ ...HELD, ...wrong }), { name, message });
  };
  check("TypeError", { jump: 1 }, "`jump` must be true or false");
  check("TypeError", { crouch: undefined }, "`crouch` must be true or false");
  check("TypeError", { throttle: "1" }, "`throttle` must be a number");
  check("RangeError", { throttle: 1.1 }, "`throttle` must be from -1 to 1");
  check("TypeError", { way: 1 }, "`way` must be two numbers");
  check("RangeError", { way: [0, Number.NaN] }, "`way` must be a finite number");
  check("RangeError", { aim: Number.POSITIVE_INFINITY }, "`aim` must be a finite number");
  check("RangeError", { weapon: 5 }, "`weapon` must be from 0 to 4");
  check("RangeError", { weapon: 0.5 }, "`weapon` must be an integer");
  check("RangeError", { level: -1 }, "`level` must be from 0 to 7");
  assert.throws(() => match.send(), { name: "TypeError", message: "the input must be an object" });
  assert.deepEqual(given, []);
});

test("after the end, the own player does not move and inputs have no effect", async () => {
  await start(FIELDS);
  match.close();
  match.send(HELD);
  assert.deepEqual(given, [[]]);
});
