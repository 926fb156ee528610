// A row of a table. Its cells change in place, so that the focus and a selection stay.
import { button, make, setText, show } from "./dom.js";
import type { SortKey } from "./rows.js";

export interface Column<R> {
  readonly id: string;
  readonly label: string;
  readonly text: (row: R) => string;
  /** What it sorts by, in place of the text. */
  readonly sort?: (row: R) => SortKey;
  readonly href?: (row: R) => string | undefined;
  /** Of a value that is a state: its colour. */
  readonly tone?: (row: R) => string;
  /** Makes what is beside the text. */
  readonly part?: () => CellPart<R>;
  /** More about the value, where the pointer is. */
  readonly title?: (row: R) => string;
  readonly isNumber?: boolean;
  /** A text that may be long. */
  readonly isLong?: boolean;
  /** The value in a fixed-width font: an id. */
  readonly isCode?: boolean;
}

/** An element of one cell. */
export interface CellPart<R> {
  readonly element: HTMLElement;
  set(row: R): void;
}

export interface RowAction<R> {
  readonly label: string;
  /** Absent: for every row. */
  readonly isFor?: (row: R) => boolean;
  readonly isDangerous?: boolean;
  readonly run: (row: R) => void;
}

export class TableRow<R> {
  readonly element = make("tr");
  readonly #columns: readonly Column<R>[];
  readonly #actions: readonly RowAction<R>[];
  readonly #cells: Cell<R>[];
  readonly #buttons: HTMLButtonElement[];
  #row: R;

  constructor(columns: readonly Column<R>[], actions: readonly RowAction<R>[], row: R) {
    this.#columns = columns;
    this.#actions = actions;
    this.#row = row;
    this.#cells = columns.map((column) => new Cell(column));
    this.#buttons = actions.map((action) =>
      button(action.label, action.isDangerous ? "small danger" : "small", () => action.run(this.#row)),
    );
    this.element.setAttribute("role", "row");
    this.element.append(...this.#cells.map((cell) => cell.element));
    if (actions.length > 0) {
      const cell = make("td", "row-actions", ...this.#buttons);
      cell.setAttribute("role", "cell");
      this.element.append(cell);
    }
  }

  set(row: R): void {
    this.#row = row;
    for (const cell of this.#cells) cell.set(row);
    const name = this.#columns[0]?.text(row) ?? "";
    const focused = this.#buttons.find((element) => element === document.activeElement);
    this.#buttons.forEach((element, n) => {
      const action = this.#actions[n];
      show(element, action?.isFor?.(row) ?? true);
      element.setAttribute("aria-label", `${action?.label} ${name}`);
    });
    // A button that is gone leaves the focus to another one of its row.
    if (focused?.hidden) (this.#buttons.find(({ hidden }) => !hidden) ?? this.element.querySelector("a"))?.focus();
  }
}

class Cell<R> {
  readonly element = make("td");
  readonly #column: Column<R>;
  readonly #value = make("span");
  readonly #anchor = make("a");
  readonly #part: CellPart<R> | undefined;

  constructor(column: Column<R>) {
    this.#column = column;
    const kinds = [column.isNumber && "number", column.isLong && "long", column.isCode && "code"].filter(Boolean);
    this.element.className = kinds.join(" ");
    this.element.setAttribute("role", "cell");
    this.element.dataset["label"] = column.label;
    this.element.append(this.#value);
    this.#part = column.part?.();
    if (this.#part) this.element.append(this.#part.element);
  }

  set(row: R): void {
    const { href, tone, title } = this.#column;
    const text = this.#column.text(row);
    const to = href?.(row);
    const shown = to === undefined ? this.#value : this.#anchor;
    if (to !== undefined && this.#anchor.getAttribute("href") !== to) this.#anchor.href = to;
    if (this.element.firstChild !== shown) this.element.firstChild?.replaceWith(shown);
    setText(shown, text);
    if (title) shown.title = title(row);
    if (tone) shown.className = `badge ${tone(row)}`;
    this.element.classList.toggle("none", text === "–" && !this.#part);
    this.#part?.set(row);
  }
}
