// A pass judged without a line cannot be forged, altered, replayed or brought from elsewhere.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import { hoursAt, judgeCode, judgePerson } from "../../static/src/desk/judge.ts";
import { readPass } from "../../static/src/desk/passes.ts";
import type { Passes, Row } from "../../static/src/desk/protocol.ts";
import { Roster } from "../../static/src/desk/roster.ts";
import { make, resetRefs } from "./desk_making.ts";
import { CONFERENCE, changes, COUNTS, elsewhere, here, NOW, row, settle, snapshot } from "./fakes.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const OURS = createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.alloc(32, 1)]), format: "der", type: "pkcs8" });
const THEIRS = createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.alloc(32, 2)]), format: "der", type: "pkcs8" });
const KEY = (createPublicKey(OURS).export({ format: "der", type: "spki" }) as Buffer).subarray(-32).toString("hex");
const uid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** The bytes of a pass, the conference being 1 unless said otherwise. */
function told(n: number, conference = 1, version = 1): Buffer {
  const head = Buffer.alloc(5);
  head[0] = version;
  head.writeUInt32BE(conference, 1);
  return Buffer.concat([head, Buffer.from(uid(n).replaceAll("-", ""), "hex")]);
}

function encode(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five, 2)]).join("");
}

function token(n: number, conference = 1, key = OURS, version = 1): string {
  const body = told(n, conference, version);
  return encode(Buffer.concat([body, sign(null, body, key)]));
}

const PASSES: Passes = { key: KEY, conference_id: 1, revoked: [{ pass: uid(8), by: "Lê Bá" }, { pass: uid(9), by: null }] };
const PEOPLE = [
  row(1, "Đức", { pass: uid(1) }),
  here(row(2, "Ân", { pass: uid(2) })),
  elsewhere(row(3, "Út", { pass: uid(3) })),
  row(4, "Bá", { pass: uid(4), state: "substituted", by: "Lê Bá" }),
  row(5, "Thuỳ", { pass: uid(5), state: "left" }),
  row(6, "Oanh", { pass: null }),
];

function loaded(people: Row[] = PEOPLE): Roster {
  const roster = new Roster();
  roster.load(snapshot(10, people, { passes: PASSES }));
  return roster;
}

const judge = (code: string, roster = loaded(), event: "check_in" | "leave" = "check_in") => {
  const judgement = judgeCode(code, event, roster, Date.parse(NOW));
  return judgement.kind === "person" ? [judgement.row.name, judgement.standing] : judgement.kind === "revoked" ? ["revoked", judgement.by] : judgement.kind;
};

describe("a pass", () => {
  test("is read in either case of letters", () => {
    const pass = { conferenceId: 1, uid: uid(1) };
    assert.deepEqual([readPass(token(1), KEY), readPass(` ${token(1).toUpperCase()} `, KEY)], [pass, pass]);
  });

  test("of a conference with a large number is read whole", () => assert.equal(readPass(token(1, 4_294_967_295), KEY)?.conferenceId, 4_294_967_295));

  test("that the server has signed is read", () => {
    // Made by sign_token("the secret of a test", 258, "0f8fad5b-d9cb-469f-a165-70867728950e") of confsvc/domain/passes.py.
    const signed = "aeaaaaicb6h22w6zzndj7ilfocdhokevb2oogjrbhcss522m6snfx2dwnoagnbey4itxwhmwhijomm5hhj3v3hrd3u33afafrkaitfyomzhnylswdc47loc7dgiztqt43ripu3qi";
    const key = "2d3f8b6a61aac4360fc963635b2753201a2ae427eb369b28df304942c06bd668";
    assert.deepEqual(readPass(signed, key), { conferenceId: 258, uid: "0f8fad5b-d9cb-469f-a165-70867728950e" });
    assert.equal(readPass(signed, KEY), null);
  });

  for (const [what, forged] of Object.entries({
    "signed by somebody else": token(1, 1, THEIRS),
    "of another version": token(1, 1, OURS, 2),
    "with another person's number under the signature": encode(Buffer.concat([told(2), sign(null, told(1), OURS)])),
    "with another conference's number under the signature": encode(Buffer.concat([told(1, 2), sign(null, told(1), OURS)])),
    "without a signature": encode(Buffer.concat([told(1), Buffer.alloc(64)])),
    "whose key is a point of small order": encode(Buffer.concat([told(1), Buffer.from(`01${"00".repeat(63)}`, "hex")])),
    "cut off": token(1).slice(1),
    "too long": `${token(1)}a`,
    "of other letters": token(1).replace(/.$/, "1"),
    "a link of a delegate": "a".repeat(32),
    "an identity card": "068090000001||Nguyễn Văn A|01011990|Nam|Thôn 1|15042021",
    nothing: "",
  })) {
    test(`${what} is unknown`, () => assert.equal(judge(forged), "unknown"));
  }

  test("altered in any one letter is unknown", () => {
    const good = token(1);
    const others = [...good].map((letter, i) => good.slice(0, i) + ALPHABET[(ALPHABET.indexOf(letter) + 1) % 32] + good.slice(i + 1));
    assert.deepEqual(others.filter((altered) => judge(altered) !== "unknown"), []);
  });

  test("is unknown where the key is no key", () => {
    for (const key of ["", "zz", "ff".repeat(32), KEY.slice(2)]) assert.equal(readPass(token(1), key), null);
  });
});

describe("without a line", () => {
  test("a pass of another conference is told as that", () => assert.equal(judge(token(1, 2)), "other_conference"));
  test("a revoked pass is told with who has the seat", () => assert.deepEqual([judge(token(8)), judge(token(9))], [["revoked", "Lê Bá"], ["revoked", null]]));
  test("a person of the list is to be let in", () => assert.deepEqual(judge(token(1)), ["Đức", "welcome"]));
  test("who is here already is told", () => assert.deepEqual(judge(token(2)), ["Ân", "here"]));
  test("who is at another site is told", () => assert.deepEqual(judge(token(3)), ["Út", "elsewhere"]));
  test("who was replaced is told", () => assert.deepEqual(judge(token(4)), ["Bá", "replaced"]));
  test("who has left may come back", () => assert.deepEqual(judge(token(5)), ["Thuỳ", "welcome"]));
  test("a valid pass of nobody on the list is a visitor's", () => assert.equal(judge(token(77)), "visitor"));
  test("who goes must be here", () =>
    assert.deepEqual([1, 2, 3, 5].map((n) => judge(token(n), loaded(), "leave")), [["Đức", "not_here"], ["Ân", "welcome"], ["Út", "not_here"], ["Thuỳ", "gone"]]));
  test("nothing is judged before the list was ever read", () => assert.equal(judge(token(1), new Roster()), "unjudged"));

  test("a pass that is revoked while the desk looks on is revoked; its owner's new one is good", () => {
    const roster = loaded();
    roster.catchUp(changes(11, [row(1, "Đức", { pass: uid(21) })], { revoked: [{ pass: uid(1), by: null }] }));
    assert.deepEqual([judge(token(1), roster), judge(token(21), roster)], [["revoked", null], ["Đức", "welcome"]]);
  });

  test("a pass of another site dies without a name, and lives again", () => {
    const roster = loaded();
    roster.hearOfPasses([{ pass: uid(77), by: null }, { pass: uid(8), by: null }], [uid(9)]);
    assert.deepEqual([judge(token(77), roster), judge(token(8), roster), judge(token(9), roster)], [["revoked", null], ["revoked", "Lê Bá"], "visitor"]);
    roster.catchUp({ ...changes(11, []), restored: [uid(77)] });
    assert.equal(judge(token(77), roster), "visitor");
  });

  test("a pass that came to life again with its seat is good", () => {
    const roster = loaded();
    roster.catchUp(changes(11, [row(7, "Bửu", { pass: uid(8) })]));
    assert.deepEqual(judge(token(8), roster), ["Bửu", "welcome"]);
  });

  test("the old pass of somebody who has a new one is nobody's on the list", () => {
    const roster = loaded();
    roster.catchUp(changes(11, [row(1, "Đức", { pass: uid(21) })]));
    assert.equal(judge(token(1), roster), "visitor");
  });

  test("somebody chosen by name is judged alike", () => {
    const roster = loaded();
    const standings = [1, 2, 3, 4].map((id) => judgePerson(id, "check_in", roster, Date.parse(NOW))).map((found) => found.kind === "person" && found.standing);
    assert.deepEqual([standings, judgePerson(99, "check_in", roster, 0).kind], [["welcome", "here", "elsewhere", "replaced"], "unjudged"]);
  });
});

describe("the hours of check-in", () => {
  const early = Date.parse("2023-01-16T05:59:59.000Z");
  const now = Date.parse(NOW);
  const later = Date.parse("2023-01-16T11:00:00.000Z");
  for (const [what, conference, moment, hours] of [
    ["open once it is time", {}, now, "open"],
    ["not yet open before", {}, early, "not_yet_open"],
    ["open early where the conference has been started", { state: "in_progress" }, early, "open"],
    ["not open while it is drafted", { state: "draft" }, now, "not_yet_open"],
    ["not open while it is postponed", { state: "postponed" }, now, "not_yet_open"],
    ["closed where it is cancelled", { state: "cancelled" }, now, "closed"],
    ["closed after the close", { state: "closed", closed_at: NOW }, later, "closed"],
    ["open for what happened before the close", { state: "closed", closed_at: "2023-01-16T10:00:00.000Z" }, now, "open"],
  ] as const) {
    test(what, () => assert.equal(hoursAt({ ...CONFERENCE, ...conference }, moment), hours));
  }
});

describe("what waits", () => {
  beforeEach(resetRefs);
  const offline = async (conference = {}) => {
    const made = make();
    made.transport.replies["sync"] = () => ({ ok: true, ...snapshot(10, PEOPLE, { passes: PASSES, counts: { ...COUNTS, summoned: 6, named: 6, present: 2, not_yet: 4 }, conference: { ...CONFERENCE, ...conference } }) });
    await made.desk.start();
    await made.transport.connect();
    made.transport.drop();
    return made;
  };
  const counts = ({ desk }: Awaited<ReturnType<typeof offline>>, ...keys: (keyof typeof COUNTS)[]) => keys.map((key) => desk.roster.counts?.[key]);

  test("the second scan of a person says that they are here already, since the first one", async () => {
    const made = await offline();
    const first = await made.desk.checkInByCode(token(1)).judgement;
    made.time.pass(60_000);
    const second = await made.desk.checkInByCode(token(1).toUpperCase()).judgement;
    assert.equal(first.kind === "person" && first.standing, "welcome");
    assert.deepEqual(second.kind === "person" && [second.standing, second.row.since, second.row.desk], ["here", NOW, "Bàn 1"]);
    assert.deepEqual([made.desk.isWaiting(1), made.desk.roster.row(1)?.state, counts(made, "present", "not_yet")], [true, "present", [3, 3]]);
  });

  test("every code is sent, whatever was made of it here", async () => {
    const made = await offline();
    for (const code of [token(8), token(1, 1, THEIRS), token(1, 2), token(77)]) made.desk.checkInByCode(code);
    await settle();
    await made.transport.connect();
    const [record] = made.transport.sent.filter(([event]) => event === "record");
    assert.equal((record?.[1]["acts"] as []).length, 4);
  });

  test("refused here changes no row and no count", async () => {
    const made = await offline();
    for (const code of [token(8), token(1, 1, THEIRS), token(1, 2), token(77), token(4)]) made.desk.checkInByCode(code);
    await settle();
    assert.deepEqual([counts(made, "present", "not_yet", "visiting"), made.desk.roster.row(4)?.state], [[2, 4, 0], "substituted"]);
  });

  test("comings and goings are counted", async () => {
    const made = await offline();
    made.desk.checkInByName(1);
    made.desk.leave(2);
    made.desk.checkInByName(3);
    made.desk.undo(1, "nhầm");
    made.desk.walkIn({ name: "Hồ Thị Xuân", position: "", unit: "" });
    made.desk.countHeads(41, "");
    await settle();
    assert.deepEqual(counts(made, "summoned", "present", "away", "not_yet", "walk_ins", "headcount"), [6, 1, 1, 4, 1, 41]);
    assert.deepEqual([1, 2, 3].map((id) => [made.desk.roster.row(id)?.state, made.desk.roster.row(id)?.at]), [["not_yet", null], ["left", null], ["present", 7]]);
  });

  test("a substitute takes the seat, and gives it back", async () => {
    const made = await offline();
    const { entry } = made.desk.substitute(1, { name: "Lê Văn Bá", position: "", rank: "staff", reason: "ốm" });
    await settle();
    assert.deepEqual([made.desk.roster.row(1)?.state, made.desk.roster.row(1)?.by, counts(made, "summoned", "present", "substitutes", "not_yet")], ["substituted", "Lê Văn Bá", [6, 3, 1, 3]]);
    made.desk.withdrawSubstitute(entry.payload.client_ref, "nhầm");
    await settle();
    assert.deepEqual([made.desk.roster.row(1)?.state, counts(made, "present", "substitutes")], ["not_yet", [2, 0]]);
  });

  test("a substitute of too low a rank waits for a yes", async () => {
    const made = await offline();
    made.transport.replies["sync"] = () => ({ ok: true, ...changes(11, [row(1, "Đức", { rank: "head", required_rank: "leader" })]) });
    await made.transport.connect();
    made.transport.drop();
    made.desk.substitute(1, { name: "Lê Văn Bá", position: "", rank: "staff", reason: "ốm" });
    await settle();
    assert.equal(made.desk.roster.row(1)?.state, "not_yet");
  });

  test("who comes after the grace is late", async () => {
    const made = await offline({ late_minutes: 5 });
    made.time.pass(34 * 60_000);
    made.desk.checkInByName(1);
    made.time.pass(2 * 60_000);
    made.desk.checkInByName(5);
    await settle();
    assert.deepEqual([made.desk.roster.row(1)?.late, made.desk.roster.row(5)?.late, counts(made, "late")], [false, false, [0]]);
    made.desk.undo(1, "nhầm");
    made.desk.checkInByName(1);
    await settle();
    assert.deepEqual([made.desk.roster.row(1)?.late, counts(made, "late")], [true, [1]]);
  });

  test("what was done outside the hours changes nothing here", async () => {
    const made = await offline({ opens_at: "2023-01-16T06:45:00.000Z" });
    const judgement = await made.desk.checkInByName(1).judgement;
    assert.deepEqual([judgement.hours, counts(made, "present")], ["not_yet_open", [2]]);
  });
});
