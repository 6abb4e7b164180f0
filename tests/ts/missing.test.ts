// The page of the missing: what it counts to, and how often it reads the list anew.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { countAt, formatSpan } from "../../static/src/missing/countdown.ts";
import { Refresher } from "../../static/src/missing/refresher.ts";
import { settle } from "./fakes.ts";

const START = Date.parse("2023-01-16T07:00:00Z");
const moments = { start: START, muster: START - 15 * 60_000 };
const at = (minutes: number) => countAt(START + minutes * 60_000, moments);

describe("countdown", () => {
  test("to the muster, then to the beginning, then up from it", () =>
    assert.deepEqual([at(-20), at(-15), at(-1), at(0), at(90)], [
      { what: "until_muster", ms: 300_000 },
      { what: "until_start", ms: 900_000 },
      { what: "until_start", ms: 60_000 },
      { what: "since_start", ms: 0 },
      { what: "since_start", ms: 5_400_000 },
    ]));
  test("nothing is counted a day before and a day after", () => assert.deepEqual([at(-2 * 1440), at(2 * 1440)], [null, null]));
  for (const [ms, down, up] of [[0, "00:00", "00:00"], [400, "00:01", "00:00"], [59_600, "01:00", "00:59"], [3_600_000, "1:00:00", "1:00:00"], [36_061_000, "10:01:01", "10:01:01"]] as const) {
    test(`${ms} ms`, () => assert.deepEqual([formatSpan(ms), formatSpan(ms, true)], [down, up]));
  }
});

describe("refresher", () => {
  function make() {
    let now = 0;
    const waiting: { at: number; run: () => void }[] = [];
    const readings: { at: number; end: () => void }[] = [];
    const read = () => new Promise<void>((resolve) => readings.push({ at: now, end: resolve }));
    const refresher = new Refresher(read, { calmMs: 2000, urgentMs: 300, now: () => now, later: (run, ms) => waiting.push({ at: now + ms, run }) });
    const pass = async (ms: number) => {
      const end = now + ms;
      for (;;) {
        const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        waiting.splice(waiting.indexOf(next), 1);
        now = Math.max(now, next.at);
        next.run();
        await settle();
      }
      now = end;
    };
    return { refresher, readings, pass, times: () => readings.map(({ at }) => at) };
  }

  test("the first change is read at once, a burst after it once and later", async () => {
    const { refresher, readings, pass, times } = make();
    refresher.ask();
    await pass(0);
    readings[0]?.end();
    for (let i = 0; i < 10; i++) {
      refresher.ask();
      await pass(100);
    }
    await pass(5000);
    assert.deepEqual(times(), [0, 2000]);
  });
  test("what a colleague notes is read sooner", async () => {
    const { refresher, readings, pass, times } = make();
    refresher.ask();
    await pass(0);
    readings[0]?.end();
    await settle();
    refresher.ask();
    refresher.ask(true);
    await pass(300);
    readings[1]?.end();
    await settle();
    await pass(5000);
    assert.deepEqual(times(), [0, 300]);
  });
  test("never twice at a time, and what comes meanwhile is not forgotten", async () => {
    const { refresher, readings, pass, times } = make();
    refresher.ask();
    await pass(0);
    refresher.ask(true);
    await pass(4000);
    assert.deepEqual(times(), [0]);
    readings[0]?.end();
    await settle();
    await pass(0);
    assert.deepEqual(times(), [0, 4000]);
  });
});
