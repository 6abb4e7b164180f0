// What the desk reads: names, codes, the hand-held scanner, the roster.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readCode, Sightings } from "../../static/src/desk/codes.ts";
import { clean, fold } from "../../static/src/desk/fold.ts";
import { Roster } from "../../static/src/desk/roster.ts";
import { type Press, Wedge, withoutScan } from "../../static/src/desk/wedge.ts";
import { changes, COUNTS, elsewhere, here, row, snapshot } from "./fakes.ts";

const TOKEN = "abcdefghijklmnopqrstuvwxyz234567".repeat(4) + "abcdefgh";

describe("fold", () => {
  // The same cases as tests/domain/test_text.py.
  for (const [typed, folded] of [
    ["Đức", "duc"],
    ["ĐỨC", "duc"],
    ["Đức".normalize("NFD"), "duc"],
    ["Nguyễn  Văn\u00a0A", "nguyen van a"],
    ["Nguyễn Thị Thuỳ".normalize("NFD"), "nguyen thi thuy"],
    ["\u00d0ào Ðình ðạt", "dao dinh dat"],
    ["Đỗ\u200b Ơn\u202e", "do on"],
    ["  Trần\r\nThị\tẤn ", "tran thi an"],
    ["ﬁ Ⅻ ß", "fi xii ss"],
    ["", ""],
  ] as const) {
    test(JSON.stringify(typed), () => assert.equal(fold(typed), folded));
  }

  test("clean keeps marks and case", () => assert.equal(clean(" Lê\u00adThị \u200fĐào ".normalize("NFD")), "LêThị Đào"));
});

describe("codes", () => {
  for (const text of [TOKEN, TOKEN.toUpperCase(), ` ${TOKEN} `, `https://h.example/p/${TOKEN}`, `HTTPS://H.EXAMPLE:8000/P/${TOKEN.toUpperCase()}`, `http://h/x/p/${TOKEN}/?a=b`]) {
    test(`a pass: ${text}`, () => assert.deepEqual(readCode(text), { kind: "pass", token: TOKEN }));
  }
  for (const text of ["", "nguyen van a", TOKEN.slice(1), `${TOKEN}a`, `https://h/d/${TOKEN}`, "068090000001||Nguyễn Văn A|01011990|Nam|Thôn 1|15042021", `javascript:/p/${TOKEN}`]) {
    test(`no pass: ${text}`, () => assert.deepEqual(readCode(text), { kind: "foreign" }));
  }
  test("an address that Telex has mangled", () => assert.deepEqual(readCode(`https://h/p/ábcđ${TOKEN.slice(4)}`), { kind: "mangled" }));

  test("a code stays quiet until it was out of sight for three seconds", () => {
    const sightings = new Sightings();
    assert.deepEqual([0, 1000, 3900, 6800].map((now) => sightings.isNew("a", now)), [true, false, false, false]);
    assert.equal(sightings.isNew("b", 6900), true);
    assert.equal(sightings.isNew("a", 9800), true);
  });
});

describe("wedge", () => {
  const presses = (text: string, gap: number, from = 0): Press[] =>
    [...text].map((key, i) => ({ key: key === "\n" ? "Enter" : key, code: "", timeStamp: from + i * gap, ctrlKey: false, altKey: false, metaKey: false }));
  const typed = (wedge: Wedge, all: Press[]) => all.map((press) => wedge.press(press)).filter((text) => text !== null);

  test("a scanner's burst is one text", () => assert.deepEqual(typed(new Wedge(), presses(`https://h/p/${TOKEN}\n`, 8)), [`https://h/p/${TOKEN}`]));
  test("a person's typing is none", () => assert.deepEqual(typed(new Wedge(), presses("nguyen thi minh khai\n", 90)), []));
  test("a pass is taken from a scanner that stutters", () => assert.deepEqual(typed(new Wedge(), presses(`${TOKEN}\n`, 120)), [TOKEN]));
  test("what a scanner types into a field is taken out of it again", () => {
    const fields = [["Ốm", ""], ["Ốm", " nặng"]].map(([before, after]) => withoutScan(`${before}${TOKEN}${after}`, TOKEN));
    assert.deepEqual([...fields, withoutScan(`Ốm${TOKEN.slice(0, 30)}`, TOKEN), withoutScan(TOKEN, TOKEN), withoutScan("Ốm", TOKEN)], ["Ốm", "Ốm nặng", "Ốm", "", "Ốm"]);
  });
  test("a pause in the middle of a long code does not end it", () => {
    const wedge = new Wedge();
    assert.deepEqual(typed(wedge, [...presses(TOKEN.slice(0, 40), 8), ...presses(`${TOKEN.slice(40)}\n`, 8, 1300)]), [TOKEN]);
    assert.deepEqual(typed(wedge, [...presses(TOKEN.slice(0, 40), 8, 5000), ...presses(`${TOKEN.slice(40)}\n`, 8, 6400)]), [TOKEN.slice(40)]);
  });
  test("a pass typed by hand goes the way of the search field", () => assert.deepEqual(typed(new Wedge(), presses(`${TOKEN}\n`, 250)), []));
  test("a short quick burst is none", () => assert.deepEqual(typed(new Wedge(), presses("an binh\n", 5)), []));
  test("what was typed before the burst is no part of it", () => {
    const wedge = new Wedge();
    typed(wedge, presses("ngu", 200));
    assert.deepEqual(typed(wedge, presses(`${TOKEN}\n`, 8, 2000)), [TOKEN]);
  });
  test("an Enter that comes late is a person's", () => {
    const wedge = new Wedge();
    typed(wedge, presses(TOKEN, 8));
    assert.deepEqual(typed(wedge, presses("\n", 8, 5000)), []);
  });
  test("capitals come with Shift, which is no letter", () => {
    const burst = presses(`${TOKEN.toUpperCase()}\n`, 8).flatMap((press) => (press.key === "Enter" ? [press] : [{ ...press, key: "Shift" }, press]));
    assert.deepEqual(typed(new Wedge(), burst), [TOKEN.toUpperCase()]);
  });
  test("where an input method hides the letter, the key says it", () => {
    const burst = presses(`${TOKEN}\n`, 8).map((press) =>
      press.key === "Enter" ? press : { ...press, key: "Process", code: /\d/.test(press.key) ? `Digit${press.key}` : `Key${press.key.toUpperCase()}` },
    );
    assert.deepEqual(typed(new Wedge(), burst), [TOKEN]);
  });
  test("shortcuts are no letters", () => {
    const burst = presses(TOKEN, 8);
    assert.deepEqual(typed(new Wedge(), [...burst, { ...burst[0]!, key: "v", ctrlKey: true, timeStamp: 260 }, ...presses("\n", 8, 262)]), []);
  });
});

describe("roster", () => {
  const people = [
    row(1, "Trần Văn Đức", { order: 1, position: "Giám đốc", unit: "Sở Nội vụ" }),
    row(2, "Nguyễn Thị Ấn", { order: 2, position: "Phó Giám đốc", unit: "Sở Y tế" }),
    row(3, "Đức Anh Ân", { order: 3, unit: "UBND huyện Đức Linh" }),
    row(4, "Lê Thị Dục", { order: 4 }),
  ];
  const loaded = () => {
    const roster = new Roster();
    roster.load(snapshot(10, people));
    return roster;
  };
  const ids = (roster: Roster, query: string, filter: "not_yet" | "present" | "all" = "all") => {
    const { rows, others } = roster.find(query, filter);
    return [rows.map(({ id }) => id), others.map(({ id }) => id)];
  };

  test("stands in protocol order, then by name", () => {
    const roster = new Roster();
    roster.load(snapshot(1, [row(1, "B", { sort: "B" }), row(2, "A", { sort: "A" }), row(3, "Z", { order: 1 })]));
    assert.deepEqual(roster.rows.map(({ id }) => id), [3, 2, 1]);
  });
  test("finds without marks", () => assert.deepEqual(ids(loaded(), "duc"), [[1, 3, 4], []]));
  test("puts the very marks typed first", () => assert.deepEqual(ids(loaded(), "Dục"), [[4, 1, 3], []]));
  test("finds NFD typing", () => assert.deepEqual(ids(loaded(), "ẤN".normalize("NFD")), [[2, 3, 1], []]));
  test("finds words in any order, by position and unit too", () => assert.deepEqual(ids(loaded(), "y te pho"), [[2], []]));
  test("nothing typed shows the filter only", () => {
    const roster = loaded();
    roster.catchUp(changes(11, [here(people[0]!)]));
    assert.deepEqual([ids(roster, "", "present"), ids(roster, "", "not_yet")], [[[1], []], [[2, 3, 4], []]]);
  });
  test("whoever was looked for and does not pass the filter is among the others", () => {
    const roster = loaded();
    roster.catchUp(changes(11, [here(people[0]!)]));
    assert.deepEqual(ids(roster, "duc", "not_yet"), [[3, 4], [1]]);
  });
  test("present at another site is not here", () => {
    const roster = loaded();
    roster.catchUp(changes(11, [elsewhere(people[0]!)]));
    assert.deepEqual([ids(roster, "", "present"), roster.isHere(roster.row(1)!)], [[[], []], false]);
  });
  test("a visitor stays while in the hall", () => {
    const roster = loaded();
    const guest = here(row(9, "Khách", { expected_here: false }));
    roster.catchUp(changes(11, [guest]));
    assert.equal(roster.row(9)?.name, "Khách");
    roster.catchUp(changes(12, [elsewhere(guest)]));
    assert.equal(roster.row(9), undefined);
  });
  test("an ack mends a row and leaves the revision, from which the rest is asked", () => {
    const roster = loaded();
    roster.mend([here(people[0]!)], 15, { ...COUNTS, present: 1 });
    assert.deepEqual([roster.revision, roster.row(1)?.state, roster.counts?.present], [10, "present", 1]);
    roster.catchUp(changes(12, [people[0]!, here(people[1]!)]));
    assert.deepEqual([roster.revision, roster.row(1)?.state, roster.row(2)?.state, roster.counts?.present], [12, "present", "present", 1]);
  });
  test("a snapshot read before news does not undo the news", () => {
    const roster = loaded();
    roster.catchUp(changes(12, [here(people[0]!)], { counts: { ...COUNTS, present: 1 } }));
    roster.load(snapshot(11, people));
    assert.deepEqual([roster.row(1)?.state, roster.revision, roster.counts?.present], ["present", 12, 1]);
  });
});
