// Audit: what operators did, and why.
import type { Api } from "../api.js";
import { field, make } from "../dom.js";
import { at, plain } from "../format.js";
import { Poll } from "../poll.js";
import { targetLink } from "../route.js";
import { matching } from "../rows.js";
import { Table } from "../table.js";
import type { Column } from "../table-row.js";
import type { AuditEntry } from "../types.js";
import type { Context, View } from "../view.js";

const EVERY_MS = 2000;
const FIRST_ENTRIES = 500;
const PAGE_ENTRIES = 200;
/** What the page keeps: the newest. */
const ENTRIES_MAX = 2000;

export function openAudit({ api, report }: Context): View {
  const text = make("input");
  text.type = "search";
  text.placeholder = "operator, action, target or reason";
  const filter = make("form", "filter", field("Search", text, "grow"));
  const table = new Table<AuditEntry>({
    label: "Audit",
    noun: "entry",
    nouns: "entries",
    empty: "No entries.",
    keyOf: ({ id }) => id,
    columns: COLUMNS,
  });
  let entries: readonly AuditEntry[] | undefined;
  const draw = () => {
    const found = matching(entries ?? [], text.value, ({ operator, action, target, reason }) => [operator, action, target, reason]);
    table.set(found, entries ? undefined : "Loading");
  };
  filter.addEventListener("submit", (event) => event.preventDefault());
  text.addEventListener("input", () => (table.first(), draw()));
  const answer = (newer: readonly AuditEntry[]) => {
    report(undefined);
    entries = [...newer, ...(entries ?? [])].slice(0, ENTRIES_MAX);
    draw();
  };
  const poll = new Poll(EVERY_MS, { ask: () => newest(api, entries), answer, fail: report });
  draw();
  const element = make("div", "audit", make("h1", "", "Audit"), filter, table.element);
  return { title: "Audit", element, refresh: () => poll.now(), end: () => poll.end() };
}

/** What is not among these entries yet, the newest first. */
async function newest(api: Api, known: readonly AuditEntry[] | undefined): Promise<readonly AuditEntry[]> {
  const last = known?.[0];
  if (!last) return api.audit(FIRST_ENTRIES);
  return [...(await api.auditAfter(last.id, PAGE_ENTRIES))].reverse();
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: "at", label: "When", text: ({ at_ms }) => at(at_ms), sort: ({ at_ms }) => at_ms },
  { id: "operator", label: "Operator", text: ({ operator }) => operator },
  { id: "action", label: "Action", text: ({ action, changed }) => (changed ? action : `${action} (no change)`) },
  { id: "target", label: "Target", isCode: true, text: ({ target }) => target, href: ({ action, target }) => targetLink(action, target) },
  { id: "reason", label: "Reason", isLong: true, text: ({ reason }) => reason },
  { id: "before", label: "Before", isLong: true, text: ({ before }) => plain(before) },
  { id: "after", label: "After", isLong: true, text: ({ after }) => plain(after) },
];
