type Typed = Record<string, string>;

/**
 * What was typed into a form, kept by subject until it is carried out: a scan closes dialogs, a phone kills pages. It stays
 * with this tab of the browser and goes with it.
 */
export class Draft {
  readonly #form: HTMLFormElement;
  readonly #key: string;
  #kept: Record<string, Typed>;
  #subject = "";

  constructor(form: HTMLFormElement) {
    this.#form = form;
    this.#key = `confsvc.desk.draft.${form.id}`;
    this.#kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}") as Record<string, Typed>;
    form.addEventListener("input", () => this.#keep());
  }

  /** The subject of something typed and not carried out yet, the latest first. */
  get unfinished(): string | undefined {
    return Object.keys(this.#kept).at(-1);
  }

  typed(subject: string): Typed {
    return this.#kept[subject] ?? {};
  }

  /** Show what was typed about `subject`. */
  open(subject: string): void {
    this.#subject = subject;
    this.#fill(this.typed(subject));
  }

  /** Put `typed` there as if somebody had typed it. */
  replace(typed: Typed): void {
    this.#fill(typed);
    this.#keep();
  }

  /** What is typed is about `subject` from now on. */
  turnTo(subject: string): void {
    const typed = this.#kept[this.#subject];
    delete this.#kept[this.#subject];
    this.#subject = subject;
    if (typed) this.#kept[subject] = typed;
    this.#save();
  }

  /** It has been carried out, or is not wanted any more. */
  drop(): void {
    delete this.#kept[this.#subject];
    this.#form.reset();
    this.#save();
  }

  #fill(typed: Typed): void {
    this.#form.reset();
    for (const [name, value] of Object.entries(typed)) {
      const field = this.#form.elements.namedItem(name);
      if (field instanceof RadioNodeList || field instanceof HTMLInputElement) field.value = value;
    }
  }

  #keep(): void {
    const typed: Typed = {};
    let anything = false;
    for (const [name, value] of new FormData(this.#form)) {
      if (typeof value !== "string") continue;
      typed[name] = value;
      const field = this.#form.elements.namedItem(name);
      if (field instanceof HTMLInputElement && value.trim()) anything = true;
    }
    delete this.#kept[this.#subject];
    if (anything) this.#kept[this.#subject] = typed;
    this.#save();
  }

  #save(): void {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(this.#kept));
    } catch {
      // A full device keeps it as long as the page lives.
    }
  }
}
