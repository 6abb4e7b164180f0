// What the desk's screens say and offer: sights of answers and of the device's own judgements, choices about a person.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { choicesFor, isEnough, mayBeReplaced, needsConsent, placeOf } from "../../static/src/desk/choices.ts";
import type { Entry, Judgement } from "../../static/src/desk/entry.ts";
import type { Act, Row } from "../../static/src/desk/protocol.ts";
import { foreignSight, keptSight, type Known, sightOf, unkeptSight } from "../../static/src/desk/verdict.ts";
import { answer, CONFERENCE, elsewhere, here, NOW, row } from "./fakes.ts";

/** Every text says its own key, and whatever was filled in. */
const texts = new Proxy({}, {
  get: (_, key) => [String(key), "{name}", "{site}", "{time}", "{desk}", "{n}"].join("|"),
}) as Record<string, string>;
const plain = (text: string) => text.replace(/\|\{\w+\}/g, "");
const known = (who?: Row, changes: Partial<Known> = {}): Known => ({ texts, conference: CONFERENCE, row: who, ...changes });
const entry = (event: Act, payload: Record<string, unknown> = {}, delegate_id: number | null = 1): Entry => ({
  event, payload: { client_ref: "ref", occurred_at: NOW, ...payload }, delegate_id,
});
const duc = row(1, "Đức", { position: "Giám đốc", unit: "Sở Nội vụ", rank: "head", required_rank: "head" });
const said = (sight: { tone: string; word: string; name: string; notes: string[] }) => [sight.tone, plain(sight.word), plain(sight.name), ...sight.notes.map(plain)];

describe("the sight of an answer", () => {
  test("accepted: who it is", () => {
    const sight = sightOf(entry("check_in"), { ok: true, answer: answer(1, here(duc)) }, known(duc));
    assert.deepEqual([said(sight), sight.about], [["good", "accepted_check_in", "Đức"], ["Giám đốc", "Sở Nội vụ"]]);
  });
  test("who comes late is told so", () => {
    assert.deepEqual(said(sightOf(entry("check_in"), { ok: true, answer: answer(1, here(duc, { late: true })) }, known(duc))), ["good", "accepted_check_in", "Đức", "late."]);
  });
  test("who had left has come back", () => {
    assert.deepEqual(said(sightOf(entry("check_in"), { ok: true, answer: answer(1, here(duc)) }, known(row(1, "Đức", { state: "left" })))), ["good", "returned", "Đức"]);
  });
  test("a guest is told where they belong", () => {
    const guest = here(row(2, "Khách", { expected_here: false, expected_site: "La Gi" }));
    assert.deepEqual(said(sightOf(entry("check_in"), { ok: true, answer: answer(1, guest) }, known())), ["good", "accepted_check_in", "Khách", "expected_elsewhere|La Gi"]);
  });
  test("repeated: since when, where, at which desk", () => {
    const verdict = { verdict: "repeated", since: NOW, site: "Phan Thiết", desk: "Bàn 2" } as const;
    assert.deepEqual(said(sightOf(entry("check_in"), { ok: true, answer: answer(1, here(duc), verdict) }, known())), ["repeated", "repeated_check_in", "Đức", "since|Phan Thiết|13:30", "at_desk|Bàn 2"]);
  });
  test("moved: where from", () => {
    const verdict = { verdict: "moved", since: NOW, site: "La Gi", desk: null } as const;
    assert.deepEqual(said(sightOf(entry("check_in"), { ok: true, answer: answer(1, here(duc), verdict) }, known())), ["moved", "moved", "Đức", "moved_from|La Gi|13:30"]);
  });
  test("a pass whose seat another has taken: by whom and when", () => {
    const verdict = { verdict: "refused", reason: "substituted", by: "Ân", since: NOW } as const;
    assert.deepEqual(said(sightOf(entry("check_in"), { ok: true, answer: answer(1, duc, verdict) }, known())), ["refused", "refused", "Đức", "replaced_by_since|Ân|13:30"]);
  });
  test("an unknown code has no person", () => {
    assert.deepEqual(said(sightOf(entry("check_in", {}, null), { ok: true, answer: answer(1, null, { verdict: "refused", reason: "pass_unknown" }) }, known())), ["refused", "not_a_code", "", "reason_pass_unknown"]);
  });
  test("an error of the server is said in its words", () => {
    assert.deepEqual(said(sightOf(entry("check_in"), { ok: false, code: "malformed", message: "Không đọc được." }, known(duc))), ["refused", "refused", "Đức", "Không đọc được."]);
  });
  for (const event of ["check_in", "substitute", "walk_in"] as const) {
    test(`${event} of somebody who waits for a yes is no success`, () => {
      const pending = row(9, "Ân", { state: "pending" });
      const sight = sightOf(entry(event, { name: "Ân" }), { ok: true, answer: answer(1, pending) }, known());
      assert.deepEqual([sight.tone, plain(sight.word)], ["asking", "asking"]);
    });
  }
  test("a substitute: for whom", () => {
    const substitute = here(row(9, "Ân", { origin: "substitute", by: "Đức" }));
    assert.deepEqual(said(sightOf(entry("substitute", { name: "Ân" }), { ok: true, answer: answer(1, substitute) }, known(duc))), ["good", "accepted_substitute", "Ân", "in_place_of|Đức"]);
  });
  test("a headcount: how many", () => {
    assert.deepEqual(said(sightOf(entry("count_heads", { count: 57 }, null), { ok: true, answer: answer(1, null) }, known())), ["good", "accepted_count_heads", "heads|57"]);
  });
});

describe("the sight of what this device judges by itself", () => {
  const person = (who: Row, standing: Extract<Judgement, { kind: "person" }>["standing"], hours: Judgement["hours"] = "open"): Judgement => ({ kind: "person", row: who, standing, hours });
  const kept = (event: Act, judgement: Judgement, payload: Record<string, unknown> = {}, changes: Partial<Known> = {}) => {
    const sight = keptSight(entry(event, payload), judgement, known(undefined, changes));
    assert.equal(sight.unsent, true);
    return said(sight);
  };
  for (const [standing, tone, word, ...notes] of [
    ["welcome", "good", "accepted_check_in"],
    ["here", "repeated", "repeated_check_in", "since|Phan Thiết|13:30"],
    ["replaced", "refused", "refused", "replaced_by_since|Ân|13:30"],
  ] as const) {
    test(`a check-in: ${standing}`, () => assert.deepEqual(kept("check_in", person(here(duc, { by: standing === "replaced" ? "Ân" : null }), standing)), [tone, word, "Đức", ...notes]));
  }
  test("who is elsewhere has moved", () => assert.deepEqual(kept("check_in", person(elsewhere(duc), "elsewhere")), ["moved", "moved", "Đức", "moved_from|La Gi|13:30"]));
  test("a leave of somebody who is not here", () => assert.deepEqual(kept("leave", person(duc, "not_here")), ["refused", "refused", "Đức", "reason_not_present"]));
  test("a leave of somebody who has left", () => assert.deepEqual(kept("leave", person(row(1, "Đức", { state: "left", since: NOW }), "gone")), ["repeated", "repeated_leave", "Đức", "left_at|13:30"]));
  test("who was not let in is not let in by a scan", () => assert.deepEqual(kept("check_in", person(row(1, "Đức", { state: "not_admitted" }), "welcome")), ["refused", "refused", "Đức", "reason_not_admitted"]));
  for (const hours of ["closed", "not_yet_open"] as const) {
    test(`out of hours: ${hours}`, () => assert.deepEqual(kept("check_in", person(duc, "welcome", hours)), ["refused", "refused", "Đức", `reason_${hours}`]));
  }
  test("a forged pass", () => assert.deepEqual(kept("check_in", { kind: "unknown", hours: "open" }), ["refused", "not_a_code", "", "reason_pass_unknown"]));
  test("a pass of another conference", () => assert.deepEqual(kept("check_in", { kind: "other_conference", hours: "open" }), ["refused", "refused", "", "reason_other_conference"]));
  test("a revoked pass: who has the seat", () => assert.deepEqual(kept("check_in", { kind: "revoked", by: "Ân", hours: "open" }), ["refused", "refused", "", "replaced_by|Ân|"]));
  test("a revoked pass without a successor", () => assert.deepEqual(kept("check_in", { kind: "revoked", by: null, hours: "open" }), ["refused", "refused", "", "reason_pass_revoked"]));
  test("a pass of another site's list", () => assert.deepEqual(kept("check_in", { kind: "visitor", hours: "open" }), ["good", "accepted_check_in", "", "elsewhere_pass"]));
  test("a code before the list was ever read", () => assert.deepEqual(kept("check_in", { kind: "unjudged", hours: "open" }), ["waiting", "waiting", "", "waiting_code_note"]));
  for (const [rank, tone] of [["head", "good"], ["leader", "asking"]] as const) {
    test(`a substitute for a head who is ${rank}`, () => assert.deepEqual(kept("substitute", person(duc, "welcome"), { name: "Ân", rank })[0], tone));
  }
  for (const [walk_ins, tone] of [["open", "good"], ["ask", "asking"], ["refuse", "refused"]] as const) {
    test(`a walk-in where the conference says ${walk_ins}`, () => {
      const changes = { conference: { ...CONFERENCE, walk_ins } };
      assert.equal(kept("walk_in", { kind: "unjudged", hours: "open" }, { name: "Ân", position: "", unit: "Báo" }, changes)[0], tone);
    });
  }
  test("what is not stored goes on paper", () => {
    assert.deepEqual(said(unkeptSight(entry("check_in"), known(duc))), ["dead", "not_kept", "Đức", "not_kept_note"]);
    assert.deepEqual(said(unkeptSight(entry("check_in", {}, null), known())), ["dead", "not_kept", "", "not_kept_code"]);
  });
  test("a code that is no pass was not sent", () => {
    assert.deepEqual([true, false].map((mangled) => said(foreignSight(texts, mangled))), [["refused", "not_a_code", "", "mangled_code"], ["refused", "not_a_code", "", "foreign_code"]]);
  });
});

describe("what can be done about a person", () => {
  const place = (who: Row, closed = false) => placeOf(who, 7, closed);
  test("where they stand, seen from this site", () => {
    const online = here(duc, { mode: "online" });
    assert.deepEqual([duc, here(duc), online, elsewhere(duc), row(1, "Đức", { state: "left" })].map((who) => place(who)), ["not_yet", "present", "online", "elsewhere", "left"]);
    assert.deepEqual([duc, here(duc)].map((who) => place(who, true)), ["absent", "present"]);
  });
  for (const [who, choices] of [
    [duc, ["check_in", "substitute"]],
    [row(1, "Đức", { state: "excused" }), ["check_in", "substitute"]],
    [here(duc), ["leave", "undo_check_in"]],
    [elsewhere(duc), ["check_in_here"]],
    [row(1, "Đức", { state: "left" }), ["come_back", "substitute", "undo_leave"]],
    [row(1, "Đức", { state: "substituted" }), []],
    [row(1, "Đức", { state: "pending", origin: "walk_in" }), []],
    [row(1, "Đức", { state: "not_admitted", origin: "walk_in" }), []],
    [row(1, "Đức", { state: "left", origin: "walk_in" }), ["come_back", "undo_leave"]],
    [row(1, "Đức", { state: "left", origin: "substitute" }), ["come_back", "undo_leave"]],
    [row(1, "Đức", { expected_here: false, state: "left" }), ["come_back", "undo_leave"]],
  ] as const) {
    test(`${who.origin} ${place(who)}`, () => assert.deepEqual(choicesFor(place(who), who, false), choices));
  }
  test("a substitution of this desk can be taken back", () => {
    assert.deepEqual(choicesFor("substituted", row(1, "Đức", { state: "substituted" }), true), ["withdraw_substitute"]);
    assert.deepEqual(choicesFor("pending", row(9, "Ân", { state: "pending", origin: "substitute" }), true), ["withdraw_substitute"]);
    assert.deepEqual(choicesFor("not_yet", duc, true), ["check_in", "withdraw_substitute"]);
  });
  test("ranks that suffice", () => {
    const ranks = ["head", "leader", "staff"];
    assert.deepEqual(["head", "leader", "any"].map((required) => ranks.map((rank) => isEnough(rank, required))), [[true, false, false], [true, true, false], [true, true, true]]);
  });
  test("an organiser is asked only where the seat would fall below what it had", () => {
    assert.deepEqual([needsConsent(duc, "leader"), needsConsent(row(1, "Đức", { required_rank: "head" }), "leader"), needsConsent(duc, "head")], [true, false, false]);
  });
  test("nobody replaces a guest, a walk-in, or a substitute", () => {
    const others = [row(1, "Đức", { expected_here: false }), row(1, "Đức", { origin: "walk_in" }), row(1, "Đức", { origin: "substitute" }), here(duc)];
    assert.deepEqual([mayBeReplaced(duc), ...others.map(mayBeReplaced)], [true, false, false, false, false]);
  });
});
