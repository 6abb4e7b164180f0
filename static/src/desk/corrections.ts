import type { Acts } from "./acts.ts";
import type { Desk } from "./desk.ts";
import type { Entry, Pending } from "./entry.ts";
import type { Correction } from "./person.ts";
import type { Row } from "./protocol.ts";

interface Parts {
  desk: Desk;
  acts: Acts;
  /** Show the person and ask for the reason of the correction. */
  open: (row: Row) => void;
}

/** What takes back what was done at this desk. */
export class Corrections {
  readonly #parts: Parts;
  /** The substitutions of this life of the page: whom each is about, by its `client_ref`. */
  readonly #substitutions = new Map<string, { replaced: number; substitute: number | null }>();
  readonly #withdrawn = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Asks for what is needed to take back what was just done; null where it cannot be taken back here. `row`: the person's, as the answer has it. */
  undoOf(entry: Entry, row: Row | null): (() => void) | null {
    const { desk, open } = this.#parts;
    this.#note(entry, row);
    const current = entry.event === "substitute" ? desk.roster.row(entry.delegate_id ?? -1) : row && (desk.roster.row(row.id) ?? row);
    if (!current || !this.#canUndo(entry, current)) return null;
    return () => open(desk.roster.row(current.id) ?? current);
  }

  undoOfPending({ entry, state, outcome }: Pending): (() => void) | null {
    if (state === "refused" || state === "handed_over" || state === "repeated") return null;
    const told = outcome?.ok ? outcome.answer.row : null;
    return this.undoOf(entry, told ?? this.#parts.desk.roster.row(entry.delegate_id ?? -1) ?? null);
  }

  /** The `client_ref` of the substitution that put this person into a seat, or took it from them, where this desk did it. */
  substitutionOf(row: Row): string | undefined {
    const { desk } = this.#parts;
    for (const { entry, outcome } of desk.pending) this.#note(entry, outcome?.ok ? outcome.answer.row : null);
    const found = [...this.#substitutions].findLast(([ref, { replaced, substitute }]) => {
      const isDenied = substitute !== null && desk.roster.row(substitute)?.state === "not_admitted";
      return !isDenied && !this.#withdrawn.has(ref) && (replaced === row.id || substitute === row.id);
    });
    return found?.[0];
  }

  carryOut(row: Row, correction: Correction, reason: string): void {
    const { acts } = this.#parts;
    if (correction === "undo_check_in") acts.undo(row, reason);
    else if (correction === "undo_leave") acts.undoLeave(row, reason);
    else {
      const substitution = this.substitutionOf(row);
      if (substitution) acts.withdraw(substitution, row, reason);
    }
  }

  #canUndo({ event }: Entry, row: Row): boolean {
    const { roster } = this.#parts.desk;
    switch (event) {
      case "check_in":
      case "walk_in":
      case "undo_leave":
        return roster.isHere(row);
      case "leave":
        return row.state === "left";
      case "substitute":
        return this.substitutionOf(row) !== undefined;
      default:
        return false;
    }
  }

  #note({ event, payload, delegate_id: replaced }: Entry, row: Row | null): void {
    if (event === "substitute" && replaced !== null) this.#substitutions.set(payload.client_ref, { replaced, substitute: row?.id ?? null });
    if (event === "withdraw_substitute") this.#withdrawn.add(String(payload["substitution"]));
  }
}
