/** The stretch of the page a list of items takes, in pixels from the top of the window. */
export interface Stretch {
  top: number;
  bottom: number;
}

/** Where something let go at `y` comes to stand among rows whose middles are `middles`, from 0. */
export function placeAt(middles: readonly number[], y: number): number {
  return middles.filter((middle) => middle < y).length;
}

/** The index of the stretch that holds `y`, else of the nearest one; -1 when there is none. */
export function nearest(stretches: readonly Stretch[], y: number): number {
  const distances = stretches.map(({ top, bottom }) => Math.max(top - y, y - bottom, 0));
  return distances.indexOf(Math.min(...distances));
}

/** The step a key asks for while Alt is held. */
export function stepOf(key: string): "up" | "down" | null {
  return key === "ArrowUp" ? "up" : key === "ArrowDown" ? "down" : null;
}

/** How far to scroll while something is held at `y` in a window of this height; 0 away from its edges. */
export function scrollBy(y: number, height: number, edge = 70, speed = 12): number {
  return y < edge ? -speed : y > height - edge ? speed : 0;
}
