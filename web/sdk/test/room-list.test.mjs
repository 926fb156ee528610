// The list of rooms, against a fake server: pages, searches that are refused, and its changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "../dist/index.js";
import { lobby, server } from "./connected.mjs";
import { OTHER, until } from "./fakes.mjs";

/** A room as the server lists it. */
function row(id, more = {}) {
  const host = { player_id: OTHER, name: "Bob" };
  const seats = { players: 2, seats: 5, free: 3, state: "gathering", created: 1_800_000_000_000 };
  return { room: `main.${id}`, code: "BCD-FGH", name: "Bob", host, game: "arena", ...seats, settings: { lives: 1 }, meta: {}, ...more };
}

test("a page has its rooms and a cursor to the next one", async () => {
  server.rooms["GET /lobby/rooms"] = [200, { rooms: [row("r1", { meta: { mode: "duo", level: 3 } })], cursor: "-players,-2,r1" }];
  const page = await lobby.rooms({ pool: "ranked", where: "mode:eq:a\\,b,free:gte:2", sort: "-players", limit: 1, cursor: "x,1,y" });
  assert.deepEqual(page, {
    rooms: [
      {
        roomId: "main.r1",
        code: "BCD-FGH",
        name: "Bob",
        host: { playerId: OTHER, name: "Bob" },
        game: "arena",
        playerCount: 2,
        seatsMax: 5,
        free: 3,
        createdAt: 1_800_000_000_000,
        settings: { lives: 1 },
        meta: { mode: "duo", level: 3 },
      },
    ],
    cursor: "-players,-2,r1",
  });
  const asked = new URL(server.calls.at(-1).url).searchParams;
  const expected = { pool: "ranked", where: "mode:eq:a\\,b,free:gte:2", sort: "-players", limit: "1", cursor: "x,1,y" };
  assert.deepEqual(Object.fromEntries(asked), expected);
});

test("the last page has no cursor", async () => {
  server.rooms["GET /lobby/rooms"] = [200, { rooms: [] }];
  assert.deepEqual(await lobby.rooms(), { rooms: [], cursor: undefined });
});

test("an invalid search is refused with the mistake", async () => {
  const detail = "where has a key that the pool's rooms do not have: \"rank\".";
  server.rooms["GET /lobby/rooms"] = [400, { type: "urn:skirmish:problem:bad-request", title: "No", status: 400, detail }];
  await assert.rejects(lobby.rooms({ where: "rank:eq:1" }), (error) => error instanceof ProblemError && error.problem.detail === detail);
});

/** A watch of the pool `main` whose socket is open: the lists of ids that it reported, and the server's end of the socket. */
async function watching(search) {
  const seen = [];
  const stop = lobby.watchRooms(search, (rooms) => seen.push(rooms.map(({ roomId }) => roomId.slice(5)).join(" ")));
  const socket = await open();
  return { seen, stop, socket };
}

/** The server's side of a lobby socket that is open before a watch begins. */
async function opened() {
  lobby.watchRooms("", () => undefined)();
  return open();
}

async function open() {
  const socket = await until("the lobby's socket", () => server.socket("lobby"));
  socket.open();
  return socket;
}

const rooms = (more) => ({ type: "rooms", pool: "main", full: false, added: [], changed: [], gone: [], ...more });
const watches = (socket) => socket.sent.filter(({ action }) => action === "watch_rooms");

test("a watch reports the whole list after each change, in its order", async () => {
  const { seen, socket } = await watching({ where: "free:gte:1", sort: "-players" });
  assert.deepEqual(watches(socket), [{ action: "watch_rooms", pool: "main", where: "free:gte:1", sort: "-players" }]);
  socket.deliver(rooms({ full: true, added: [row("b"), row("a"), row("c", { players: 4 })] }));
  socket.deliver(rooms({ added: [row("d", { players: 3 })], changed: [row("b", { players: 5 })], gone: ["main.a"] }));
  socket.deliver(rooms({ full: true, added: [row("e")] }));
  assert.deepEqual(seen, ["c a b", "b c d", "e"]);
});

test("a list is ordered by a meta key, and rooms without a value come last", async () => {
  const { seen, socket } = await watching({ sort: "level" });
  const added = [row("a"), row("b", { meta: { level: 9 } }), row("c", { meta: { level: -1 } })];
  socket.deliver(rooms({ full: true, added }));
  assert.deepEqual(seen, ["c b a"]);
});

test("a watch begins again with a new connection, and ends when it is stopped or replaced", async () => {
  const { seen, stop, socket } = await watching("mode:eq:duo");
  socket.deliver(rooms({ full: true, added: [row("a")] }));
  socket.drop();
  const again = await until("another socket", () => server.socket("lobby"));
  again.open();
  assert.deepEqual(watches(again), [{ action: "watch_rooms", pool: "main", where: "mode:eq:duo" }]);
  again.deliver(rooms({ full: true, added: [row("b")] }));
  stop();
  assert.deepEqual(watches(again).at(-1), { action: "watch_rooms", where: null });
  again.deliver(rooms({ added: [row("c")] }));
  assert.deepEqual(seen, ["a", "b"]);
  const others = [];
  lobby.watchRooms("", (list) => others.push(list.length));
  stop();
  again.deliver(rooms({ full: true, added: [row("d")] }));
  assert.deepEqual([others, watches(again).at(-1).where], [[1], ""]);
});

/** Blocks the pauses between polls. Returns a function that ends them, and waits for the calls of the fake server. */
function holdPolls(context) {
  const held = [];
  const real = globalThis.setTimeout;
  context.mock.method(globalThis, "setTimeout", (call, ms) => (ms === 5_000 ? held.push(call) : real(call, ms)));
  return async () => {
    for (const call of held.splice(0)) call();
    for (let n = 0; n < 10; n += 1) await new Promise(setImmediate);
  };
}

test("a watch that the server refuses polls the list until a message arrives", async (context) => {
  const socket = await opened();
  const pass = holdPolls(context);
  const seen = [];
  const stop = lobby.watchRooms({ pool: "ranked", where: "free:gte:1" }, (list) => seen.push(list.map(({ roomId }) => roomId).join(" ")));
  server.rooms["GET /lobby/rooms"] = [200, { rooms: [row("a")] }];
  await pass();
  assert.deepEqual(Object.fromEntries(new URL(server.calls.at(-1).url).searchParams), { pool: "ranked", where: "free:gte:1", limit: "50" });
  server.rooms["GET /lobby/rooms"] = [503, { type: "urn:skirmish:problem:unavailable", title: "No", status: 503 }, { "retry-after": "60" }];
  await pass();
  server.rooms["GET /lobby/rooms"] = [200, { rooms: [row("b")] }];
  await pass();
  socket.deliver(rooms({ full: true, added: [row("c")] }));
  await pass();
  assert.deepEqual(seen, ["main.a", "main.b", "main.c"]);
  assert.equal(server.count("GET", "/lobby/rooms"), 3);
  stop();
});

test("a watch with an invalid search reports the error once", async (context) => {
  await opened();
  const pass = holdPolls(context);
  const logged = context.mock.method(console, "error", () => undefined);
  server.rooms["GET /lobby/rooms"] = [400, { type: "urn:skirmish:problem:bad-request", title: "No", status: 400 }];
  lobby.watchRooms("rank:eq:1", () => assert.fail("there is no list"));
  await pass();
  await pass();
  assert.equal(logged.mock.callCount(), 1);
  assert.equal(logged.mock.calls[0].arguments[0].slug, "bad-request");
});
