import assert from "node:assert/strict";
import { test } from "node:test";

import { nearest, placeAt, scrollBy, stepOf } from "../../static/src/agenda/order.ts";

test("something let go stands after every row whose middle lies above", () => {
  const middles = [10, 30, 50];
  assert.deepEqual([0, 11, 30, 31, 99].map((y) => placeAt(middles, y)), [0, 1, 1, 2, 3]);
});

test("in an empty list everything stands first", () => {
  assert.equal(placeAt([], 500), 0);
});

test("the list under the pointer is taken, else the nearest", () => {
  const lists = [{ top: 0, bottom: 100 }, { top: 200, bottom: 200 }, { top: 300, bottom: 400 }];
  assert.deepEqual([-5, 50, 130, 190, 240, 260, 350, 999].map((y) => nearest(lists, y)), [0, 0, 0, 1, 1, 2, 2, 2]);
});

test("without lists there is no nearest", () => {
  assert.equal(nearest([], 10), -1);
});

test("only the arrows up and down are steps", () => {
  assert.deepEqual(["ArrowUp", "ArrowDown", "ArrowLeft", "a"].map(stepOf), ["up", "down", null, null]);
});

test("the page scrolls only at its edges", () => {
  assert.deepEqual([10, 400, 790].map((y) => scrollBy(y, 800)), [-12, 0, 12]);
});
