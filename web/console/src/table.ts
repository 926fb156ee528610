// A table that is sorted, filtered, shown page by page, and changed in place.
import { button, make, setOptions, setText, show } from "./dom.js";
import { count, counted } from "./format.js";
import { TableRow } from "./table-row.js";
import type { Column, RowAction } from "./table-row.js";
import { pageOf, sorted } from "./rows.js";
import type { Order } from "./rows.js";

const PAGE_ROWS = 50;

export interface TableOptions<R> {
  readonly label: string;
  readonly columns: readonly Column<R>[];
  readonly keyOf: (row: R) => string;
  readonly order?: Order;
  readonly actions?: readonly RowAction<R>[];
  /** One row in words: `room`. */
  readonly noun: string;
  readonly nouns?: string;
  /** What the table says without rows. */
  readonly empty: string;
}

export class Table<R> {
  readonly element = make("div", "table");
  readonly #options: TableOptions<R>;
  readonly #body = make("tbody");
  readonly #headers = new Map<string, HTMLElement>();
  readonly #note = make("p", "note empty");
  readonly #pager = make("div", "pager");
  readonly #range = make("span", "range");
  readonly #previous = button("Previous", "small", () => this.#turn(-1));
  readonly #next = button("Next", "small", () => this.#turn(1));
  readonly #sortBy = make("select");
  readonly #shown = new Map<string, TableRow<R>>();
  #rows: readonly R[] = [];
  #order: Order | undefined;
  #page = 0;
  /** What the table says without rows, in place of `empty`. */
  #instead: string | undefined;

  constructor(options: TableOptions<R>) {
    this.#options = options;
    this.#order = options.order;
    const table = make("table", "", make("caption", "hidden-text", options.label), this.#head(), this.#body);
    // A phone shows rows as cards, which would take these roles away.
    table.setAttribute("role", "table");
    this.#body.setAttribute("role", "rowgroup");
    this.#pager.append(this.#range, this.#previous, this.#next);
    this.element.append(this.#sortField(), make("div", "scroll", table), this.#note, this.#pager);
    this.#draw();
  }

  /** Shows these rows. `instead`: what to say if there are none. */
  set(rows: readonly R[], instead?: string): void {
    this.#rows = rows;
    this.#instead = instead;
    this.#draw();
  }

  /** Back to the first page, as after another search. */
  first(): void {
    this.#page = 0;
  }

  #turn(by: number): void {
    this.#page += by;
    this.#draw();
    this.element.scrollIntoView({ block: "nearest" });
  }

  #sort(column: string, isDescending: boolean): void {
    this.#order = { column, isDescending };
    this.#page = 0;
    this.#draw();
  }

  #draw(): void {
    const { keyOf, noun, nouns, empty } = this.#options;
    const by = this.#options.columns.find(({ id }) => id === this.#order?.column);
    const rows = by ? sorted(this.#rows, (row) => (by.sort ?? by.text)(row), this.#order?.isDescending ?? false) : this.#rows;
    const page = pageOf(rows, this.#page, PAGE_ROWS);
    this.#page = page.page;
    this.#drawOrder();
    const wanted = page.rows.map((row) => this.#row(keyOf(row), row));
    const keys = new Set(page.rows.map(keyOf));
    for (const [key, row] of this.#shown) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.#shown.delete(key);
    }
    wanted.forEach(({ element }, n) => {
      // Only what is not in its place moves, because an element that moves loses the focus.
      const there = this.#body.children[n];
      if (there !== element) this.#body.insertBefore(element, there ?? null);
    });
    setText(this.#note, this.#instead ?? empty);
    show(this.#note, page.count === 0);
    const several = nouns ?? `${noun}s`;
    setText(this.#range, page.pages === 1 ? counted(page.count, noun, several) : `${count(page.first)}–${count(page.last)} of ${counted(page.count, noun, several)}`);
    show(this.#pager, page.count > 0);
    for (const turn of [this.#previous, this.#next]) show(turn, page.pages > 1);
    this.#previous.disabled = page.page === 0;
    this.#next.disabled = page.page >= page.pages - 1;
  }

  #row(key: string, row: R): TableRow<R> {
    let shown = this.#shown.get(key);
    if (!shown) this.#shown.set(key, (shown = new TableRow(this.#options.columns, this.#options.actions ?? [], row)));
    shown.set(row);
    return shown;
  }

  #head(): HTMLElement {
    const line = make("tr");
    line.setAttribute("role", "row");
    for (const column of this.#options.columns) {
      const header = make("th", column.isNumber ? "number" : "");
      header.scope = "col";
      header.setAttribute("role", "columnheader");
      header.append(this.#sortButton(column));
      this.#headers.set(column.id, header);
      line.append(header);
    }
    if (this.#options.actions?.length) {
      const header = make("th", "", make("span", "hidden-text", "Actions"));
      header.setAttribute("role", "columnheader");
      line.append(header);
    }
    const head = make("thead", "", line);
    head.setAttribute("role", "rowgroup");
    return head;
  }

  #sortButton(column: Column<R>): HTMLButtonElement {
    return button(column.label, "sort", () => {
      const isSame = this.#order?.column === column.id;
      // Numbers begin with the highest.
      this.#sort(column.id, isSame ? !this.#order?.isDescending : column.isNumber === true);
    });
  }

  /** On a phone, in place of the headers. */
  #sortField(): HTMLElement {
    const { columns } = this.#options;
    const turned = columns.flatMap(({ id, label }): [string, string][] => [
      [`${id}:up`, `${label}, ascending`],
      [`${id}:down`, `${label}, descending`],
    ]);
    setOptions(this.#sortBy, [...(this.#order ? [] : [["", "as they come"] as const]), ...turned]);
    this.#sortBy.addEventListener("change", () => {
      const [column = "", way] = this.#sortBy.value.split(":");
      if (column) this.#sort(column, way === "down");
    });
    return make("label", "field sort-by", make("span", "", "Sort by"), this.#sortBy);
  }

  #drawOrder(): void {
    for (const [id, header] of this.#headers) {
      const isBy = this.#order?.column === id;
      header.setAttribute("aria-sort", isBy ? (this.#order?.isDescending ? "descending" : "ascending") : "none");
    }
    if (this.#order) this.#sortBy.value = `${this.#order.column}:${this.#order.isDescending ? "down" : "up"}`;
  }
}
