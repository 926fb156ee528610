// Opens the lobby socket, and finds the reason if it does not open. Browsers give no reason.
import type { Api } from "./api.js";
import { ConnectionError } from "./errors.js";
import type { ProblemError } from "./errors.js";
import { isUnauthorized } from "./http.js";
import { REACH_MS, refused } from "./refused.js";
import type { LobbySocket } from "./socket.js";

/** Opens the lobby socket. Throws if it does not open, with the likely reason. */
export async function reach(socket: LobbySocket, url: string, api: Api, signal?: AbortSignal): Promise<void> {
  socket.open();
  if (await socket.opened(REACH_MS, signal)) return;
  signal?.throwIfAborted();
  const wasClosed = !socket.isWanted;
  socket.close("closed");
  // An HTTP call fails with a clear error if the server is down or refuses the token.
  await api.me(signal);
  throw wasClosed ? new ConnectionError("the lobby was closed") : refused(url);
}

/** Whether to try the socket again: an HTTP call checks the token. */
export async function isWorthTrying(api: Api, onUnauthorized: (error: ProblemError) => void): Promise<boolean> {
  try {
    await api.me();
  } catch (error) {
    if (!isUnauthorized(error)) return true;
    onUnauthorized(error);
    return false;
  }
  return true;
}
