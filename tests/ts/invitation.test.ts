import assert from "node:assert/strict";
import { test } from "node:test";
import { Heartbeat, type Answer, type Beat, type Surroundings } from "../../static/src/invitation/heartbeat.ts";

/** A page and a server by hand: what was told, shown and waited for. */
class Page implements Surroundings {
  told: string[] = [];
  shown: string[] = [];
  lostSaid: boolean[] = [];
  waits: number[] = [];
  next: Beat | null = null;
  #call: (() => void) | null = null;
  #answers: ((answer: Answer | Error) => void)[] = [];

  tell(known: string): Promise<Answer> {
    this.told.push(known);
    return new Promise((resolve, reject) => this.#answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer))));
  }

  show(panel: string): Beat | null {
    this.shown.push(panel);
    return this.next;
  }

  lost(isLost: boolean): void {
    this.lostSaid.push(isLost);
  }

  after(ms: number, call: () => void): () => void {
    this.waits.push(ms);
    this.#call = call;
    return () => (this.#call = null);
  }

  /** Let the time that is waited for pass. */
  elapse(): void {
    const call = this.#call;
    this.#call = null;
    call?.();
  }

  get isWaiting(): boolean {
    return this.#call !== null;
  }

  async answer(answer: Answer | Error): Promise<void> {
    this.#answers.shift()?.(answer);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const PRESENT = { key: "present-1", seconds: 30 };

test("a page speaks every so often and says what it shows", async () => {
  const page = new Page();
  new Heartbeat(page, PRESENT);
  for (let n = 0; n < 3; n += 1) {
    page.elapse();
    await page.answer({ key: "present-1" });
  }
  assert.deepEqual(page.told, ["present-1", "present-1", "present-1"]);
  assert.deepEqual(page.waits, [30_000, 30_000, 30_000, 30_000]);
  assert.deepEqual(page.shown, []);
});

test("what the server says anew is shown, and the page goes on from there", async () => {
  const page = new Page();
  const heartbeat = new Heartbeat(page, { key: "waiting-1", seconds: 30 });
  page.next = { key: "present-1", seconds: 10 };
  page.elapse();
  await page.answer({ key: "present-1", panel: "<p>present</p>" });
  assert.deepEqual([page.shown, heartbeat.known, page.waits], [["<p>present</p>"], "present-1", [30_000, 10_000]]);
});

test("a panel that is not to be heard of ends it", async () => {
  const page = new Page();
  const heartbeat = new Heartbeat(page, PRESENT);
  page.elapse();
  await page.answer({ key: "over-1", panel: "" });
  await heartbeat.now();
  assert.deepEqual([page.told.length, page.isWaiting, heartbeat.known], [1, false, null]);
});

test("a server that is not reached is said and tried again", async () => {
  const page = new Page();
  new Heartbeat(page, PRESENT);
  page.elapse();
  await page.answer(new Error("offline"));
  page.elapse();
  await page.answer({ key: "present-1" });
  assert.deepEqual([page.lostSaid, page.told.length, page.isWaiting], [[true, false], 2, true]);
});

test("a page in sight again speaks at once, one message at a time", async () => {
  const page = new Page();
  const heartbeat = new Heartbeat(page, PRESENT);
  void heartbeat.now();
  void heartbeat.now();
  assert.deepEqual([page.told.length, page.isWaiting], [1, false]);
  await page.answer({ key: "present-1" });
  assert.deepEqual([page.told.length, page.isWaiting], [1, true]);
});

test("a page that takes no part says nothing", async () => {
  const page = new Page();
  await new Heartbeat(page, null).now();
  assert.deepEqual([page.told, page.waits], [[], []]);
});
