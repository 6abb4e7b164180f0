/** Bring the present tab of each row into sight where the row is wider than the screen. */
export function showPresentTab(root: Document): void {
  for (const row of root.querySelectorAll<HTMLElement>(".tabs")) {
    const present = row.querySelector<HTMLElement>("[aria-current]");
    if (present) row.scrollLeft = present.offsetLeft - (row.clientWidth - present.offsetWidth) / 2;
  }
}
