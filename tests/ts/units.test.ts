import assert from "node:assert/strict";
import { test } from "node:test";

import { isChosen } from "../../static/src/app/choose.ts";

const offers = [{ label: "Xã Tân Thành · 24781", path: "Tỉnh Lâm Đồng" }, { label: "Xã Tân Hà · #7", path: "" }];

test("a whole label is chosen, a part of one is not", () => {
  assert.deepEqual(["Xã Tân Thành · 24781", "Xã Tân", "", "Tỉnh Lâm Đồng"].map((typed) => isChosen(typed, offers)), [true, false, false, false]);
});

test("nothing is chosen while nothing is offered", () => {
  assert.equal(isChosen("", []), false);
});
