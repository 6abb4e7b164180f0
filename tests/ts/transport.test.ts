import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "../../static/src/live/transport.ts";

test("clients that lost the server together come back spread over a second", () => {
  const pauses = [0, 0.25, 0.5, 1].map((chance) => spread(1000, () => chance));
  assert.deepEqual(pauses, [500, 750, 1000, 1500]);
  const seen = new Set(Array.from({ length: 20 }, () => spread(1000)));
  assert.ok(seen.size > 1);
});
