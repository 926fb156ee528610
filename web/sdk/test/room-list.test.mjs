// The list of rooms, against a fake server: pages, and searches that are refused.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ProblemError, Skirmish } from "../dist/index.js";
import { FakeServer, OTHER } from "./fakes.mjs";

const realFetch = globalThis.fetch;
let server;
let lobby;

beforeEach(async () => {
  server = new FakeServer();
  globalThis.fetch = server.fetch;
  lobby = await Skirmish.connect("http://127.0.0.1:1/", { name: "Ann", WebSocket: server.WebSocket });
});

afterEach(() => {
  lobby.close();
  globalThis.fetch = realFetch;
});

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

test("a search that cannot be is refused with what is wrong", async () => {
  const detail = "where has a key that the pool's rooms do not have: \"rank\".";
  server.rooms["GET /lobby/rooms"] = [400, { type: "urn:skirmish:problem:bad-request", title: "No", status: 400, detail }];
  await assert.rejects(lobby.rooms({ where: "rank:eq:1" }), (error) => error instanceof ProblemError && error.problem.detail === detail);
});
