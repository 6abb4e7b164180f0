// How many people arrive when: a share of those on the list, spread evenly over some minutes.

export interface Plan {
  /** How many are to arrive in all. */
  people: number;
  /** Within how many milliseconds. */
  duration: number;
  /** At most so many at once. */
  most: number;
}

/** A plan that lets `share` percent of the `listed` people be there in the end, of whom only the `awaited` have not come yet. */
export function planArrivals(listed: number, awaited: number, share: number, minutes: number, most: number): Plan {
  const come = listed - awaited;
  const people = Math.min(awaited, Math.max(0, Math.round((listed * share) / 100) - come));
  return { people, duration: minutes * 60_000, most };
}

/** How many arrive now, `elapsed` milliseconds after the first moment, when `arrived` of them are there. */
export function dueNow(plan: Plan, elapsed: number, arrived: number): number {
  const share = plan.duration > 0 ? Math.min(1, elapsed / plan.duration) : 1;
  return Math.min(plan.most, Math.max(0, Math.floor(plan.people * share) - arrived));
}
