/** Say a local date and time the way the page's language does, weekday first: pickers speak the browser's language. */
export function inWords(value: string, language: string): string {
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime())) return "";
  const withTime = value.includes("T");
  const date = { weekday: "long", day: "2-digit", month: "2-digit", year: "numeric" } as const;
  const time = { hour: "2-digit", minute: "2-digit", hour12: false } as const;
  return moment.toLocaleString(language === "en" ? "en-GB" : "vi-VN", withTime ? { ...date, ...time } : date);
}

/** Keep the words beside every date field up to date. */
export function sayDates(root: Document): void {
  for (const input of root.querySelectorAll<HTMLInputElement>("input[type=date], input[type=datetime-local]")) {
    const words = root.createElement("output");
    words.className = "soft date-words";
    words.htmlFor.add(input.id);
    input.after(" ", words);
    const say = () => (words.textContent = inWords(input.value, root.documentElement.lang));
    input.addEventListener("input", say);
    say();
  }
}
