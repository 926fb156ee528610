// The saved guest: one for the browser, or one for this tab only.

export interface Guest {
  readonly token: string;
  readonly name: string;
  /** The claim `game` of the token, if the page's address chose one. */
  readonly game?: string;
}

const GUEST = "skirmish.guest";
const LOOKS = "skirmish.looks";
const MUTED = "skirmish.muted";
const POOL = "skirmish.pool";
const PRESENT = "skirmish.present";
const OUT_OF = "skirmish.out-of";

/** The guest of this tab if it has one, else the guest of the browser. */
export function loadGuest(): Guest | undefined {
  return read<Guest>(() => sessionStorage, GUEST) ?? read<Guest>(() => localStorage, GUEST);
}

/** Saves the guest, for this tab or for the browser. */
export function saveGuest(guest: Guest, onlyThisTab: boolean): void {
  write(() => (onlyThisTab ? sessionStorage : localStorage), GUEST, guest);
}

export function hasOwnGuest(): boolean {
  return read<Guest>(() => sessionStorage, GUEST) !== undefined;
}

/** Deletes the guest that `loadGuest` returns. */
export function forgetGuest(): void {
  remove(() => (hasOwnGuest() ? sessionStorage : localStorage), GUEST);
}

/** The last name and colour. */
export function loadLooks(): { name: string; color: string } | undefined {
  return read(() => localStorage, LOOKS);
}

export function saveLooks(looks: { name: string; color: string }): void {
  write(() => localStorage, LOOKS, looks);
}

/** The last chosen pool. */
export function loadPool(): string | undefined {
  return read(() => localStorage, POOL);
}

export function savePool(pool: string): void {
  write(() => localStorage, POOL, pool);
}

/** Whether this tab waits for a match or plays one; a reloaded tab returns there. */
export function loadPresent(): boolean {
  return read<boolean>(() => sessionStorage, PRESENT) ?? false;
}

export function savePresent(present: boolean): void {
  if (present) write(() => sessionStorage, PRESENT, true);
  else remove(() => sessionStorage, PRESENT);
}

/** The running match in which this player has lost all lives. */
export function loadOutOf(): string | undefined {
  return read(() => localStorage, OUT_OF);
}

export function saveOutOf(roomId: string): void {
  write(() => localStorage, OUT_OF, roomId);
}

export function loadMuted(): boolean {
  return read<boolean>(() => localStorage, MUTED) ?? false;
}

export function saveMuted(muted: boolean): void {
  write(() => localStorage, MUTED, muted);
}

// A browser may refuse storage. Then nothing is saved, and everything else works.

function read<T>(storage: () => Storage, key: string): T | undefined {
  try {
    const text = storage().getItem(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

function write(storage: () => Storage, key: string, value: unknown): void {
  try {
    storage().setItem(key, JSON.stringify(value));
  } catch {
    return;
  }
}

function remove(storage: () => Storage, key: string): void {
  try {
    storage().removeItem(key);
  } catch {
    return;
  }
}
