// A match on the fake server of `connected.mjs` that can be watched.
import { beforeEach } from "node:test";
import { server } from "./connected.mjs";
import { game } from "./fakes.mjs";

beforeEach(() => {
  server.rooms["POST /lobby/rooms/main.r1/watch"] = () => {
    return [200, { room: "main.r1", ...game(`t${server.count("POST", "/lobby/rooms/main.r1/watch")}`), delay_ms: 0 }];
  };
});
