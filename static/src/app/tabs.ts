/** Bring the present tab into sight where the row of tabs is wider than the screen. */
export function showPresentTab(root: Document): void {
  const row = root.querySelector<HTMLElement>(".tabs");
  const present = row?.querySelector<HTMLElement>("[aria-current]");
  if (row && present) row.scrollLeft = present.offsetLeft - (row.clientWidth - present.offsetWidth) / 2;
}
