// The token of a guest: renewed while it is valid, so that the guest stays the same player.
import { claimsOf } from "./api.js";
import type { Api } from "./api.js";
import { ConnectionError, ProblemError } from "./errors.js";
import type { Http } from "./http.js";
import { num } from "./shape.js";

/**
 * Exchanges a guest's token for a new one in the second half of its lifetime. Other tokens are unchanged. A failure is not an
 * error as long as the token is valid. Returns whether the token is new.
 */
export async function renewGuest(http: Http, api: Api, signal?: AbortSignal): Promise<boolean> {
  if (!isDue(http.token ?? "", Date.now() / 1000)) return false;
  try {
    http.token = (await api.guest({}, signal)).token;
    return true;
  } catch (error) {
    if (error instanceof ProblemError || error instanceof ConnectionError) return false;
    throw error;
  }
}

/** Whether a token is a guest's, valid, and in the second half of its lifetime. */
function isDue(token: string, nowS: number): boolean {
  const claims = claimsOf(token);
  if (claims?.["guest"] !== true) return false;
  const [issuedAt, expiresAt] = [num(claims["iat"]), num(claims["exp"])];
  return nowS > (issuedAt + expiresAt) / 2 && nowS < expiresAt;
}
