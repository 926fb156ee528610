// Pauses that can be aborted, backoff, and random ids.

const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 4_000;

/** The wait after attempt number `attempt` (from 0), in ms. It doubles each time, and has jitter. */
export function backoffMs(attempt: number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** attempt);
  return full * (0.75 + Math.random() * 0.5);
}

/** Resolves after this long; rejects with the signal's reason once it is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** 32 hexadecimal digits for an idempotency key. Keys are scoped to a player: they need to be distinct, not secret. */
export function randomId(): string {
  const digits = () => Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");
  return digits() + digits() + digits() + digits();
}
