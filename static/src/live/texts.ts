export type Texts = Readonly<Record<string, string>>;

/** The texts a template put into `data-texts`. */
export function readTexts(element: HTMLElement): Texts {
  return JSON.parse(element.dataset["texts"] ?? "{}") as Texts;
}

/** The text called `key` with its `{placeholders}` filled in one pass: a name that holds braces stays as it is. */
export function say(texts: Texts, key: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
