import assert from "node:assert/strict";
import { test } from "node:test";

import { fits } from "../../static/src/delegate_imports/size.ts";

test("a file fits up to the limit and not beyond", () => {
  assert.deepEqual([0, 1024, 1025].map((bytes) => fits(bytes, "1024")), [true, true, false]);
});

test("without a limit every file may be sent", () => {
  assert.deepEqual([undefined, "", "soon", "0"].map((limit) => fits(10 ** 12, limit)), [true, true, true, true]);
});
