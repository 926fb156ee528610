// A fake server: responds to `fetch`, and has the server side of the sockets.
export class FakeServer {
  /** The response to `GET /lobby/me`; a function may throw. */
  me = () => ({ status: "out" });
  /** The response to `POST /lobby/queue`: [status, body]. */
  join = () => [202, { status: "queued", pool: "main", position: 1 }];
  pools = ["main", "ranked", "tag", "chess"].map((name) => {
    return { name, game: name === "tag" || name === "chess" ? name : "arena", seats_min: 3, seats_max: 5 };
  });
  /** The responses to calls for rooms that players make, by method and path: [status, body], or a function that returns it. */
  rooms = {};
  calls = [];
  sockets = [];
  /** The WebTransport sessions. */
  sessions = [];

  constructor() {
    const server = this;
    this.WebSocket = class extends FakeSocket {
      constructor(url, protocols) {
        super(url, protocols);
        server.sockets.push(this);
      }
    };
    this.WebTransport = class extends FakeWebTransport {
      constructor(url, options) {
        super(url, options);
        server.sessions.push(this);
      }
    };
    this.fetch = async (url, init) => {
      const { pathname } = new URL(url);
      const call = { method: init.method, url: String(url), path: pathname, headers: init.headers, body: init.body };
      this.calls.push(call);
      if (init.signal?.aborted) throw init.signal.reason;
      const [status, body, headers] = this.answer(call);
      const raw = status === 204 ? null : body instanceof Uint8Array ? body : JSON.stringify(body);
      return new Response(raw, { status, headers });
    };
  }

  answer({ method, path }) {
    if (path === "/lobby/guest") return [201, { token: "a.b.c", player_id: OWN, expires_at: 2e9 }];
    if (path === "/lobby/pools") return [200, { pools: this.pools }];
    if (path === "/lobby/me") return [200, this.me()];
    if (path === "/lobby/queue") return method === "DELETE" ? [204] : this.join();
    const room = this.rooms[`${method} ${path}`];
    if (room) return typeof room === "function" ? room() : room;
    if (path.startsWith("/lobby/rooms/")) {
      const players = { [OWN]: { name: "Ann", colors: ["#ff0000"] } };
      return [200, { room_id: path.slice("/lobby/rooms/".length), pool: "main", state: "open", seats_min: 3, seats_max: 5, players }];
    }
    if (path.startsWith("/leaderboard/")) return [200, [{ player_id: OWN, name: "Ann", score: 2, rank: 1 }]];
    return [404, { type: "urn:skirmish:problem:not-found", title: "Not found", status: 404 }];
  }

  /** The number of these calls. */
  count(method, path) {
    return this.calls.filter((call) => call.method === method && call.path === path).length;
  }

  /** The newest open or opening socket of a kind: `lobby` or `game`. */
  socket(kind) {
    return this.sockets.findLast((socket) => socket.url.includes(`/${kind}`) && socket.readyState <= 1);
  }
}

class FakeSocket {
  readyState = 0;
  bufferedAmount = 0;
  /** Texts are parsed, frames are unchanged. */
  sent = [];

  constructor(url, protocols) {
    this.url = url;
    this.protocols = protocols;
  }

  // The client's side.
  send(data) {
    this.sent.push(typeof data === "string" ? JSON.parse(data) : data);
  }
  close(code = 1005) {
    this.drop(code);
  }

  // The server's side.
  open() {
    this.readyState = 1;
    this.onopen?.({});
  }
  deliver(message) {
    const raw = typeof message === "string" || message instanceof ArrayBuffer;
    this.onmessage?.({ data: raw ? message : JSON.stringify(message) });
  }
  drop(code = 1006) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.({ code }));
  }
}

/** A session that the server refuses, accepts or ignores by the methods at the end. */
class FakeWebTransport {
  /** The bytes of the stream, and the datagrams. */
  streamed = [];
  datagramsSent = [];
  closedWith = undefined;
  #ready = withResolvers();
  #closed = withResolvers();
  #stream;
  #incoming;

  constructor(url, options) {
    Object.assign(this, { url, options, ready: this.#ready.promise, closed: this.#closed.promise });
    for (const promise of [this.ready, this.closed]) promise.catch(() => undefined);
    const readable = new ReadableStream({ start: (controller) => (this.#incoming = controller) });
    const writable = new WritableStream({ write: (bytes) => void this.datagramsSent.push(bytes.slice().buffer) });
    this.datagrams = { readable, writable, maxDatagramSize: 1_200 };
  }

  // The client's side.
  async createBidirectionalStream() {
    const readable = new ReadableStream({ start: (controller) => (this.#stream = controller) });
    const writable = new WritableStream({ write: (bytes) => void this.streamed.push(...bytes) });
    return { readable, writable };
  }
  close(info) {
    if (this.closedWith) return;
    this.closedWith = info;
    this.#ready.reject(new Error("closed"));
    this.#closed.resolve(info);
  }

  // The side of the server and the network.
  accept() {
    this.#ready.resolve();
  }
  fail(error = new Error("the connection is lost")) {
    this.#ready.reject(error);
    this.#closed.reject(error);
  }
  bytes(bytes) {
    this.#stream.enqueue(Uint8Array.from(bytes));
  }
  deliver(message) {
    this.bytes(message instanceof ArrayBuffer ? framed(2, new Uint8Array(message)) : framed(1, encoder.encode(JSON.stringify(message))));
  }
  datagram(frame) {
    this.#incoming.enqueue(new Uint8Array(frame));
  }
  drop(closeCode) {
    this.#closed.resolve({ closeCode, reason: "" });
  }
}

/** A message in the framing of WebTransport's stream. */
export function framed(kind, body) {
  return [kind, ...[24, 16, 8, 0].map((bits) => (body.length >> bits) & 255), ...body];
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

const encoder = new TextEncoder();

/** Rejoins the running match. Returns the match, and the server's side of its socket. */
export async function enter(server, lobby, body = welcome()) {
  const rejoin = lobby.rejoin();
  const lobbySocket = await until("the lobby's socket", () => server.socket("lobby"));
  lobbySocket.open();
  const socket = await until("the game's socket", () => server.socket("game"));
  socket.open();
  socket.deliver(body);
  return { match: await rejoin, socket, lobbySocket };
}

export const OWN = "11111111-1111-4111-8111-111111111111";
export const OTHER = "22222222-2222-4222-8222-222222222222";

export const PLAYERS = [
  { player_id: OWN, name: "Ann", colors: ["#ff0000"] },
  { player_id: OTHER, name: "Bob", colors: ["#00ff00"] },
];

export function game(ticket, { relay = "relay-1", epoch = 1 } = {}) {
  return { url: `ws://127.0.0.1:1/game/${relay}`, ticket, relay, epoch };
}

export function welcome(tick = 0, epoch = 1) {
  return {
    type: "welcome",
    seat: 0,
    player_id: OWN,
    tick,
    epoch,
    room_id: "main.r1",
    game: "arena",
    rates: { tick_hz: 60, snapshot_hz: 60 },
    arena: {
      width: 824,
      height: 824,
      player_radius: 10,
      projectile_radius: 5,
      projectile_speed: 600,
      settings: { match_seconds: 180, lives: 3 },
    },
    players: PLAYERS.map((player, seat) => ({ seat, ...player })),
  };
}

/** A binary full snapshot of the arena according to PROTOCOL.md: both players at the same place, and these shots. */
export function snapshot(tick, { x = 100, away = false, shots = [] } = {}) {
  const ack = 63;
  const bits = [[2, 3], [tick, 26], [0, 6], [ack, 6], [1, 7], [0b00011, 5]];
  for (const isAway of [false, away]) {
    bits.push([x * 16, 14], [50 * 16, 14], [256, 10], [3, 2], [0, 4], [0, 7], [Number(isAway), 1]);
  }
  for (const { seat, age } of shots) bits.push([1, 1], [seat, 3], [0, 1], [age, 4], [x * 16, 14], [50 * 16, 14], [0, 10]);
  bits.push([0, 1]);
  return packed(bits);
}

/** A frame of one `out` event of the player on this seat. */
export function outEvent(tick, seat) {
  return packed([[4, 3], [tick, 26], [1, 1], [3, 2], [seat, 3], [0, 1]]);
}

/** Numbers and their widths, most significant bit first, the last byte filled with zeros. */
function packed(fields) {
  const text = fields.map(([value, width]) => value.toString(2).padStart(width, "0")).join("");
  return Uint8Array.from(text.match(/.{1,8}/g), (byte) => parseInt(byte.padEnd(8, "0"), 2)).buffer;
}

/** How long a test waits for anything: much longer than it takes on a busy machine. */
const DEADLINE_MS = 30_000;

/** Waits until `holds` returns a true value, within a deadline. */
export async function until(what, holds) {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
