// Players for the peers, on the peers' own client libraries: each sends 30 inputs per second, walks about and shoots.
// node driver.mjs <colyseus|socketio> <port> <rooms> <seconds>
// Prints `measuring` when all have settled, and then one line of JSON with their counts of those seconds.

import { Client } from "@colyseus/sdk";
import { io } from "socket.io-client";
import WebSocket from "ws";

const [kind, port, rooms, seconds] = process.argv.slice(2);
const SEATS = 5;
const INPUT_MS = 1000 / 30;
const SETTLE_MS = 3000;
const PROBE_EVERY = 20;
// How long it polls after the last message before it sleeps again, for the same reason as bench/crowd/src/players.rs.
const LINGER_MS = 0.3;

const seen = { states: 0, shots: 0, moved: 0, bytes: 0, inputs: 0, lost: 0, ticks: 0, visible_ms: [] };
let measuring = false;

// Counts what the WebSocket passes to the library; socket.io's has a separate wrapper, below.
const emit = WebSocket.prototype.emit;
WebSocket.prototype.emit = function (name, data, ...rest) {
  if (name === "message") linger();
  if (measuring && name === "message") seen.bytes += data.length ?? data.byteLength ?? 0;
  return emit.call(this, name, data, ...rest);
};

let receivedAt = 0;
let lingers = false;

function linger() {
  receivedAt = performance.now();
  if (!lingers) setImmediate(poll);
  lingers = true;
}

function poll() {
  lingers = performance.now() - receivedAt < LINGER_MS;
  if (lingers) setImmediate(poll);
}

class Player {
  constructor(at, send, read) {
    Object.assign(this, { send, read, inputs: 0, dx: 1, dy: 0, last: "", tick: 0 });
    this.probes = at % 50 === 0;
    this.stood = 0;
  }

  start(at, all) {
    const first = (INPUT_MS * at) / all;
    setTimeout(() => {
      const began = performance.now();
      const again = () => {
        this.act();
        setTimeout(again, began + this.inputs * INPUT_MS - performance.now());
      };
      again();
    }, first);
  }

  act() {
    this.inputs += 1;
    if (measuring) seen.inputs += 1;
    if (this.probes) return this.probe();
    if (this.inputs % 15 === 0) {
      const angle = Math.random() * 2 * Math.PI;
      this.dx = Math.cos(angle);
      this.dy = Math.sin(angle);
    }
    const aim = Math.random() * 2 * Math.PI;
    this.send({ dx: this.dx, dy: this.dy, aim, fire: this.inputs % 10 === 0 });
  }

  // Stands, then walks, and waits until a state shows that.
  probe() {
    let dx = 0;
    if (this.walked) {
      if (performance.now() - this.walked > 500) {
        this.walked = undefined;
        this.stood = 0;
      } else dx = this.right ? 1 : -1;
    } else if (++this.stood > PROBE_EVERY) {
      this.right = !this.right;
      dx = this.right ? 1 : -1;
      this.walked = performance.now();
      this.from = this.x;
    }
    this.send({ dx, dy: 0, aim: 0, fire: false });
  }

  receive(state) {
    const { own, shots, places, tick } = this.read(state);
    if (this.walked && own !== undefined && this.from !== undefined && own !== this.from) {
      if (measuring) seen.visible_ms.push(performance.now() - this.walked);
      this.walked = undefined;
      this.stood = 0;
    }
    this.x = own;
    if (!measuring) return;
    seen.states += 1;
    seen.shots += shots;
    if (this.probes) {
      seen.moved += places !== this.last;
      this.last = places;
    }
    this.tick = tick;
  }
}

async function colyseus(at) {
  const client = new Client(`ws://127.0.0.1:${port}`);
  const room = await client.joinOrCreate("arena");
  const read = (state) => ({
    own: state.players.get(room.sessionId)?.x,
    shots: state.shots.size,
    places: [...state.players.values()].map((player) => `${player.x},${player.y}`).join(),
    tick: state.tick,
  });
  const player = new Player(at, (input) => room.send("input", input), read);
  room.onStateChange((state) => player.receive(state));
  room.onLeave(() => (seen.lost += 1));
  return player;
}

async function socketio(at) {
  const query = { room: String(Math.floor(at / SEATS)) };
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], query, forceNew: true });
  await new Promise((done, failed) => socket.once("connect", done).once("connect_error", failed));
  const read = (state) => ({
    own: state.players[socket.id]?.x,
    shots: state.projectiles.length,
    places: Object.values(state.players).map((player) => `${player.x},${player.y}`).join(),
    tick: state.tick,
  });
  const player = new Player(at, (input) => socket.emit("input", input), read);
  socket.io.engine.on("packet", ({ data }) => {
    if (measuring) seen.bytes += data?.length ?? 0;
  });
  socket.on("state", (state) => player.receive(state));
  socket.on("disconnect", () => (seen.lost += 1));
  return player;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const connect = { colyseus, socketio }[kind];
const players = [];
for (let at = 0; at < rooms * SEATS; at++) players.push(await connect(at));
players.forEach((player, at) => player.start(at, players.length));
await pause(SETTLE_MS);
measuring = true;
const before = players.map((player) => player.tick);
console.log("measuring");
const began = performance.now();
await pause(seconds * 1000);
measuring = false;
seen.seconds = (performance.now() - began) / 1000;
seen.probing = players.filter((player) => player.probes).length;
seen.last_tick = Math.max(...players.map((player) => player.tick));
console.log(JSON.stringify(seen));
process.exit(0);
