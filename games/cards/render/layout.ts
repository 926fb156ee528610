// The layout of the table, CSS px of the canvas.
import type { Place } from "@skirmish/demo/renderer.js";
import { ASPECT } from "./card.js";

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The height of a card of the own hand. */
  readonly card: number;
  readonly deck: Place;
  readonly pile: Place;
  /** The middle of the note and of the line below it. */
  readonly note: Place;
  /** The own name. */
  readonly own: Place;
  /** The middle of each card of the own hand, from the left. */
  readonly hand: readonly Place[];
  /** The other players, in the order of their turns. */
  readonly others: readonly Place[];
  /** The width for each of them. */
  readonly othersWidth: number;
}

const MARGIN = 20;
/** The maximum width over which players are spread. */
const WIDE = 1300;

export function layoutOf(width: number, height: number, cards: number, others: number): Layout {
  const card = Math.min(156, Math.max(84, height * 0.2), width * 0.3);
  const wide = card * ASPECT;
  const step = Math.min(wide + 8, (width - 2 * MARGIN - wide) / Math.max(1, cards - 1));
  const handWidth = step * Math.max(0, cards - 1) + wide;
  const y = height - card / 2 - 44;
  const hand = Array.from({ length: cards }, (_, at) => ({ x: (width - handWidth + wide) / 2 + at * step, y }));
  const beside = (width - handWidth) / 2 - 64;
  const middle = { x: width / 2, y: height * (height > width ? 0.46 : 0.49) };
  const top = y - card / 2;
  return {
    width,
    height,
    card,
    deck: { x: middle.x - wide * 0.62, y: middle.y },
    pile: { x: middle.x + wide * 0.62, y: middle.y },
    note: { x: width / 2, y: top - 40 },
    own: beside > 40 ? { x: beside, y } : { x: 44, y: top - 76 },
    hand,
    others: Array.from({ length: others }, (_, at) => otherPlace(width, height, (at + 1) / (others + 1))),
    othersWidth: (Math.min(width, WIDE) / (others + 1)) * 0.94,
  };
}

/** The position on an arc along the upper edge; `share` is 0 at the left and 1 at the right. */
function otherPlace(width: number, height: number, share: number): Place {
  const x = width / 2 + (share - 0.5) * Math.min(width, WIDE);
  return { x, y: Math.max(52, height * 0.13) + height * 0.3 * (share - 0.5) ** 2 };
}

/** Whether a place is within a card. */
export function isOn(at: Place, card: Place, height: number): boolean {
  return Math.abs(at.x - card.x) <= (height * ASPECT) / 2 && Math.abs(at.y - card.y) <= height / 2;
}
