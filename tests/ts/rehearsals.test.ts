import assert from "node:assert/strict";
import { test } from "node:test";
import { dueNow, planArrivals } from "../../static/src/rehearsals/arrivals.ts";

test("a share of those on the list is there in the end, whoever has come already", () => {
  assert.deepEqual(planArrivals(200, 200, 90, 2, 500), { people: 180, duration: 120_000, most: 500 });
  assert.equal(planArrivals(200, 150, 90, 2, 500).people, 130);
  assert.equal(planArrivals(200, 10, 90, 2, 500).people, 0);
  assert.equal(planArrivals(200, 10, 100, 2, 500).people, 10);
  assert.equal(planArrivals(3, 3, 50, 1, 500).people, 2);
  assert.equal(planArrivals(0, 0, 100, 1, 500).people, 0);
});

test("people arrive evenly, all of them in the end and nobody twice", () => {
  const plan = planArrivals(100, 100, 100, 1, 500);
  let arrived = 0;
  const each = [];
  for (let elapsed = 0; elapsed <= 60_000; elapsed += 6000) {
    const due = dueNow(plan, elapsed, arrived);
    arrived += due;
    each.push(due);
  }
  assert.deepEqual(each, [0, ...Array<number>(10).fill(10)]);
  assert.equal(dueNow(plan, 90_000, arrived), 0);
});

test("a page that slept makes up for it in bounded steps", () => {
  const plan = planArrivals(10_000, 10_000, 100, 1, 500);
  assert.equal(dueNow(plan, 59_000, 0), 500);
  assert.equal(dueNow(plan, 60_000, 9_900), 100);
  assert.equal(dueNow(plan, 60_000, 10_500), 0);
});
