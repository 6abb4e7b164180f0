const QUIET_MS = 150;

export interface Offer {
  label: string;
  path: string;
}

/** Whether what stands in the field is one of the offers already: then there is nothing to ask for. */
export function isChosen(value: string, offers: readonly Offer[]): boolean {
  return offers.some((offer) => offer.label === value);
}

/** Fields with `data-choices="address"` offer, while one types, what fits; answers to older words are dropped. */
export function offerChoices(root: Document): void {
  for (const input of root.querySelectorAll<HTMLInputElement>("input[data-choices]")) {
    const list = input.list;
    if (!list) continue;
    let offers: Offer[] = [];
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    const ask = async () => {
      const turn = ++asked;
      const answer = await fetch(`${input.dataset["choices"]}?${new URLSearchParams({ q: input.value })}`);
      if (!answer.ok || turn !== asked) return;
      offers = ((await answer.json()) as { choices: Offer[] }).choices;
      list.replaceChildren(
        ...offers.map(({ label, path }) => {
          const option = root.createElement("option");
          option.value = label;
          option.label = path ? `${label} (${path})` : label;
          return option;
        }),
      );
    };
    const askSoon = () => {
      clearTimeout(waiting);
      if (!isChosen(input.value, offers)) waiting = setTimeout(() => void ask().catch(() => undefined), QUIET_MS);
    };
    input.addEventListener("input", askSoon);
    input.addEventListener("focus", askSoon);
  }
}
