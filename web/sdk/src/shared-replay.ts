// `sharedReplay`: loads a replay with the token of a link, without a player.
import { Api } from "./api.js";
import { baseUrl } from "./base-url.js";
import { Http } from "./http.js";
import { Latencies } from "./latencies.js";
import { Replay } from "./replay.js";
import type { ReplayOptions } from "./replay.js";
import type { Arena, GameShape } from "./view.js";

/**
 * Loads the replay of a finished match from the server at `url`, with a token that a player of the match made (`lobby.shareReplay`).
 *
 * @throws ProblemError `unauthorized` if the token is not for this replay or has expired, or `unknown-room` if there is no replay any more.
 * @throws ReplayError if this version of the SDK cannot play it.
 */
export async function sharedReplay<G extends GameShape = Arena>(
  url: string,
  roomId: string,
  token: string,
  options: ReplayOptions = {},
): Promise<Replay<G>> {
  const base = baseUrl(url);
  const http = new Http(base.http, token);
  http.token = token;
  const api = new Api(http, new Latencies(http, base.http));
  return Replay.open<G>(await api.replay(roomId, options.signal), options);
}
