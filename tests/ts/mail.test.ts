import assert from "node:assert/strict";
import { test } from "node:test";
import { isUnderWay, pauseMs, type Run } from "../../static/src/mail/runs.ts";

const run = (open: number): Run => ({ id: 1, total: 9, settled: 9 - open, open, words: "", standing: "", lost: "", trouble: "" });

test("a page is followed while one of its runs is under way", () => {
  assert.equal(isUnderWay([run(0), run(3)]), true);
  assert.equal(isUnderWay([run(0), run(0)]), false);
  assert.equal(isUnderWay([]), false);
});

test("a server that does not answer is asked ever less, but asked", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 99].map(pauseMs), [2000, 4000, 8000, 16_000, 30_000, 30_000]);
});
