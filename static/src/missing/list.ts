// The list as the server drew it, brought up to date in place, so that nobody loses what they are typing or where they are.

const GONE_MS = 6000;

/** Take over the list of a page that was read anew; `goneWords` are said in a row somebody works in that is not on it any more. */
export function takeOver(fresh: Document, goneWords: string): void {
  const mine = document.getElementById("missing-list");
  const theirs = fresh.getElementById("missing-list");
  const [counts, newCounts] = [document.getElementById("standings"), fresh.getElementById("standings")];
  if (!mine || !theirs || !counts || !newCounts) return;
  counts.replaceChildren(...newCounts.childNodes);
  const active = document.activeElement;
  const place = active?.closest("tr[data-row]")?.getAttribute("data-row");
  merge(mine, theirs, goneWords);
  if (place && !active?.isConnected) focusNear(mine, place, active?.getAttribute("value"));
}

function merge(mine: Element, theirs: Element, goneWords: string): void {
  const [table, fresh] = [mine.querySelector("table"), theirs.querySelector("table")];
  if (table && (fresh || isBusy(table))) {
    reconcile(table, Array.from(fresh?.tBodies ?? []), (unit, freshUnit) => {
      reconcile(unit, Array.from(freshUnit.children), freshRow, goneWords);
      return unit;
    }, goneWords);
    mine.querySelector(".pages")?.replaceWith(...theirs.querySelectorAll(".pages"));
  } else mine.replaceChildren(...theirs.childNodes);
}

/** Whether somebody is at work in here: something is opened, or a field has the focus. */
function isBusy(element: Element): boolean {
  return element.querySelector("details[open]") !== null || (element.contains(document.activeElement) && document.activeElement?.matches("input, select") === true);
}

/**
 * Give `parent` the children `wanted`, known ones (by unit or row) through `update`. Children that somebody works in stay where
 * they are, for a moved field loses the focus; those not wanted any more say so for a while.
 */
function reconcile(parent: Element, wanted: Element[], update: (old: Element, fresh: Element) => Element, goneWords: string): void {
  const known = new Map(Array.from(parent.children).flatMap((child) => (keyOf(child) ? [[keyOf(child), child]] : [])));
  let cursor: Element | null = known.values().next().value ?? null;
  for (const fresh of wanted) {
    const old = known.get(keyOf(fresh));
    known.delete(keyOf(fresh));
    if (old && isBusy(old)) {
      update(old, fresh);
      while (cursor && cursor !== old) cursor = after(cursor, !isBusy(cursor));
      cursor = old.nextElementSibling;
      continue;
    }
    const node = old ? update(old, fresh) : fresh;
    if (node !== old) node.classList.add("changed");
    if (old && old !== node) cursor = cursor === old ? after(old, true) : (old.remove(), cursor);
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
  for (const old of known.values()) isBusy(old) ? sayGone(old, goneWords) : old.classList.contains("gone") || old.remove();
}

function after(element: Element, removing: boolean): Element | null {
  const next = element.nextElementSibling;
  if (removing) element.remove();
  return next;
}

/** What a unit or a row is known by; the head of a unit by its being one. */
function keyOf(element: Element): string {
  return element.getAttribute("data-unit") ?? element.getAttribute("data-row") ?? element.classList.item(0) ?? "";
}

/** The row as it was read now; one in which somebody works gets only what is known of the person. */
function freshRow(old: Element, fresh: Element): Element {
  if (isBusy(old)) {
    const standing = fresh.querySelector(".standing");
    if (standing) old.querySelector(".standing")?.replaceWith(standing);
    return old;
  }
  return old.innerHTML === fresh.innerHTML ? old : fresh;
}

/** Nothing moves under a finger: the rows stay for a moment, their buttons do not. */
function sayGone(element: Element, words: string): void {
  for (const details of element.querySelectorAll("details[open]")) details.removeAttribute("open");
  for (const row of element.matches("tr") ? [element] : element.querySelectorAll("tr[data-row]")) {
    row.classList.add("gone");
    const standing = row.querySelector(".standing");
    if (standing) standing.textContent = words;
  }
  element.classList.add("gone");
  setTimeout(() => element.remove(), GONE_MS);
}

/** Where the button that was pressed stood: the same one, else another of its row, else the list. */
function focusNear(list: Element, place: string, control: string | null | undefined): void {
  const row = Array.from(list.querySelectorAll("tr[data-row]")).find((candidate) => candidate.getAttribute("data-row") === place);
  const buttons = Array.from(row?.querySelectorAll<HTMLButtonElement>(".marks > button") ?? []);
  const next = buttons.find((button) => button.value === control) ?? buttons[0] ?? (list as HTMLElement);
  next.focus({ preventScroll: true });
}
