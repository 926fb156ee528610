// A fake server, and a lobby that is connected to it: new ones for each test of the file that imports this.
import { afterEach, beforeEach } from "node:test";
import { Skirmish } from "../dist/index.js";
import { FakeServer } from "./fakes.mjs";

const realFetch = globalThis.fetch;
export let server;
export let lobby;

beforeEach(async () => {
  server = new FakeServer();
  globalThis.fetch = server.fetch;
  lobby = await Skirmish.connect("http://127.0.0.1:1/", { name: "Ann", WebSocket: server.WebSocket });
});

afterEach(() => {
  lobby.close();
  globalThis.fetch = realFetch;
});
