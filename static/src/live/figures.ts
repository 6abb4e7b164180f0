/** Numbers and times the way the page's language writes them; the same rules as the server's `number`, `percent` and `clock`. */

/** A count with its thousands mark: 1.234 in Vietnamese, 1,234 in English. */
export function formatNumber(value: number, language: string): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, language === "vi" ? "." : ",");
}

/** A rate with two decimals, half to even like the server; "–" where there is nothing to divide by. */
export function formatPercent(part: number, whole: number, language: string): string {
  if (!whole) return "–";
  const rate = (100 * part) / whole;
  // Only odd eighths lie exactly between two hundredths in binary; toFixed would round them all up.
  const between = Number.isInteger(rate * 8) && Math.abs(rate * 8) % 2 === 1;
  const below = Math.floor(rate * 100);
  const text = (between ? (below + (below % 2)) / 100 : rate).toFixed(2);
  return `${language === "vi" ? text.replace(".", ",") : text}%`;
}

/** Making a format costs a hundred times what using it does. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Time of day in a time zone, 24 hours, with seconds if asked for. */
export function formatTime(moment: string | Date, zone: string, seconds = false): string {
  const key = `${zone} ${seconds}`;
  let format = formats.get(key);
  if (!format) {
    const options: Intl.DateTimeFormatOptions = { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    format = new Intl.DateTimeFormat("en-GB", seconds ? { ...options, second: "2-digit" } : options);
    formats.set(key, format);
  }
  return format.format(new Date(moment));
}
