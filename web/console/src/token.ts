// The operator's token: where it is kept, and what it says. The API decides what it allows.

/** Each role may do what those before it may. */
export const ROLES = ["view", "moderate", "operate"] as const;
export type Role = (typeof ROLES)[number];

/** What a token says about its bearer. */
export interface Claims {
  readonly name: string;
  readonly role: Role;
  readonly expiresMs: number;
}

/** Of this tab: it ends with the tab. */
const STORED = "skirmish.console.token";

/** Takes the token from the fragment of the address and removes it there; else the one of this tab. */
export function takeToken(): string | undefined {
  const token = tokenOf(location.hash);
  if (token === undefined) return sessionStorage.getItem(STORED) ?? undefined;
  history.replaceState(null, "", `${location.pathname}${location.search}#/`);
  keepToken(token);
  return token;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(STORED, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(STORED);
}

/** The token in a fragment, `#token=…`. */
export function tokenOf(fragment: string): string | undefined {
  return /^#token=([\w.-]+)$/.exec(fragment)?.[1];
}

/** Reads the claims without checking the signature; undefined: it is no operator's token. */
export function readClaims(token: string): Claims | undefined {
  try {
    const part = token.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const role = ROLES.find((role) => role === claims["role"]);
    const { sub, exp } = claims;
    if (!role || typeof sub !== "string" || typeof exp !== "number") return undefined;
    return { name: sub, role, expiresMs: exp * 1000 };
  } catch {
    return undefined;
  }
}

/** Whether a role includes what another one may do. */
export function includes(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
