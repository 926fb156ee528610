// Whether WebTransport failed lately in this network. It is kept in the session of the page, so that a reload does not forget it.

const FORGET_AFTER_MS = 10 * 60_000;
const KEY = "skirmish.webtransport.failed_until";

/** On `Date.now()`. For pages without storage. */
let failedUntil = 0;
let network: EventTarget & { readonly type?: string } | undefined;
let networkType: string | undefined;
let isWatching = false;

/** Whether it failed in the last ten minutes, and the network is the same since. */
export function failedLately(): boolean {
  watchNetwork();
  return Date.now() < Math.max(failedUntil, stored());
}

/** It failed, or a WebSocket was sooner. */
export function rememberFailure(): void {
  keep(Date.now() + FORGET_AFTER_MS);
}

function keep(until: number): void {
  failedUntil = until;
  try {
    sessionStorage.setItem(KEY, String(until));
  } catch {
    // There is no storage, or the page may not use it.
  }
}

function stored(): number {
  try {
    return Number(sessionStorage.getItem(KEY)) || 0;
  } catch {
    return 0;
  }
}

/** Another network may let UDP through. */
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
