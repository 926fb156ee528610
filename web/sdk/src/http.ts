// Calls to the HTTP API: JSON in and out, problem documents as errors, patience where a repeat is safe.
import { ConnectionError, ProblemError } from "./errors.js";
import type { Problem } from "./errors.js";
import { backoffMs, pause } from "./timing.js";

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 4;

export interface Call {
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** The answer is bytes, not JSON. */
  readonly isFile?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export class Http {
  readonly #base: string;
  token: string | undefined;

  constructor(base: string, token: string | undefined) {
    this.#base = base.replace(/\/+$/, "");
    this.token = token;
  }

  /** The answer's JSON, undefined where it has none, or its bytes. Throws ProblemError or ConnectionError. */
  async call(method: string, path: string, call: Call = {}): Promise<unknown> {
    const headers: Record<string, string> = { accept: call.isFile ? "*/*" : "application/json" };
    if (this.token) headers["authorization"] = `Bearer ${this.token}`;
    if (call.idempotencyKey) headers["idempotency-key"] = call.idempotencyKey;
    if (call.body !== undefined) headers["content-type"] = "application/json";
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    const [response, bytes] = await this.#fetch(path, { method, headers, body, cache: "no-store" }, call.signal);
    const text = () => new TextDecoder().decode(bytes);
    if (!response.ok) throw problem(response, text());
    if (call.isFile) return bytes;
    if (bytes.byteLength === 0) return undefined;
    try {
      return JSON.parse(text());
    } catch {
      throw new ConnectionError(`${method} ${path} was answered with something that is not JSON`);
    }
  }

  /** As `call`, again after a lost connection or a 503: for what has an idempotency key, or changes nothing. */
  async callPatiently(method: string, path: string, call: Call = {}): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.call(method, path, call);
      } catch (error) {
        if (call.signal?.aborted || attempt + 1 >= ATTEMPTS || !isPassing(error)) throw error;
        const waitMs = error instanceof ProblemError ? (error.retryAfterMs ?? 0) : 0;
        await pause(Math.max(waitMs, backoffMs(attempt)), call.signal);
      }
    }
  }

  /** One exchange, head and body, within the time limit. */
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
      throw new ConnectionError(`${init.method} ${path}: no answer`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}

/** Whether the same call may well succeed in a moment. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ProblemError) return error.status >= 500 || error.status === 429;
  return error instanceof ConnectionError;
}

function problem(response: Response, text: string): ProblemError {
  const { status } = response;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    // Something on the way answered in its own words; the status says enough.
  }
  const known = typeof read === "object" && read !== null ? read : {};
  const document: Problem = { type: "about:blank", title: response.statusText || `HTTP ${status}`, ...known, status };
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ProblemError(document, Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined);
}
