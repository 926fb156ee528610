// The error for a WebSocket that does not open. Browsers give no reason, so it lists the likely ones.
import { SocketBlockedError } from "./errors.js";

/** How long the first connection may take to open before it fails. */
export const REACH_MS = 8_000;

/** The error for a server that answers over HTTP while no WebSocket to this address opens. */
export function refused(url: string): SocketBlockedError {
  const origin = typeof location !== "undefined" && location.origin.startsWith("http") ? location.origin : undefined;
  const origins = origin
    ? `the server does not allow pages of ${origin} (in development: cargo xtask up --origin ${origin}), or `
    : "";
  return new SocketBlockedError(
    `no WebSocket to ${url} opens. Likely: ${origins}a proxy does not pass WebSockets ` +
      "(Vite: `ws: true`; nginx: the headers Upgrade and Connection), or no server listens at that address",
  );
}
