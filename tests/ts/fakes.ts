// A connection without a network, a clock that is set by hand, and rows as the server sends them.
import type { Answer, Changes, ConferenceInfo, Counts, Row, Snapshot, Verdict } from "../../static/src/desk/protocol.ts";
import type { Ack, Transport } from "../../static/src/live/transport.ts";

type Payload = Record<string, unknown>;

export const COUNTS: Counts = {
  summoned: 4, named: 4, vacant: 0, present: 0, away: 0, not_yet: 4, excused: 0, visiting: 0, walk_ins: 0, online: 0, substitutes: 0, late: 0, headcount: null,
};
export const NOW = "2023-01-16T06:30:00.000Z";

/** Let everything that was begun come to rest. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** The two clocks of a device: one that anybody can set, and one that only counts. */
export class FakeTime {
  wall: number;
  steady = 0;

  constructor(wall: string = NOW) {
    this.wall = Date.parse(wall);
  }

  pass(ms: number): void {
    this.wall += ms;
    this.steady += ms;
  }

  /** The device sleeps: only one of its clocks goes on. */
  sleep(ms: number): void {
    this.wall += ms;
  }

  set(ms: number): void {
    this.wall += ms;
  }
}

/** `replies[event]` answers a request; null means that no answer comes in time. */
export class FakeTransport implements Transport {
  connected = false;
  closed = false;
  restarts = 0;
  readonly sent: [event: string, payload: Payload][] = [];
  readonly replies: Record<string, (payload: Payload) => Payload | null> = {};
  readonly #handlers = new Map<string, ((message: never) => void)[]>();

  async request<T>(event: string, payload: object): Promise<Ack<T>> {
    this.sent.push([event, payload as Payload]);
    await Promise.resolve();
    const reply = this.replies[event]?.(payload as Payload);
    if (!reply) throw new Error("no answer");
    return reply as Ack<T>;
  }

  on(event: string, handler: (message: never) => void): void {
    this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handler]);
  }

  onConnect(handler: () => void): void {
    this.on("connect", handler);
  }

  onDisconnect(handler: () => void): void {
    this.on("disconnect", handler);
  }

  onFailed(handler: () => void): void {
    this.on("failed", handler);
  }

  onRefused(handler: (code: string) => void): void {
    this.on("refused", handler as (message: never) => void);
  }

  restart(): void {
    this.restarts++;
    this.drop();
  }

  close(): void {
    this.connected = false;
    this.closed = true;
  }

  tell(event: string, message: unknown): void {
    for (const handler of this.#handlers.get(event) ?? []) handler(message as never);
  }

  async connect(): Promise<void> {
    this.connected = true;
    this.tell("connect", undefined);
    await settle();
  }

  drop(): void {
    this.connected = false;
    this.tell("disconnect", undefined);
  }

  refuse(code: string): void {
    this.tell("refused", code);
  }
}

export function row(id: number, name: string, changes: Partial<Row> = {}): Row {
  const fold = name.normalize("NFD").replace(/\p{Mn}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
  return {
    id, name, fold, sort: fold, position: "", unit: "", rank: "staff", required_rank: "any", order: 1000, origin: "listed", pass: null,
    expected_here: true, expected_site: "Phan Thiết", state: "not_yet", mode: "in_person", since: null, at: null, at_site: null, desk: null,
    late: false, by: null, ...changes,
  };
}

/** The same row, checked in at site 7. */
export function here(who: Row, changes: Partial<Row> = {}): Row {
  return { ...who, state: "present", since: NOW, at: 7, at_site: "Phan Thiết", ...changes };
}

/** The same row, checked in at another site. */
export function elsewhere(who: Row): Row {
  return here(who, { at: 8, at_site: "La Gi" });
}

export const CONFERENCE: ConferenceInfo = {
  id: 1, title: "Hội nghị", state: "published", starts_at: "2023-01-16T07:00:00.000Z", opens_at: "2023-01-16T06:00:00.000Z", ends_at: "2023-01-16T10:00:00.000Z",
  closed_at: null, late_minutes: 0, walk_ins: "open", timezone: "Asia/Ho_Chi_Minh", address_form: "delegate", rehearsal: false,
};

/** The snapshot of site 7, for the desk "desk-1". */
export function snapshot(revision: number, roster: Row[], changes: Partial<Snapshot> = {}): Snapshot {
  return {
    now: NOW, revision, desk: { uid: "desk-1", name: "Bàn 1" }, conference: CONFERENCE, site: { id: 7, name: "Phan Thiết" },
    passes: { key: "00".repeat(32), conference_id: 1, revoked: [] }, roster, counts: COUNTS, ...changes,
  };
}

export function changes(revision: number, rows: Row[], more: Partial<Changes> = {}): Changes {
  return { now: NOW, revision, rows, revoked: [], counts: COUNTS, ...more };
}

export function verdict(more: Partial<Verdict> = {}): Verdict {
  return { verdict: "accepted", reason: null, since: null, site: null, desk: null, by: null, ...more };
}

export function answer(revision: number, who: Row | null, more: Partial<Verdict> = {}): Answer & { ok: true } & Payload {
  return { ok: true, now: NOW, revision, verdict: verdict(more), row: who, counts: COUNTS };
}

/** The answer to a `record`, each act being answered by `results` or accepted. */
export function recorded(revision: number, results: object[]): Payload {
  return { ok: true, now: NOW, revision, results, counts: COUNTS };
}
