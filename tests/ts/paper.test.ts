import assert from "node:assert/strict";
import { test } from "node:test";
import { follow, isAnswer, type Progress } from "../../static/src/paper/progress.ts";

/** Follows what is answered in turn; an error stands for a lost line. What was shown, and how long was waited each time. */
async function followed(answers: (Progress | Error | null)[]): Promise<{ shown: Progress[]; lost: number; waits: number[] }> {
  const [shown, waits]: [Progress[], number[]] = [[], []];
  let lost = 0;
  await follow({
    ask: () => {
      const next = answers.shift() ?? null;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    show: (progress) => shown.push(progress),
    lost: () => lost++,
    pause: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { shown, lost, waits };
}

const at = (done: number, state: Progress["state"] = "drawing"): Progress => ({ state, done, total: 3 });

test("progress is shown until the papers are made", async () => {
  const { shown, waits } = await followed([at(0, "waiting"), at(1), at(3, "done"), at(9)]);
  assert.deepEqual(shown, [at(0, "waiting"), at(1)]);
  assert.deepEqual(waits, [400, 400]);
});

for (const state of ["stopped", "failed", "done"] as const) {
  test(`nothing more is asked once they are ${state}`, async () => {
    assert.deepEqual(await followed([at(2, state), at(3)]), { shown: [], lost: 0, waits: [] });
  });
}

test("papers that are not there any more end it", async () => {
  assert.deepEqual(await followed([null, at(1)]), { shown: [], lost: 0, waits: [] });
});

test("a lost line is said, and asked for ever less often until it is back", async () => {
  const lost = new Error("offline");
  const { shown, lost: times, waits } = await followed([lost, lost, lost, lost, lost, lost, at(1), null]);
  assert.deepEqual([shown, times], [[at(1)], 6]);
  assert.deepEqual(waits, [800, 1600, 3200, 6400, 8000, 8000, 400]);
});

test("only who has just asked for the papers is led straight to them", () => {
  assert.equal(isAnswer({ type: "navigate", redirectCount: 1 }), true);
  for (const type of ["reload", "back_forward"] as const) assert.equal(isAnswer({ type, redirectCount: 1 }), false);
  assert.equal(isAnswer({ type: "navigate", redirectCount: 0 }), false);
  assert.equal(isAnswer(undefined), false);
});
