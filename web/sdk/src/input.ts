// The player's input: the fields that the game declares, validated and converted for the engine.
import type { InputField } from "./description.js";

/** The numbers of an input for the engine. @throws TypeError or RangeError if the game has no such input. */
export function inputNumbers(fields: readonly InputField[], input: unknown): number[] {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new TypeError("the input must be an object");
  }
  const given = input as Readonly<Record<string, unknown>>;
  const names = fields.map(([name]) => name);
  const other = Object.keys(given).find((key) => !names.includes(key));
  if (other !== undefined) throw new RangeError(`the game's input has no \`${other}\`; it has ${listed(names)}`);
  return fields.flatMap((field) => numbersOf(field, given[field[0]]));
}

function numbersOf([name, kind, greatest = 0]: InputField, value: unknown): number[] {
  switch (kind) {
    case "button":
    case "hold":
      if (typeof value !== "boolean") throw new TypeError(`\`${name}\` must be true or false`);
      return [Number(value)];
    case "axis":
      return [within(name, numberOf(name, value), -1, 1)];
    case "direction":
      if (!Array.isArray(value) || value.length !== 2) throw new TypeError(`\`${name}\` must be two numbers`);
      return value.map((side) => numberOf(name, side));
    case "angle":
      return [numberOf(name, value)];
    case "choice":
    case "count":
      return [within(name, integerOf(name, value), 0, greatest)];
  }
}

function numberOf(name: string, value: unknown): number {
  if (typeof value !== "number") throw new TypeError(`\`${name}\` must be a number`);
  if (!Number.isFinite(value)) throw new RangeError(`\`${name}\` must be a finite number`);
  return value;
}

function integerOf(name: string, value: unknown): number {
  const number = numberOf(name, value);
  if (!Number.isInteger(number)) throw new RangeError(`\`${name}\` must be an integer`);
  return number;
}

function within(name: string, value: number, least: number, greatest: number): number {
  if (value < least || value > greatest) throw new RangeError(`\`${name}\` must be from ${least} to ${greatest}`);
  return value;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "no fields" : names.map((name) => `\`${name}\``).join(", ");
}
