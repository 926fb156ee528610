// Room codes: six letters, shown as BCD-FGH.

/** Consonants, so that no code is a word. */
const CODE = /^[BCDFGHJKLMNPQRSTVWXZ]{6}$/;

/** The code in its displayed form: `BCD-FGH`. Case, spaces and dashes are ignored. Undefined if the text is not a code. */
export function roomCode(text: string): string | undefined {
  const letters = text.replace(/[\s\p{Pd}]+/gu, "").toUpperCase();
  return CODE.test(letters) ? `${letters.slice(0, 3)}-${letters.slice(3)}` : undefined;
}

/**
 * The room code of an address such as `https://play.example/app?room=BCD-FGH`; by default, of the page's address. Undefined
 * if the address names no room. A text that is not a code is returned as it is: `joinRoom` rejects it as `code-unknown`.
 */
export function codeFromUrl(url: string | URL = location.href): string | undefined {
  const text = new URL(url).searchParams.get("room")?.trim();
  return text ? (roomCode(text) ?? text) : undefined;
}
