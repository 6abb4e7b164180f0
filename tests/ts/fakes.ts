// A connection without a network, and rows as the server sends them.
import type { Answer, Counts, Row, Snapshot, Verdict } from "../../static/src/desk/protocol.ts";
import type { Ack, Transport } from "../../static/src/live/transport.ts";

type Payload = Record<string, unknown>;

export const COUNTS: Counts = { summoned: 4, named: 4, vacant: 0, present: 0, not_yet: 4, excused: 0, visiting: 0 };

/** Let everything that was begun come to rest. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
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
    id, name, fold, sort: fold, position: "", unit: "", rank: "staff", order: 1000, expected_here: true, expected_site: "Phan Thiết",
    state: "not_yet", mode: "in_person", since: null, at: null, desk: null, ...changes,
  };
}

/** The snapshot of site 7. */
export function snapshot(revision: number, roster: Row[]): Snapshot {
  const conference = { id: 1, title: "Hội nghị", state: "published", starts_at: "2023-01-16T07:00:00.000Z", timezone: "Asia/Ho_Chi_Minh", address_form: "delegate" };
  return { now: "2023-01-16T06:30:00.000Z", revision, conference, site: { id: 7, name: "Phan Thiết" }, roster, counts: COUNTS };
}

export function answer(revision: number, who: Row | null, verdict: Partial<Verdict> = {}): Answer & { ok: true } & Payload {
  const full: Verdict = { verdict: "accepted", reason: null, since: null, site: null, desk: null, ...verdict };
  return { ok: true, now: "2023-01-16T06:30:00.000Z", revision, verdict: full, row: who, counts: COUNTS };
}
