// What a desk does is kept, sent in order and answered once: online, without a line, with a server that fails.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { newRef } from "../../static/src/desk/refs.ts";
import { FragileStore, kept, make, resetRefs } from "./desk_making.ts";
import { answer, changes, COUNTS, elsewhere, FakeTime, FakeTransport, here, NOW, recorded, row, settle, snapshot, verdict } from "./fakes.ts";

const TOKEN = "a".repeat(136);
const refsOf = (sent: FakeTransport["sent"]) =>
  sent.map(([event, payload]) => [event, payload["client_ref"] ?? (payload["acts"] as { client_ref: string }[] | undefined)?.map(({ client_ref }) => client_ref) ?? payload["since"]]);

beforeEach(resetRefs);

describe("a desk with a line", () => {
  test("reads everything once connected", async () => {
    const { desk, transport } = make();
    await desk.start();
    assert.equal(desk.connection, "connecting");
    await transport.connect();
    assert.deepEqual([desk.connection, desk.roster.rows.length, transport.sent], ["online", 3, [["sync", { since: null }]]]);
  });

  test("sends each act at once, with the device's own time and what the server's is ahead of it", async () => {
    const { desk, transport, time } = make();
    time.wall -= 5000;
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    desk.checkInByCode(TOKEN);
    await settle();
    const when = { occurred_at: "2023-01-16T06:29:55.000Z", clock_offset_ms: 5000 };
    assert.deepEqual(transport.sent.slice(1), [
      ["check_in", { client_ref: "ref-1", ...when, method: "name", delegate_id: 1 }],
      ["check_in", { client_ref: "ref-2", ...when, method: "scan", code: TOKEN }],
    ]);
    assert.deepEqual([desk.roster.row(1)?.state, desk.unsent, desk.pending.map(({ state }) => state)], ["present", 0, ["accepted", "accepted"]]);
  });

  test("knows all acts of the protocol", async () => {
    const { desk, transport } = make();
    await desk.start();
    await transport.connect();
    desk.undo(1, "nhầm");
    desk.leave(1);
    desk.leaveByCode(TOKEN);
    desk.undoLeave(1, "chưa về");
    desk.substitute(1, { name: "Lê Văn Bá", position: "Phó", rank: "leader", reason: "ốm" });
    desk.withdrawSubstitute("ref-5", "nhầm người");
    desk.walkIn({ name: "Hồ Thị Xuân", position: "", unit: "Sở X" });
    desk.countHeads(41, "");
    await settle();
    const sent = transport.sent.slice(1).map(([event, { client_ref: _, occurred_at: __, clock_offset_ms: ___, ...rest }]) => [event, rest]);
    assert.deepEqual(sent, [
      ["undo_check_in", { delegate_id: 1, reason: "nhầm" }],
      ["leave", { method: "name", delegate_id: 1 }],
      ["leave", { method: "scan", code: TOKEN }],
      ["undo_leave", { delegate_id: 1, reason: "chưa về" }],
      ["substitute", { delegate_id: 1, name: "Lê Văn Bá", position: "Phó", rank: "leader", reason: "ốm" }],
      ["walk_in", { name: "Hồ Thị Xuân", position: "", unit: "Sở X" }],
      ["count_heads", { count: 41, reason: "" }],
      // Only once its substitution is answered: the server could not know of it before.
      ["withdraw_substitute", { substitution: "ref-5", reason: "nhầm người" }],
    ]);
  });

  test("lets no withdrawal overtake a substitution that the server could not take yet", async () => {
    const { desk, transport, pauses } = make();
    await desk.start();
    await transport.connect();
    const taken = transport.replies["substitute"];
    transport.replies["substitute"] = () => ({ ok: false, error: { code: "error", message: "" } });
    const { entry } = desk.substitute(1, { name: "Lê Văn Bá", position: "Phó", rank: "leader", reason: "ốm" });
    await settle();
    desk.withdrawSubstitute(entry.payload.client_ref, "nhầm người");
    await settle();
    assert.deepEqual(transport.sent.slice(1).map(([event]) => event), ["substitute"]);
    transport.replies["substitute"] = taken!;
    for (const pause of pauses) pause.end();
    await settle();
    await settle();
    assert.deepEqual(transport.sent.slice(2).map(([event]) => event), ["substitute", "withdraw_substitute"]);
  });

  test("sends again what the device has forgotten under the open page", async () => {
    const store = new FragileStore();
    const { desk, transport } = make({ store });
    await desk.start();
    await transport.connect();
    transport.connected = false;
    desk.checkInByName(1);
    await settle();
    for (const entry of await store.entries()) await store.remove(entry);
    await transport.connect();
    await settle();
    assert.equal(desk.unsent, 0);
    assert.deepEqual(transport.sent.filter(([event]) => event === "check_in").length, 1);
  });

  test("is judged, shown and sent only once the device has the act", async () => {
    const store = new FragileStore();
    const { desk, transport } = make({ store });
    await desk.start();
    await transport.connect();
    transport.sent.length = 0;
    let written: (value?: unknown) => void = () => undefined;
    store.gate = new Promise((resolve) => (written = resolve));
    let judged = false;
    void desk.checkInByName(1).judgement.then(() => (judged = true));
    await settle();
    assert.deepEqual([judged, desk.pending, transport.sent], [false, [], []]);
    written();
    await settle();
    assert.deepEqual([judged, desk.pending.length, refsOf(transport.sent)], [true, 1, [["check_in", "ref-1"]]]);
  });

  test("hears the other desks, the conference and the end", async () => {
    const { desk, transport } = make();
    await desk.start();
    await transport.connect();
    transport.tell("attendance_changed", changes(11, [here(row(2, "Ân"))], { counts: { ...COUNTS, present: 1 } }));
    transport.tell("conference_changed", { now: NOW, state: "closed" });
    transport.tell("passes_revoked", { now: NOW, revoked: [{ pass: "far", by: null }], restored: [] });
    assert.equal(desk.roster.revokedBy("far"), null);
    transport.tell("passes_revoked", { now: NOW, revoked: [], restored: ["far"] });
    assert.equal(desk.roster.revokedBy("far"), undefined);
    assert.deepEqual([desk.roster.row(2)?.state, desk.roster.counts?.present, desk.roster.conference?.state, desk.roster.conference?.closed_at], ["present", 1, "closed", NOW]);
    transport.tell("desk_revoked", { now: NOW });
    await settle();
    assert.equal(desk.connection, "revoked");
  });

  test("tells when somebody of this hall turns up at another site, once", async () => {
    const { desk, transport, moved } = make();
    await desk.start();
    await transport.connect();
    transport.tell("attendance_changed", changes(11, [here(row(2, "Ân")), elsewhere(row(1, "Đức"))]));
    assert.deepEqual(moved, []);
    for (const revision of [12, 13]) transport.tell("attendance_changed", changes(revision, [elsewhere(row(2, "Ân"))]));
    assert.deepEqual(moved.map(({ id, at_site }) => [id, at_site]), [[2, "La Gi"]]);
  });

  test("hears of a move that happened while it was away", async () => {
    const { desk, transport, moved } = make();
    await desk.start();
    await transport.connect();
    transport.tell("attendance_changed", changes(11, [here(row(2, "Ân"))]));
    transport.drop();
    transport.replies["sync"] = () => ({ ok: true, ...changes(14, [elsewhere(row(2, "Ân"))]) });
    await transport.connect();
    assert.deepEqual(moved.map(({ id }) => id), [2]);
  });

  test("news that come before the gap is closed do not hide the gap", async () => {
    const { desk, transport } = make();
    transport.replies["check_in"] = () => {
      transport.tell("attendance_changed", changes(15, [here(row(1, "Đức"))]));
      return answer(15, here(row(1, "Đức")));
    };
    await desk.start();
    await transport.connect();
    transport.drop();
    desk.checkInByName(1);
    await transport.connect();
    assert.deepEqual(transport.sent.at(-1), ["sync", { since: 10 }]);
  });

  for (const [what, gap, since] of [
    ["after a short gap the rest by revision will do", (time: FakeTime) => time.pass(10_000), 10],
    ["after a longer gap everything is read anew: lists change without a revision", (time: FakeTime) => time.pass(10_001), null],
    ["after a sleep, which a device notices late, everything is read anew", (time: FakeTime) => time.sleep(3_600_000), null],
  ] as const) {
    test(what, async () => {
      const time = new FakeTime();
      const { desk, transport } = make({ time });
      await desk.start();
      await transport.connect();
      transport.drop();
      gap(time);
      await transport.connect();
      assert.deepEqual(transport.sent, [["sync", { since: null }], ["sync", { since }]]);
    });
  }

  test("a burst of roster news is one reading", async () => {
    const { desk, transport, pauses } = make();
    await desk.start();
    await transport.connect();
    for (let i = 0; i < 5; i++) transport.tell("roster_changed", { now: NOW });
    assert.deepEqual(pauses.map(({ ms }) => ms), [300]);
    pauses[0]?.end();
    await settle();
    assert.deepEqual(transport.sent, [["sync", { since: null }], ["sync", { since: null }]]);
  });

  test("a server that was set back is believed", async () => {
    const { desk, transport } = make();
    await desk.start();
    await transport.connect();
    transport.replies["sync"] = () => ({ ok: true, ...snapshot(3, [row(5, "Mới")]) });
    transport.drop();
    await transport.connect();
    assert.deepEqual([desk.roster.revision, desk.roster.rows.map(({ id }) => id)], [3, [5]]);
  });

  test("a sync that the server cannot answer now is asked again", async () => {
    const { desk, transport, pauses } = make();
    const whole = transport.replies["sync"]!;
    transport.replies["sync"] = () => ({ ok: false, error: { code: "error", message: "" } });
    await desk.start();
    await transport.connect();
    assert.equal(desk.connection, "connecting");
    transport.replies["sync"] = whole;
    pauses.shift()?.end();
    await settle();
    assert.equal(desk.connection, "online");
  });

  test("references are UUIDs in the order of their moments", () => {
    const refs = [0, 1, 255, 256, 0xffffffff, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1].map((moment) => newRef(moment));
    for (const ref of refs) assert.match(ref, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual([...refs].sort(), refs);
    assert.equal(refs[5]!.slice(0, 13), "018bcfe5-6800");
    assert.equal(new Set(Array.from({ length: 1000 }, () => newRef(5))).size, 1000);
  });
});

describe("a desk without a line", () => {
  test("says so as soon as the server cannot be reached", async () => {
    const { desk, transport } = make();
    await desk.start();
    transport.tell("failed", undefined);
    assert.equal(desk.connection, "offline");
  });

  test("what has no answer goes again with the same reference, before the rest is asked for", async () => {
    const { desk, transport, answers, store } = make();
    const accept = transport.replies["check_in"]!;
    transport.replies["check_in"] = () => null;
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    await settle();
    assert.deepEqual([transport.restarts, desk.connection, desk.isWaiting(1), (await store.entries()).length], [1, "offline", true, 1]);
    desk.undo(2, "nhầm");
    await settle();
    transport.replies["check_in"] = accept;
    transport.sent.length = 0;
    await transport.connect();
    assert.deepEqual(refsOf(transport.sent), [["record", ["ref-1", "ref-2"]], ["sync", 10]]);
    assert.deepEqual([answers.length, desk.unsent, await store.entries(), desk.connection, desk.roster.revision], [2, 0, [], "online", 14]);
  });

  test("one act that waits is sent as itself", async () => {
    const { desk, transport } = make();
    await desk.start();
    await transport.connect();
    transport.drop();
    desk.checkInByName(1);
    await settle();
    transport.sent.length = 0;
    await transport.connect();
    assert.deepEqual(refsOf(transport.sent), [["check_in", "ref-1"], ["sync", 10]]);
  });

  test("a long queue goes up in order, fifty acts in a message", async () => {
    const { desk, transport, answers } = make();
    await desk.start();
    await transport.connect();
    transport.drop();
    for (let i = 0; i < 140; i++) desk.countHeads(i, "");
    await settle();
    transport.sent.length = 0;
    await transport.connect();
    await settle();
    const counts = transport.sent.map(([event, payload]) => [event, (payload["acts"] as { count: number }[] | undefined)?.map(({ count }) => count)]);
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
    assert.deepEqual(counts, [["record", range(0, 50)], ["record", range(50, 100)], ["record", range(100, 140)], ["sync", undefined]]);
    assert.deepEqual([answers.map(([entry]) => entry.payload["count"]), desk.unsent], [range(0, 140), 0]);
  });

  test("a message stays far below what closes the connection", async () => {
    const { desk, transport } = make();
    await desk.start();
    await transport.connect();
    transport.drop();
    for (let i = 0; i < 60; i++) desk.walkIn({ name: "Ữ".repeat(200), position: "Ữ".repeat(200), unit: "Ữ".repeat(200) });
    await settle();
    transport.sent.length = 0;
    await transport.connect();
    await settle();
    const sizes = transport.sent.map(([, payload]) => Buffer.byteLength(JSON.stringify(payload)));
    assert.ok(sizes.length > 2 && Math.max(...sizes) <= 60_000, String(sizes));
    assert.equal(desk.unsent, 0);
  });

  test("what is done while the queue goes up joins it", async () => {
    const { desk, transport } = make();
    await desk.start();
    await transport.connect();
    transport.drop();
    desk.countHeads(1, "");
    desk.countHeads(2, "");
    await settle();
    const record = transport.replies["record"]!;
    transport.replies["record"] = (payload) => {
      transport.replies["record"] = record;
      desk.countHeads(3, "");
      return record(payload);
    };
    transport.sent.length = 0;
    await transport.connect();
    assert.deepEqual(refsOf(transport.sent), [["record", ["ref-1", "ref-2"]], ["count_heads", "ref-3"], ["sync", 10]]);
    assert.equal(desk.unsent, 0);
  });

  test("an entry that an earlier page has left is sent, and no other's", async () => {
    const { desk, transport, store } = make();
    await store.put(kept("old"));
    await store.put(kept("foreign", { desk: "desk-9", conference_id: 4 }));
    await desk.start();
    assert.deepEqual([desk.isWaiting(2), desk.unsent, desk.leftBehind], [true, 1, 1]);
    await transport.connect();
    assert.deepEqual(refsOf(transport.sent), [["sync", null], ["check_in", "old"]]);
    assert.deepEqual((await store.entries()).map(({ payload }) => payload.client_ref), ["foreign"]);
  });

  test("an entry of last week's page, which knew less, is sent as it is", async () => {
    const { desk, transport, store } = make();
    const { conference_id: _, ...older } = kept("old");
    delete older.payload.clock_offset_ms;
    await store.put(older as ReturnType<typeof kept>);
    await desk.start();
    await transport.connect();
    assert.deepEqual(transport.sent[1], ["check_in", { client_ref: "old", occurred_at: NOW, method: "name", delegate_id: 2 }]);
  });

  test("opens with what it knew", async () => {
    const first = make();
    await first.desk.start();
    await first.transport.connect();
    first.transport.tell("attendance_changed", changes(11, [here(row(2, "Ân"))], { counts: { ...COUNTS, present: 1 }, revoked: [{ pass: "p", by: "Lê Bá" }] }));
    first.transport.drop();
    await first.desk.checkInByName(1).judgement;
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { desk, transport, store } = make({ store: first.store, life: "life-2" });
    await desk.start();
    const { roster } = desk;
    assert.deepEqual(
      [roster.revision, roster.rows.length, roster.row(1)?.state, roster.row(2)?.state, roster.counts?.present, roster.revokedBy("p"), roster.site?.name, roster.desk?.name],
      [11, 3, "present", "present", 2, "Lê Bá", "Phan Thiết", "Bàn 1"],
    );
    await transport.connect();
    // What organisers changed while no page was open has no revision: everything is read anew.
    assert.deepEqual(refsOf(transport.sent), [["sync", null], ["check_in", "ref-1"]]);
    assert.deepEqual(await store.entries(), []);
  });
});

describe("a server that says no", () => {
  const offline = async (acts: number) => {
    const made = make();
    await made.desk.start();
    await made.transport.connect();
    made.transport.drop();
    for (let i = 0; i < acts; i++) made.desk.countHeads(i, "");
    await settle();
    made.transport.sent.length = 0;
    return made;
  };

  test("a refused payload is told, not sent again, and stays until somebody has dealt with it", async () => {
    const { desk, transport, answers, store } = make();
    transport.replies["check_in"] = () => ({ ok: false, error: { code: "malformed", message: "không đọc được", field: "code" } });
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    await settle();
    assert.deepEqual([answers.map(([, outcome]) => outcome), desk.unsent], [[{ ok: false, code: "malformed", message: "không đọc được" }], 0]);
    const again = make({ store });
    await again.desk.start();
    assert.deepEqual(again.desk.pending.map(({ state, outcome }) => [state, outcome]), [["refused", { ok: false, code: "malformed", message: "không đọc được" }]]);
    again.desk.dismiss("ref-1");
    await settle();
    // The eye may still see it; the device forgets it.
    assert.deepEqual([again.desk.pending.map(({ state, dealt }) => [state, dealt]), await store.entries()], [[["refused", true]], []]);
  });

  test("a refusal that is dealt with while it is told is not kept", async () => {
    const { desk, transport, answers, store } = make();
    transport.replies["check_in"] = () => answer(11, null, { verdict: "refused", reason: "pass_unknown" });
    await desk.start();
    await transport.connect();
    answers.push = (...told) => {
      for (const [entry] of told) desk.dismiss(entry.payload.client_ref);
      return 0;
    };
    desk.checkInByCode(TOKEN);
    await settle();
    assert.deepEqual([desk.pending.map(({ state, dealt }) => [state, dealt]), await store.entries()], [[["refused", true]], []]);
  });

  test("a verdict that refuses stays as well", async () => {
    const { desk, transport, store } = make();
    transport.replies["check_in"] = () => answer(11, null, { verdict: "refused", reason: "pass_revoked", by: "Lê Bá" });
    await desk.start();
    await transport.connect();
    desk.checkInByCode(TOKEN);
    await settle();
    assert.deepEqual([desk.pending.map(({ state }) => state), (await store.entries()).length], [["refused"], 1]);
  });

  test("too many requests wait and go on", async () => {
    const { desk, transport, answers, pauses } = make();
    let tries = 0;
    transport.replies["check_in"] = () => (++tries === 1 ? { ok: false, error: { code: "too_many_requests", message: "" } } : answer(11, row(1, "Đức")));
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    await settle();
    assert.deepEqual([answers.length, desk.isWaiting(1), pauses.map(({ ms }) => ms)], [0, true, [2000]]);
    pauses[0]?.end();
    await settle();
    assert.deepEqual([answers.length, tries], [1, 2]);
  });

  test("an act the server stumbles over is tried for ever, and holds up no other", async () => {
    const { desk, transport, pauses, answers } = await offline(3);
    const stumble = { ok: false, error: { code: "error", message: "" } };
    transport.replies["record"] = ({ acts }) => recorded(20, (acts as { count: number }[]).map(({ count }) => (count === 1 ? stumble : { ok: true, verdict: verdict(), row: null })));
    transport.replies["count_heads"] = () => stumble;
    await transport.connect();
    assert.deepEqual([answers.map(([entry]) => entry.payload["count"]), desk.unsent], [[0, 2], 1]);
    const waited: number[] = [];
    for (let i = 0; i < 7; i++) {
      const pause = pauses.shift();
      waited.push(pause?.ms ?? 0);
      pause?.end();
      await settle();
    }
    assert.deepEqual([waited, desk.unsent], [[2000, 2000, 4000, 8000, 16000, 32000, 60000], 1]);
    transport.replies["count_heads"] = () => answer(21, null);
    pauses.shift()?.end();
    await settle();
    assert.equal(desk.unsent, 0);
  });

  test("a server of an older release gets the acts one by one", async () => {
    const { desk, transport } = await offline(2);
    transport.replies["record"] = () => ({ ok: false, error: { code: "unknown_event", message: "" } });
    await transport.connect();
    assert.deepEqual(refsOf(transport.sent), [["record", ["ref-1", "ref-2"]], ["count_heads", "ref-1"], ["count_heads", "ref-2"], ["sync", 10]]);
    assert.equal(desk.unsent, 0);
  });

  test("an act unknown to the server waits for the server's next release", async () => {
    const { desk, transport } = await offline(1);
    transport.replies["count_heads"] = () => ({ ok: false, error: { code: "unknown_event", message: "" } });
    await transport.connect();
    assert.deepEqual([desk.unsent, desk.pending.map(({ state }) => state)], [1, ["waiting"]]);
  });

  test("an answer shorter than the message leaves the rest waiting", async () => {
    const { desk, transport } = await offline(3);
    transport.replies["record"] = () => recorded(20, [{ ok: true, verdict: verdict(), row: null }]);
    await transport.connect();
    assert.deepEqual(desk.queue.entries.map(({ payload }) => payload["count"]), [1, 2]);
  });
});

describe("a device that cannot store", () => {
  for (const [trouble, state] of [["QuotaExceededError", "full"], ["UnknownError", "unavailable"]] as const) {
    test(`${trouble}: the act is sent all the same, and it is said`, async () => {
      const store = new FragileStore();
      const { desk, transport, answers } = make({ store });
      await desk.start();
      await transport.connect();
      transport.drop();
      store.trouble = trouble;
      await desk.checkInByName(1).judgement;
      assert.deepEqual([desk.storage, desk.pending.map(({ stored, state: waits }) => [stored, waits]), desk.unsent], [state, [[false, "waiting"]], 1]);
      await transport.connect();
      assert.deepEqual([answers.length, desk.unsent], [1, 0]);
    });
  }

  test("what had no room is stored once there is some", async () => {
    const store = new FragileStore();
    const { desk } = make({ store });
    await desk.start();
    store.trouble = "QuotaExceededError";
    await desk.checkInByName(1).judgement;
    await desk.tick();
    assert.deepEqual([desk.storage, (await store.entries()).length], ["full", 0]);
    store.trouble = null;
    await desk.tick();
    assert.deepEqual([desk.storage, (await store.entries()).length, desk.pending.map(({ stored }) => stored)], ["ok", 1, [true]]);
  });

  test("a device without a database is a desk as long as the page is open", async () => {
    const store = new FragileStore();
    store.trouble = "UnknownError";
    const { desk, transport, answers } = make({ store });
    await desk.start();
    assert.equal(desk.storage, "unavailable");
    await transport.connect();
    await desk.checkInByName(1).judgement;
    await settle();
    assert.deepEqual([answers.length, desk.connection], [1, "online"]);
  });
});
