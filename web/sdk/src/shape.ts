// Type checks for received JSON.

/** A received value has the wrong type. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object. @throws ShapeError, as the functions below. */
export function fields(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ShapeError("expected an object");
  return value as Fields;
}

export function text(value: unknown): string {
  if (typeof value !== "string") throw new ShapeError("expected text");
  return value;
}

export function num(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new ShapeError("expected a number");
  return value;
}

export function flag(value: unknown): boolean {
  if (typeof value !== "boolean") throw new ShapeError("expected true or false");
  return value;
}

/** An object whose values are numbers. */
export function numbers(value: unknown): Record<string, number> {
  return Object.fromEntries(Object.entries(fields(value)).map(([name, number]) => [name, num(number)]));
}

export function list<T>(value: unknown, each: (item: unknown) => T): T[] {
  if (!Array.isArray(value)) throw new ShapeError("expected a list");
  return value.map(each);
}

/** The result of `read`, or undefined if the value is null or missing. */
export function maybe<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value);
}

/** Parses the JSON object of a text frame. */
export function parse(data: unknown): Fields {
  try {
    return fields(JSON.parse(text(data)));
  } catch (error) {
    throw error instanceof ShapeError ? error : new ShapeError("expected JSON");
  }
}
