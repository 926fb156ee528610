// Remembers whether WebTransport failed recently in this network, in the session storage of the page, so that a reload keeps it.

const FORGET_AFTER_MS = 10 * 60_000;
const KEY = "skirmish.webtransport.failed_until";

/** A time of `Date.now()`, for pages without storage. */
let failedUntil = 0;
let network: EventTarget & { readonly type?: string } | undefined;
let networkType: string | undefined;
let isWatching = false;

/** Whether it failed in the last ten minutes, without a change of the network since. */
export function failedLately(): boolean {
  watchNetwork();
  return Date.now() < Math.max(failedUntil, stored());
}

/** Remembers that it failed, or that a WebSocket opened earlier. */
export function rememberFailure(): void {
  keep(Date.now() + FORGET_AFTER_MS);
}

function keep(until: number): void {
  failedUntil = until;
  try {
    sessionStorage.setItem(KEY, String(until));
  } catch {
    // There is no storage, or the page is not allowed to use it.
  }
}

function stored(): number {
  try {
    return Number(sessionStorage.getItem(KEY)) || 0;
  } catch {
    return 0;
  }
}

/** Forgets the failure when the network changes: another network may allow UDP. */
function watchNetwork(): void {
  if (isWatching) return;
  isWatching = true;
  globalThis.addEventListener?.("online", () => keep(0));
  network = (globalThis.navigator as { readonly connection?: typeof network } | undefined)?.connection;
  networkType = network?.type;
  // Browsers also report each new estimate of the bandwidth as a change.
  network?.addEventListener("change", () => {
    if (network?.type === networkType) return;
    networkType = network?.type;
    keep(0);
  });
}
