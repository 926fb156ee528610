// Opens a running match to watch it: finds the room of a code, or any room, connects, and waits for the first bytes.
import { Engine, EngineError } from "./engine.js";
import type { EngineSources } from "./engine-source.js";
import { LeftError, ReplayError, RoomError, UnknownGameError } from "./errors.js";
import { replayFile } from "./replay-file.js";
import { roomCode } from "./room-code.js";
import type { RoomsApi } from "./rooms-api.js";
import { ShapeError } from "./shape.js";
import type { WebSocketClass } from "./socket.js";
import { pause } from "./timing.js";
import type { GameShape } from "./view.js";
import { Watch, joined } from "./watch.js";
import { WatchLink } from "./watch-link.js";
import type { WatchAddress } from "./watch-messages.js";

/** The first picture waits until nothing has arrived for this long, because a match that has run for a while is sent in many messages… */
const QUIET_MS = 50;
/** … but not longer than this. */
const QUIET_MS_MAX = 500;

/** The options from the lobby. */
export interface WatchOptions {
  readonly rooms: RoomsApi;
  readonly WebSocket: WebSocketClass;
  readonly socketBase: string;
  readonly wasm: EngineSources | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Resolves when the first picture can be shown. `text`: a room's id or code. */
export async function openWatch<G extends GameShape>(text: string, options: WatchOptions): Promise<Watch<G>> {
  options.signal?.throwIfAborted();
  const { roomId, code } = await find(text, options);
  return open(await options.rooms.watch(roomId, code, options.signal), code, options);
}

/** The same for a running match of a pool, picked at random. */
export async function openAnyWatch<G extends GameShape>(pool: string | undefined, options: WatchOptions): Promise<Watch<G>> {
  options.signal?.throwIfAborted();
  return open(await options.rooms.watchAny(pool, options.signal), undefined, options);
}

async function open<G extends GameShape>(address: WatchAddress, code: string | undefined, options: WatchOptions): Promise<Watch<G>> {
  const arrivals = new Arrivals<G>();
  const request = (signal?: AbortSignal) => options.rooms.watch(address.roomId, code, signal);
  const link = new WatchLink(address, {
    WebSocket: options.WebSocket,
    socketBase: options.socketBase,
    request,
    onBytes: (bytes) => arrivals.take(bytes),
    onConnection: (connection) => arrivals.watch?.connected(connection),
    onEnd: (reason, error) => arrivals.end(reason, error),
  });
  try {
    const game = await arrivals.game(options.signal);
    const engines = [await Engine.ofGame(game, options.wasm), await Engine.ofGame(game, options.wasm)] as const;
    await arrivals.quiet(options.signal);
    const watch = arrivals.begin(({ chunks, file }) => new Watch<G>({ link, delayMs: address.delayMs, file, chunks, engines }));
    await watch.begin(options.signal);
    return watch;
  } catch (error) {
    (arrivals.watch ?? link).close();
    const isOfFile = error instanceof ShapeError || error instanceof EngineError || error instanceof UnknownGameError;
    throw isOfFile ? new ReplayError(error) : error;
  }
}

/** Collects the bytes that arrive before the match can be shown. */
class Arrivals<G extends GameShape> {
  watch: Watch<G> | undefined;
  readonly #chunks: Uint8Array[] = [];
  #ended: { readonly reason: string; readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  take(bytes: Uint8Array): void {
    if (this.watch) return this.watch.grow(bytes);
    this.#chunks.push(bytes);
    this.#wake();
  }

  end(reason: string, error: unknown): void {
    this.#ended = { reason, error };
    this.watch?.end(reason);
    this.#wake();
  }

  /** Waits for the header. Returns the name of the game. @throws if the connection ends without it; the signal's reason */
  async game(signal: AbortSignal | undefined): Promise<string> {
    const [first] = this.#chunks;
    if (first) return replayFile(first).game;
    if (this.#ended) throw this.#ended.error ?? new LeftError(this.#ended.reason);
    const abort = () => this.#wake();
    signal?.addEventListener("abort", abort);
    await new Promise<void>((resolve) => (this.#wake = resolve));
    signal?.removeEventListener("abort", abort);
    signal?.throwIfAborted();
    return this.game(signal);
  }

  /** Waits until no more bytes arrive for a moment. @throws the signal's reason */
  async quiet(signal: AbortSignal | undefined): Promise<void> {
    for (let waitedMs = 0, count = 0; waitedMs < QUIET_MS_MAX && count !== this.#chunks.length; waitedMs += QUIET_MS) {
      count = this.#chunks.length;
      await pause(QUIET_MS, signal);
    }
  }

  /** Creates the watch from all received bytes. Later bytes go directly to the watch. */
  begin(make: (parts: { chunks: Uint8Array[]; file: ReturnType<typeof replayFile> }) => Watch<G>): Watch<G> {
    const watch = make({ chunks: this.#chunks, file: replayFile(joined(this.#chunks)) });
    this.watch = watch;
    if (this.#ended) watch.end(this.#ended.reason);
    return watch;
  }
}

/** The room, and its code if that was given. @throws RoomError if the code's room has no match that may be watched. */
async function find(text: string, { rooms, signal }: WatchOptions): Promise<{ roomId: string; code: string | undefined }> {
  const code = roomCode(text);
  if (code === undefined) return { roomId: text.trim(), code };
  const { watch, reason } = await rooms.lookUp(code, signal);
  if (watch !== undefined) return { roomId: watch, code };
  if (reason === "kicked") throw problem("kicked", "The host removed this player from the room", 409);
  if (reason === "started") throw problem("unknown-room", "The match cannot be watched", 404);
  throw problem("not-started", "The match has not started", 409);
}

function problem(slug: string, title: string, status: number): RoomError {
  return new RoomError({ type: `urn:skirmish:problem:${slug}`, title, status });
}
