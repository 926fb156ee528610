// Rows of a table: which of them are shown, in which order.

/** What a column sorts by. */
export type SortKey = string | number | null | undefined;

export interface Order {
  readonly column: string;
  readonly isDescending: boolean;
}

/** Rows in this order; rows without a key are last. Equal ones stay as they were. */
export function sorted<R>(rows: readonly R[], keyOf: (row: R) => SortKey, isDescending: boolean): R[] {
  const keyed = rows.map((row) => ({ row, key: keyOf(row) ?? undefined }));
  const sign = isDescending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.key === b.key) return 0;
    if (a.key === undefined) return 1;
    if (b.key === undefined) return -1;
    return sign * compared(a.key, b.key);
  });
  return keyed.map(({ row }) => row);
}

/** Rows of which one text has all the words, in any case. */
export function matching<R>(rows: readonly R[], search: string, textsOf: (row: R) => readonly (string | null | undefined)[]): readonly R[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = textsOf(row).join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A page of rows; `page` is moved to the nearest one that exists. */
export interface Page<R> {
  readonly rows: readonly R[];
  readonly page: number;
  readonly pages: number;
  /** The number of the first row, from 1; 0 without rows. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

export function pageOf<R>(rows: readonly R[], page: number, size: number): Page<R> {
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const at = Math.min(Math.max(0, page), pages - 1);
  const shown = rows.slice(at * size, (at + 1) * size);
  const first = shown.length === 0 ? 0 : at * size + 1;
  return { rows: shown, page: at, pages, first, last: at * size + shown.length, count: rows.length };
}

const BY_TEXT = new Intl.Collator("en", { numeric: true });

function compared(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return BY_TEXT.compare(String(a), String(b));
}
