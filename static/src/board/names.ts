import type { SiteCounts } from "./protocol.ts";

const ENOUGH = 3;

/**
 * The sites' names for small tiles, by id: without the words before the proper name (“Điểm cầu UBND huyện”) that others begin
 * with as well. Two names never become one, and none begins with a number.
 */
export function shortNames(sites: readonly Pick<SiteCounts, "id" | "name">[]): Map<number, string> {
  const names = sites.map(({ id, name }) => ({ id, words: name.split(" ") }));
  const beginnings = new Map<string, number>();
  for (const { words } of names) for (let n = 1; n < words.length; n++) add(beginnings, words.slice(0, n).join(" "));
  const shorts = names.map(({ id, words }) => ({ id, words, short: rest(words, commonWords(words, beginnings, sites.length)) }));
  const takers = new Map<string, string[][]>();
  for (const { words, short } of shorts) takers.set(short, [...(takers.get(short) ?? []), words]);
  return new Map(shorts.map(({ id, words, short }) => {
    const same = takers.get(short) ?? [];
    return [id, same.length > 1 ? rest(words, sharedWords(same)) : short];
  }));
}

/** How many words to leave out: all before the proper name where some others begin so, else those that half of all begin with. */
function commonWords(words: readonly string[], beginnings: ReadonlyMap<string, number>, all: number): number {
  const most = beforeProper(words);
  for (let n = most; n > 0; n--) {
    const others = beginnings.get(words.slice(0, n).join(" ")) ?? 0;
    if (others > 1 && (others * 2 >= all || (n === most && others >= ENOUGH))) return n;
  }
  return 0;
}

/** How many words all of `names` begin with; 0 where they are the same altogether. */
function sharedWords(names: readonly (readonly string[])[]): number {
  const first = names[0] ?? [];
  const n = first.findIndex((word, i) => names.some((words) => words[i] !== word));
  return n < 0 ? 0 : Math.min(n, beforeProper(first));
}

/** How many words stand before the first proper one, the last word not counted. A word in capitals (UBND) is not proper. */
function beforeProper(words: readonly string[]): number {
  const n = words.findIndex((word, i) => i > 0 && /^\p{Lu}/u.test(word) && word !== word.toUpperCase());
  return n < 0 ? words.length - 1 : n;
}

function rest(words: readonly string[], leftOut: number): string {
  const text = words.slice(leftOut).join(" ");
  return /^\p{L}/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : words.join(" ");
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
