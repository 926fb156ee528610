// The HTTP client: JSON requests, problem documents as errors, retries where they are safe.
import { ConnectionError, ForeignAnswerError, ProblemError } from "./errors.js";
import type { Problem } from "./errors.js";
import { backoffMs, pause } from "./timing.js";

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 4;
/** A call that the server allows only after a longer wait fails without one. */
const RETRY_AFTER_MAX_MS = 10_000;

/** One request. */
export interface Call {
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** The response is bytes, not JSON. */
  readonly isFile?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A player's JWT, or a function that returns one. It is called at the start, and when the server rejects the last token. */
export type TokenSource = string | (() => string | Promise<string>);

/** Sends requests with the player's token. */
export class Http {
  /** Without a trailing slash. */
  readonly #base: string;
  readonly #source: TokenSource | undefined;
  /** The current token. */
  token: string | undefined;

  constructor(base: string, source: TokenSource | undefined) {
    this.#base = base;
    this.#source = source;
  }

  /** Gets a token from the source. Returns whether it is new. */
  async renewToken(): Promise<boolean> {
    const before = this.token;
    this.token = typeof this.#source === "function" ? await this.#source() : (this.#source ?? before);
    return this.token !== before;
  }

  /**
   * Sends a request. Returns the response's JSON (undefined if the body is empty), or its bytes. If the server rejects the
   * token and the source has a new one, tries again with that. @throws ProblemError, ConnectionError.
   */
  async call(method: string, path: string, call: Call = {}): Promise<unknown> {
    const used = this.token;
    try {
      return await this.#callOnce(method, path, call);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      // Another call may have renewed the token in the meantime.
      if (this.token === used && !(await this.renewToken())) throw error;
      return this.#callOnce(method, path, call);
    }
  }

  async #callOnce(method: string, path: string, call: Call): Promise<unknown> {
    const headers: Record<string, string> = { accept: call.isFile ? "*/*" : "application/json" };
    if (this.token) headers["authorization"] = `Bearer ${this.token}`;
    if (call.idempotencyKey) headers["idempotency-key"] = call.idempotencyKey;
    if (call.body !== undefined) headers["content-type"] = "application/json";
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    const [response, bytes] = await this.#fetch(path, { method, headers, body, cache: "no-store" }, call.signal);
    const text = () => new TextDecoder().decode(bytes);
    if (!response.ok) throw problem(response, text()) ?? this.#foreign(method, path, response);
    if (call.isFile) return bytes;
    if (bytes.byteLength === 0) return undefined;
    try {
      return JSON.parse(text());
    } catch {
      throw this.#foreign(method, path, response);
    }
  }

  /** The error for a response that is not from a Skirmish server. */
  #foreign(method: string, path: string, { status, headers }: Response): ForeignAnswerError {
    const type = headers.get("content-type") ?? "no content type";
    const url = this.#base + path;
    return new ForeignAnswerError(`no Skirmish server answers at ${url}: ${method} was answered ${status} with ${type}`);
  }

  /** Like `call`, with retries. For requests that have an idempotency key or change nothing. */
  async callPatiently(method: string, path: string, call: Call = {}): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.call(method, path, call);
      } catch (error) {
        if (call.signal?.aborted || attempt + 1 >= ATTEMPTS || !isPassing(error)) throw error;
        if (error instanceof ForeignAnswerError) throw error;
        const waitMs = error instanceof ProblemError ? (error.retryAfterMs ?? 0) : 0;
        if (waitMs > RETRY_AFTER_MAX_MS) throw error;
        await pause(Math.max(waitMs, backoffMs(attempt)), call.signal);
      }
    }
  }

  /** Sends one request, and reads headers and body within the time limit. */
  async #fetch(path: string, init: RequestInit, signal?: AbortSignal): Promise<[Response, ArrayBuffer]> {
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    const timer = setTimeout(() => controller.abort(new Error("timed out")), TIMEOUT_MS);
    try {
      const response = await fetch(this.#base + path, { ...init, signal: controller.signal });
      return [response, await response.arrayBuffer()];
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new ConnectionError(`${init.method} ${this.#base}${path}: no answer. ${whyUnanswered()}`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}

/** Whether the error is temporary, so that the same call may succeed soon. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ProblemError) return error.status >= 500 || error.status === 429;
  return error instanceof ConnectionError;
}

/** Whether the server rejected the token. */
export function isUnauthorized(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.status === 401;
}

/** The problem of an error response. Undefined if the response is not from this API, whose errors are all JSON. */
function problem(response: Response, text: string): ProblemError | undefined {
  const { status } = response;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    // A proxy answered. If the error is temporary, its status is enough.
    if (status < 500 && status !== 429 && status !== 401) return undefined;
  }
  const known: Readonly<Record<string, unknown>> = typeof read === "object" && read !== null ? { ...read } : {};
  const isProblem = typeof known["type"] === "string";
  if (!isProblem && (status === 404 || status === 405)) return undefined;
  const document: Problem = { type: "about:blank", title: response.statusText || `HTTP ${status}`, ...known, status };
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ProblemError(document, Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined);
}

/** The likely reasons for a request without a response; browsers do not give one. */
function whyUnanswered(): string {
  if (typeof location === "undefined" || !location.origin.startsWith("http")) return "Does the server run there?";
  return `Does the server run there, and does it allow pages of ${location.origin} (cargo xtask up --origin ${location.origin})?`;
}
