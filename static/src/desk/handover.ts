import { within } from "./patience.ts";

export interface Reply {
  status: number;
  body: unknown;
}

/** Asks the server to take acts of a desk that may not act any more. */
export type Post = (body: object) => Promise<Reply>;

/** `kept`: it waits for an organiser; `known`: the server had it already; `malformed`: it cannot be read. */
export type HandoverStatus = "kept" | "known" | "malformed";

const ACTS = 100;
const BYTES = 400_000;
const STATUSES = new Set(["kept", "known", "malformed"]);
const ANSWER_MS = 20_000;

/**
 * Hand over what the desk `uid` has recorded, in the order given. Returns the status of each act by its `client_ref`; what the
 * server did not take (no line, not now, not from this browser) is not among them and must be kept.
 */
export async function handOver(post: Post, uid: string, acts: readonly { client_ref: string }[]): Promise<Map<string, HandoverStatus>> {
  const taken = new Map<string, HandoverStatus>();
  for (const batch of batches(acts)) {
    const reply = await within(ANSWER_MS, post({ desk: uid, acts: batch })).catch(() => null);
    if (reply?.status !== 200) break;
    const { results } = reply.body as { results: { status: string }[] };
    for (const [i, act] of batch.entries()) {
      const status = results[i]?.status ?? "";
      if (STATUSES.has(status)) taken.set(act.client_ref, status as HandoverStatus);
    }
  }
  return taken;
}

/** Hands over by the server's own address, as whichever desk this browser's cookie says. */
export const postHandover: Post = async (body) => {
  const reply = await fetch("/desk/handover", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return { status: reply.status, body: reply.ok ? await reply.json() : null };
};

function* batches<T>(acts: readonly T[]): Generator<T[]> {
  let [batch, bytes]: [T[], number] = [[], 0];
  for (const act of acts) {
    const size = new TextEncoder().encode(JSON.stringify(act)).length + 1;
    if (batch.length === ACTS || (batch.length && bytes + size > BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(act);
    bytes += size;
  }
  if (batch.length) yield batch;
}
