// Deciding about people who ask: one decision for one press, whatever the line does, and who is new.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Decisions, newcomers } from "../../static/src/board/decisions.ts";
import type { AskingPerson, Outcome } from "../../static/src/board/protocol.ts";
import { FakeTransport } from "./fakes.ts";

const SINCE = "2023-01-16T06:30:00.000Z";
const ADMITTED: Outcome = { decision: "admitted", reason: "", by: "Olga", at: SINCE, mine: true };

function person(delegate_id: number, changes: Partial<AskingPerson> = {}): AskingPerson {
  return {
    delegate_id, why: "substitute", name: "Võ An", position: "", unit: "Sở Y tế", rank: "staff", required_rank: "head", replaces: "Lê Trưởng", site: "Điểm cầu 1",
    desk: "Bàn 1", since: SINCE, reason: "", ...changes,
  };
}

function make() {
  const transport = new FakeTransport();
  transport.connected = true;
  let refs = 0;
  return { transport, decisions: new Decisions(transport, () => `ref-${++refs}`) };
}

describe("decisions", () => {
  test("say whom, which decision and why", async () => {
    const { transport, decisions } = make();
    transport.replies["admit"] = () => ({ ok: true, outcome: ADMITTED });
    transport.replies["deny"] = () => ({ ok: true, outcome: { ...ADMITTED, decision: "denied", by: "Oanh", mine: false } });
    assert.deepEqual(await decisions.admit(person(7)), ADMITTED);
    assert.deepEqual(await decisions.deny(person(8), "không có tên"), { ...ADMITTED, decision: "denied", by: "Oanh", mine: false });
    assert.deepEqual(transport.sent, [
      ["admit", { delegate_id: 7, client_ref: "ref-1" }],
      ["deny", { delegate_id: 8, client_ref: "ref-2", reason: "không có tên" }],
    ]);
  });
  test("sent again after a lost line are the same decision", async () => {
    const { transport, decisions } = make();
    transport.replies["admit"] = () => null;
    assert.deepEqual(await decisions.admit(person(7)), { decision: "failed" });
    transport.replies["admit"] = () => ({ ok: true, outcome: ADMITTED });
    assert.deepEqual(await decisions.admit(person(7)), ADMITTED);
    assert.deepEqual(transport.sent.map(([, payload]) => payload["client_ref"]), ["ref-1", "ref-1"]);
  });
  test("about somebody who comes again are new ones", async () => {
    const { transport, decisions } = make();
    await decisions.admit(person(7));
    await decisions.admit(person(7, { since: "2023-01-16T07:30:00.000Z" }));
    await decisions.deny(person(7), "x");
    assert.deepEqual(transport.sent.map(([, payload]) => payload["client_ref"]), ["ref-1", "ref-2", "ref-3"]);
  });
  for (const [code, decision] of [["board_unknown", "forbidden"], ["too_many_requests", "failed"], ["error", "failed"]] as const) {
    test(`${code}: ${decision}`, async () => {
      const { transport, decisions } = make();
      transport.replies["admit"] = () => ({ ok: false, error: { code, message: "" } });
      assert.deepEqual(await decisions.admit(person(7)), { decision });
    });
  }
});

describe("newcomers", () => {
  test("are those who were not there before, and those who have come again", () => {
    const again = person(2, { since: "2023-01-16T07:30:00.000Z" });
    assert.deepEqual(newcomers([person(1), person(2)], [person(1), again, person(3)]), [again, person(3)]);
  });
});
