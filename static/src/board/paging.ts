/** Upper and lower edge of a card, in pixels from the top of its list. */
export interface Edges {
  top: number;
  bottom: number;
}

/** The index after the last card that is seen whole in `room` pixels where card `first` is the first; at least one card is. */
export function endOfPage(cards: readonly Edges[], first: number, room: number): number {
  let end = first + 1;
  while (end < cards.length && (cards[end]?.bottom ?? 0) - (cards[first]?.top ?? 0) <= room) end++;
  return Math.min(end, cards.length);
}
