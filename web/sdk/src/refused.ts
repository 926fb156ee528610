// A WebSocket that does not open: browsers say nothing about it, so the likely reasons are told.
import { SocketBlockedError } from "./errors.js";

/** So long a first connection may take to open. Whoever waits for it is told then. */
export const REACH_MS = 8_000;

/** The server answers over HTTP, but no WebSocket to this address opens. */
export function refused(url: string): SocketBlockedError {
  const origin = typeof location !== "undefined" && location.origin.startsWith("http") ? location.origin : undefined;
  const origins = origin
    ? `the server allows no pages of ${origin} (in development: cargo xtask up --origin ${origin}), or `
    : "";
  return new SocketBlockedError(
    `no WebSocket to ${url} opens. Likely: ${origins}a proxy on the way lets no WebSocket through ` +
      "(Vite: `ws: true`; nginx: the headers Upgrade and Connection), or nothing listens at that address",
  );
}
