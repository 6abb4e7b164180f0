// A desk with a transport, a store and a clock of our own.
import { DeskClock } from "../../static/src/desk/clock.ts";
import { Desk } from "../../static/src/desk/desk.ts";
import type { Entry, KeptEntry, Outcome } from "../../static/src/desk/entry.ts";
import type { Reply } from "../../static/src/desk/handover.ts";
import type { Row } from "../../static/src/desk/protocol.ts";
import type { Siblings, Word } from "../../static/src/desk/siblings.ts";
import type { Store } from "../../static/src/desk/store.ts";
import { answer, changes, FakeTime, FakeTransport, here, NOW, recorded, row, snapshot, verdict } from "./fakes.ts";
import { MemoryStore } from "./memory_store.ts";

/** Several pages of one browser: each hears what the others tell. */
export class FakeTabs {
  readonly #handlers = new Map<Siblings, ((word: Word) => void)[]>();

  open(): Siblings {
    const mine: Siblings = {
      tell: (word) => this.#others(mine).forEach((handler) => handler(structuredClone(word))),
      onWord: (handler) => void this.#handlers.set(mine, [...(this.#handlers.get(mine) ?? []), handler]),
      alone: (_name, action) => action(),
    };
    return mine;
  }

  #others(mine: Siblings): ((word: Word) => void)[] {
    return [...this.#handlers].flatMap(([siblings, handlers]) => (siblings === mine ? [] : handlers));
  }
}

/** Runs out of room, or is taken away, when it is told to. */
export class FragileStore extends MemoryStore {
  trouble: string | null = null;
  /** What writing waits for. */
  gate: Promise<unknown> = Promise.resolve();

  override async put(entry: KeptEntry): Promise<void> {
    await this.gate;
    if (this.trouble) throw new DOMException("", this.trouble);
    await super.put(entry);
  }

  override async entries(): Promise<KeptEntry[]> {
    if (this.trouble === "UnknownError") throw new DOMException("", this.trouble);
    return super.entries();
  }
}

interface Options {
  uid?: string;
  store?: Store;
  transport?: FakeTransport;
  time?: FakeTime;
  life?: string;
  siblings?: Siblings;
  post?: (body: { desk: string; acts: { client_ref: string }[] }) => Promise<Reply>;
}

export interface Made {
  desk: Desk;
  transport: FakeTransport;
  store: Store;
  time: FakeTime;
  answers: [Entry, Outcome][];
  moved: Row[];
  /** Every `await` that is a pause, until it is let go on. */
  pauses: { ms: number; end: () => void }[];
  posted: { desk: string; acts: { client_ref: string }[] }[];
}

let refs = 0;

/** References begin again at "ref-1". */
export function resetRefs(): void {
  refs = 0;
}

/** A desk of site 7 whose roster is Đức (1), Ân (2) and Út (3); the server accepts everything. */
export function make(options: Options = {}): Made {
  const { store = new MemoryStore(), transport = new FakeTransport(), time = new FakeTime(), uid = "desk-1" } = options;
  const made: Omit<Made, "desk"> = { transport, store, time, answers: [], moved: [], pauses: [], posted: [] };
  const clock = new DeskClock({ wall: () => time.wall, steady: () => time.steady, life: options.life ?? "life-1" });
  const desk = new Desk({
    uid,
    transport,
    clock,
    store,
    ...(options.siblings && { siblings: options.siblings }),
    newRef: () => `ref-${++refs}`,
    post: async (body) => {
      const sent = body as Made["posted"][number];
      made.posted.push(sent);
      return options.post ? options.post(sent) : { status: 200, body: { results: sent.acts.map(({ client_ref }) => ({ client_ref, status: "kept" })) } };
    },
    changed: () => undefined,
    answered: (entry, outcome) => made.answers.push([entry, outcome]),
    arrivedElsewhere: (who) => made.moved.push(who),
    wait: (ms) => new Promise<void>((end) => made.pauses.push({ ms, end })),
  });
  const people = [row(1, "Đức"), row(2, "Ân"), row(3, "Út")];
  let revision = 10;
  const accept = (act: Record<string, unknown>) => {
    const who = people.find(({ id }) => id === act["delegate_id"]);
    return { verdict: verdict(), row: who ? here(who) : null };
  };
  transport.replies["sync"] = ({ since }) => ({ ok: true, ...(since === null ? snapshot(revision, people) : changes(revision + 2, [])) });
  transport.replies["record"] = ({ acts }) => recorded((revision += (acts as []).length), (acts as Record<string, unknown>[]).map((act) => ({ ok: true, ...accept(act) })));
  for (const event of ["check_in", "undo_check_in", "leave", "undo_leave", "substitute", "withdraw_substitute", "walk_in", "count_heads"]) {
    transport.replies[event] = (act) => ({ ...answer(++revision, null), ...accept(act) });
  }
  return { desk, ...made };
}

export function kept(ref: string, changes: Partial<KeptEntry> = {}): KeptEntry {
  return {
    event: "check_in", payload: { client_ref: ref, occurred_at: NOW, clock_offset_ms: 0, method: "name", delegate_id: 2 }, delegate_id: 2,
    desk: "desk-1", conference_id: 1, outcome: null, ...changes,
  };
}
