// Desks that may not act any more, desks that this device was before, and several pages of one desk.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Reply } from "../../static/src/desk/handover.ts";
import { clearUp } from "../../static/src/leftovers/leftovers.ts";
import { FakeTabs, kept, make, resetRefs } from "./desk_making.ts";
import { NOW, settle, snapshot } from "./fakes.ts";
import { MemoryStore } from "./memory_store.ts";

const REVOKED = { ok: false, error: { code: "desk_revoked", message: "" } };
const reply = (acts: { client_ref: string }[], status: string): Reply => ({ status: 200, body: { results: acts.map(({ client_ref }) => ({ client_ref, status })) } });

beforeEach(resetRefs);

describe("a desk that was revoked", () => {
  test("stops, and hands over what it had not sent", async () => {
    const { desk, transport, posted, store } = make();
    transport.replies["check_in"] = () => REVOKED;
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    await settle();
    assert.deepEqual([desk.connection, transport.closed, desk.unsent], ["revoked", true, 0]);
    assert.deepEqual(posted, [{ desk: "desk-1", acts: [{ act: "check_in", client_ref: "ref-1", occurred_at: NOW, clock_offset_ms: 0, method: "name", delegate_id: 1 }] }]);
    assert.deepEqual([desk.pending.map(({ state }) => state), await store.entries()], [["handed_over"], []]);
  });

  test("while it had no line hands over everything once it hears of it", async () => {
    const { desk, transport, posted } = make();
    await desk.start();
    await transport.connect();
    transport.drop();
    for (let i = 0; i < 230; i++) desk.countHeads(i, "");
    await settle();
    transport.refuse("desk_revoked");
    await settle();
    assert.deepEqual([posted.map(({ acts }) => acts.length), desk.unsent, desk.pending.filter(({ state }) => state === "handed_over").length], [[100, 100, 30], 0, 230]);
  });

  test("says so while it hands over, and takes what is done meanwhile", async () => {
    let take: (reply: Reply) => void = () => undefined;
    const { desk, transport, posted } = make({ post: () => new Promise((resolve) => (take = resolve)) });
    await desk.start();
    await transport.connect();
    transport.drop();
    await desk.checkInByName(1).judgement;
    transport.refuse("desk_revoked");
    await settle();
    assert.equal(desk.connection, "handing_over");
    await desk.checkInByName(2).judgement;
    take(reply(posted[0]!.acts, "kept"));
    await settle();
    assert.deepEqual([desk.connection, desk.unsent], ["revoked", 1]);
    void desk.tick();
    await settle();
    take(reply(posted[1]!.acts, "kept"));
    await settle();
    assert.equal(desk.unsent, 0);
  });

  for (const [what, answer] of [
    ["is out of reach", () => Promise.reject(new Error("no line"))],
    ["does not know this browser", async () => ({ status: 403, body: null })],
    ["keeps too much already", async () => ({ status: 429, body: null })],
    ["is broken", async () => ({ status: 500, body: null })],
  ] as const) {
    test(`keeps everything where the server ${what}, and tries again`, async () => {
      let now: () => Promise<Reply> = answer;
      const { desk, transport, store, posted } = make({ post: async () => now() });
      await desk.start();
      await transport.connect();
      transport.drop();
      await desk.checkInByName(1).judgement;
      transport.refuse("desk_revoked");
      await settle();
      assert.deepEqual([desk.connection, desk.unsent, (await store.entries()).length], ["revoked", 1, 1]);
      now = async () => reply(posted[0]!.acts, "known");
      await desk.tick();
      assert.deepEqual([desk.unsent, await store.entries()], [0, []]);
    });
  }

  test("what the server cannot read is told, and not thrown away", async () => {
    const { desk, transport, store } = make({ post: async ({ acts }) => reply(acts, "malformed") });
    await desk.start();
    await transport.connect();
    transport.drop();
    await desk.checkInByName(1).judgement;
    transport.refuse("desk_unknown");
    await settle();
    assert.deepEqual([desk.pending.map(({ state }) => state), (await store.entries()).length], [["refused"], 1]);
  });

  test("opens as revoked without a line, and works again if the server says so", async () => {
    const first = make();
    await first.desk.start();
    await first.transport.connect();
    first.transport.tell("desk_revoked", { now: NOW });
    await settle();
    const { desk, transport } = make({ store: first.store });
    await desk.start();
    transport.tell("failed", undefined);
    assert.equal(desk.connection, "revoked");
    await transport.connect();
    assert.equal(desk.connection, "online");
  });
});

describe("a device that was another desk before", () => {
  const left = async (conference_id: number | null) => {
    const store = new MemoryStore();
    await store.put(kept("left-1", { desk: "desk-0", conference_id }));
    await store.put(kept("left-2", { desk: "desk-0", conference_id }));
    return store;
  };

  test("hands over what that desk has left, as that desk's", async () => {
    const store = await left(1);
    const { desk, transport, posted } = make({ store });
    await desk.start();
    await transport.connect();
    assert.deepEqual(posted.map((sent) => [sent.desk, sent.acts.map(({ client_ref }) => client_ref)]), [["desk-0", ["left-1", "left-2"]]]);
    assert.deepEqual([await store.entries(), desk.leftBehind, transport.sent.map(([event]) => event)], [[], 0, ["sync"]]);
  });

  test("keeps what belongs to another conference, and says how much it is", async () => {
    const store = await left(4);
    const { desk, transport, posted } = make({ store });
    await desk.start();
    await transport.connect();
    assert.deepEqual([posted, (await store.entries()).length, desk.leftBehind], [[], 2, 2]);
  });

  test("keeps what the server does not take", async () => {
    const store = await left(1);
    const { desk, transport } = make({ store, post: async () => ({ status: 403, body: null }) });
    await desk.start();
    await transport.connect();
    assert.deepEqual([(await store.entries()).length, desk.leftBehind], [2, 2]);
  });

  test("forgets the people of that desk", async () => {
    const first = make({ uid: "desk-0" });
    await first.desk.start();
    first.transport.replies["sync"] = () => ({ ok: true, ...snapshot(10, [], { desk: { uid: "desk-0", name: "Bàn 0" } }) });
    await first.transport.connect();
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.notEqual(await first.store.desk("desk-0"), null);
    const { desk, transport } = make({ store: first.store });
    await desk.start();
    await transport.connect();
    assert.equal(await first.store.desk("desk-0"), null);
  });

  test("a page that still is the old desk sends nothing as the new one", async () => {
    const store = new MemoryStore();
    const { desk, transport, posted } = make({ store });
    await store.keepDevice({ uid: "desk-1" });
    await desk.start();
    await transport.connect();
    transport.drop();
    await desk.checkInByName(1).judgement;
    await store.keepDevice({ uid: "desk-2" });
    transport.sent.length = 0;
    await transport.connect();
    assert.deepEqual([transport.sent, desk.connection, posted.map((sent) => sent.desk)], [[], "revoked", ["desk-1"]]);
  });

  test("a page that the server takes for another desk ends itself", async () => {
    const { desk, transport } = make({ uid: "desk-7" });
    await desk.start();
    await transport.connect();
    assert.equal(desk.connection, "revoked");
  });
});

describe("a device that is no desk any more", () => {
  test("hands over what it holds, and does not open as a desk again", async () => {
    const first = make();
    await first.desk.start();
    await first.store.keepDevice({ uid: "desk-1" });
    await first.transport.connect();
    first.transport.drop();
    await first.desk.checkInByName(1).judgement;
    await new Promise((resolve) => setTimeout(resolve, 600));
    const posted: unknown[] = [];
    const found = await clearUp(first.store, async (body) => {
      posted.push(body);
      return reply((body as { acts: { client_ref: string }[] }).acts, "kept");
    });
    assert.deepEqual([found, posted.length, await first.store.entries()], [{ handed: 1, left: 0 }, 1, []]);
    const again = make({ store: first.store });
    await again.desk.start();
    assert.deepEqual([again.desk.connection, again.desk.roster.rows], ["revoked", []]);
  });

  test("keeps what is not taken", async () => {
    const store = new MemoryStore();
    await store.put(kept("left"));
    assert.deepEqual([await clearUp(store, async () => ({ status: 403, body: null })), (await store.entries()).length], [{ handed: 0, left: 1 }, 1]);
  });

  test("has nothing to do where nothing is left", async () => assert.deepEqual(await clearUp(new MemoryStore(), () => Promise.reject(new Error())), { handed: 0, left: 0 }));
});

describe("two pages of one desk", () => {
  const pair = async () => {
    const [store, tabs] = [new MemoryStore(), new FakeTabs()];
    const first = make({ store, siblings: tabs.open() });
    const second = make({ store, siblings: tabs.open(), life: "life-2" });
    for (const made of [first, second]) {
      await made.desk.start();
      await made.transport.connect();
      made.transport.drop();
      made.transport.sent.length = 0;
    }
    return { first, second, store };
  };

  test("see what waits on either of them", async () => {
    const { first, second } = await pair();
    await first.desk.checkInByName(1).judgement;
    await second.desk.checkInByName(2).judgement;
    await settle();
    for (const { desk } of [first, second]) assert.deepEqual([desk.unsent, desk.isWaiting(1), desk.isWaiting(2), desk.roster.row(1)?.state], [2, true, true, "present"]);
  });

  test("send everything once, and both tell its outcome once", async () => {
    const { first, second, store } = await pair();
    await first.desk.checkInByName(1).judgement;
    await second.desk.checkInByName(2).judgement;
    await settle();
    await first.transport.connect();
    await second.transport.connect();
    await settle();
    const events = ({ transport }: typeof first) => transport.sent.map(([event]) => event);
    assert.deepEqual([events(first), events(second)], [["record", "sync"], ["sync"]]);
    for (const { answers, desk } of [first, second]) assert.deepEqual([answers.map(([{ payload }]) => payload.client_ref), desk.unsent], [["ref-1", "ref-2"], 0]);
    assert.deepEqual(await store.entries(), []);
  });

  test("what a page has left that is gone goes with the other", async () => {
    const { first, second } = await pair();
    await second.transport.connect();
    await first.desk.checkInByName(1).judgement;
    await second.desk.tick();
    await settle();
    assert.deepEqual([second.transport.sent.map(([event]) => event), second.desk.unsent], [["sync", "check_in"], 0]);
  });

  test("a refusal that was dealt with on one is dealt with on the other", async () => {
    const { first, second } = await pair();
    for (const { transport } of [first, second]) transport.replies["check_in"] = () => ({ ok: false, error: { code: "malformed", message: "" } });
    await first.transport.connect();
    first.desk.checkInByName(1);
    await settle();
    assert.deepEqual(second.desk.pending.map(({ state }) => state), ["refused"]);
    second.desk.dismiss("ref-1");
    await settle();
    for (const { desk } of [first, second]) assert.deepEqual(desk.pending.map(({ state, dealt }) => [state, dealt]), [["refused", true]]);
  });

  test("one that becomes another desk ends the other", async () => {
    const [store, tabs] = [new MemoryStore(), new FakeTabs()];
    const first = make({ store, siblings: tabs.open() });
    await first.desk.start();
    const second = make({ store, siblings: tabs.open(), uid: "desk-2" });
    await second.desk.start();
    await settle();
    assert.equal(first.desk.connection, "revoked");
  });
});
