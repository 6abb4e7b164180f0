// The list as the server drew it, brought up to date row by row, so that nobody loses what they are typing.

/** Whether somebody is at work in this row: something is opened or has the focus of the keyboard. */
export function isBusy(row: Element): boolean {
  return row.querySelector("details[open]") !== null || (row.contains(document.activeElement) && document.activeElement?.tagName !== "BUTTON");
}

/** Take over the list of a page that was read anew; `goneWords` are said in a row somebody works in that is not on it any more. */
export function takeOver(fresh: Document, goneWords: string): void {
  for (const id of ["standings", "missing-list"]) {
    const [mine, theirs] = [document.getElementById(id), fresh.getElementById(id)];
    if (mine && theirs) id === "missing-list" ? merge(mine, theirs, goneWords) : mine.replaceChildren(...theirs.childNodes);
  }
}

function merge(mine: Element, theirs: Element, goneWords: string): void {
  const rows = new Map(Array.from(mine.querySelectorAll("tr[data-row]"), (row) => [row.getAttribute("data-row"), row]));
  const pressed = document.activeElement?.closest("tr[data-row]") ?? null;
  const place = pressed?.getAttribute("data-row");
  const control = document.activeElement?.getAttribute("value");
  for (const row of theirs.querySelectorAll("tr[data-row]")) {
    const old = rows.get(row.getAttribute("data-row"));
    if (!old) row.classList.toggle("changed", rows.size > 0);
    else if (isBusy(old)) row.replaceWith(keep(old, row));
    else if (old.innerHTML === row.innerHTML) row.replaceWith(old);
    else row.classList.add("changed");
    rows.delete(row.getAttribute("data-row"));
  }
  const table = theirs.querySelector("table");
  for (const row of rows.values()) if (isBusy(row) && table) keepGone(row, table, goneWords);
  mine.replaceChildren(...theirs.childNodes);
  if (place && !document.activeElement?.closest("tr[data-row]")) focusNear(mine, place, control);
}

/** The row somebody works in, with what is known of the person now. */
function keep(old: Element, fresh: Element): Element {
  const standing = fresh.querySelector(".standing");
  if (standing) old.querySelector(".standing")?.replaceWith(standing);
  return old;
}

function keepGone(row: Element, table: Element, words: string): void {
  const unit = row.closest("tbody")?.getAttribute("data-unit");
  const body = table.querySelector(`tbody[data-unit="${unit}"]`) ?? table.appendChild(document.createElement("tbody"));
  const standing = row.querySelector(".standing");
  if (standing) standing.textContent = words;
  row.classList.add("gone");
  body.append(row);
}

/** Where the button that was pressed stood: the same one, else another of its row, else the list. */
function focusNear(list: Element, place: string, control: string | null | undefined): void {
  const row = Array.from(list.querySelectorAll("tr[data-row]")).find((candidate) => candidate.getAttribute("data-row") === place);
  const buttons = Array.from(row?.querySelectorAll("button") ?? []);
  const next = buttons.find((button) => button.value === control) ?? buttons[0] ?? (list as HTMLElement);
  next.focus({ preventScroll: true });
}
