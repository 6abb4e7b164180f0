// Sites that are not on the wall: looked for by name or opened from a tile, and kept fresh while they are looked at.
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { Finder } from "../../static/src/board/finder.ts";
import { FakeTransport, settle } from "./fakes.ts";

async function make(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const transport = new FakeTransport();
  await transport.connect();
  let drawn = 0;
  const finder = new Finder(transport, () => drawn++);
  transport.replies["find"] = () => ({ ok: true, now: "", revision: 1, count: 70, sites: [{ id: 7, name: "Xã Bảy", kind: "remote", sites: 1, present: 2 }] });
  const pass = async (ms: number) => {
    context.mock.timers.tick(ms);
    await settle();
  };
  return { transport, finder, pass, drawn: () => drawn };
}

describe("finder", () => {
  test("typing fast is one question", async (context) => {
    const { transport, finder, pass } = await make(context);
    for (const typed of ["b", "bả", " bảy "]) finder.type(typed);
    assert.deepEqual([finder.open, finder.count], [true, null]);
    await pass(300);
    assert.deepEqual(transport.sent, [["find", { query: "bảy", within: null }]]);
    assert.deepEqual([finder.count, finder.sites.map(({ id, present, not_yet }) => [id, present, not_yet])], [70, [[7, 2, 0]]]);
  });
  test("a tile is opened at once, and typing looks into it", async (context) => {
    const { transport, finder, pass } = await make(context);
    finder.enter(3);
    await pass(0);
    finder.type("x");
    await pass(300);
    assert.deepEqual(transport.sent, [["find", { query: "", within: 3 }], ["find", { query: "x", within: 3 }]]);
  });
  test("what is looked at is asked for again while the board changes, not more often", async (context) => {
    const { transport, finder, pass } = await make(context);
    finder.enter(3);
    await pass(0);
    for (let n = 0; n < 5; n++) finder.refresh();
    await pass(2999);
    assert.equal(transport.sent.length, 1);
    await pass(1);
    assert.equal(transport.sent.length, 2);
  });
  test("back to the whole forgets what was found, and an answer that comes late", async (context) => {
    const { finder, pass, drawn } = await make(context);
    finder.enter(3);
    context.mock.timers.tick(0);
    finder.end();
    await settle();
    assert.deepEqual([finder.open, finder.count, finder.sites, drawn()], [false, null, [], 1]);
    finder.refresh();
    await pass(5000);
    assert.equal(finder.count, null);
  });
  test("a question that fails is asked again", async (context) => {
    const { transport, finder, pass } = await make(context);
    const reply = transport.replies["find"];
    transport.replies["find"] = () => ({ ok: false, error: { code: "too_many_requests", message: "" } });
    finder.enter(3);
    await pass(0);
    transport.replies["find"] = reply as never;
    await pass(3000);
    assert.deepEqual([transport.sent.length, finder.count], [2, 70]);
  });
});
