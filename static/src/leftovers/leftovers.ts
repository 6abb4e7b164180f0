import type { KeptEntry } from "../desk/entry.ts";
import { handOver, type Post } from "../desk/handover.ts";
import type { Store } from "../desk/store.ts";

export interface Leftovers {
  /** What the server took, or had already. */
  handed: number;
  /** What is still on the device. */
  left: number;
}

/**
 * Hand over what this device recorded as desks that may not act any more, and forget whom those desks expected: this
 * device is none of theirs now. What the server does not take stays on the device.
 */
export async function clearUp(store: Store, post: Post): Promise<Leftovers> {
  const waiting = (await store.entries()).filter(({ outcome }) => !outcome);
  let handed = 0;
  for (const uid of new Set(waiting.map(({ desk }) => desk))) {
    const entries = waiting.filter(({ desk }) => desk === uid);
    const taken = await handOver(post, uid, entries.map(actOf));
    for (const entry of entries) {
      const status = taken.get(entry.payload.client_ref);
      if (status !== "kept" && status !== "known") continue;
      await store.remove(entry);
      handed += 1;
    }
  }
  const { uid } = await store.device();
  const last = uid === undefined ? null : await store.desk(uid);
  // Without a line this device must not open as that desk again.
  if (last) await store.keepDesk({ ...last.desk, ended: true }, new Map(), true);
  await store.forgetDesksBut(uid ?? "");
  return { handed, left: waiting.length - handed };
}

function actOf(entry: KeptEntry): { act: string; client_ref: string } {
  return { act: entry.event, ...entry.payload };
}
