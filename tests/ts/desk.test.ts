// The desk's rules: folding, codes, the hand-held scanner, the queue, the roster, verdicts; over a transport of our own.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readCode, Sightings } from "../../static/src/desk/codes.ts";
import { Desk } from "../../static/src/desk/desk.ts";
import { clean, fold } from "../../static/src/desk/fold.ts";
import { MemoryStore, type Entry, type Outcome } from "../../static/src/desk/queue.ts";
import { newRef } from "../../static/src/desk/refs.ts";
import { Roster } from "../../static/src/desk/roster.ts";
import { foreignSight, sightOf, waitingSight } from "../../static/src/desk/verdict.ts";
import { type Press, Wedge } from "../../static/src/desk/wedge.ts";
import { ServerClock } from "../../static/src/live/clock.ts";
import { answer, COUNTS, FakeTransport, row, settle, snapshot } from "./fakes.ts";

const TOKEN = "abcdefghijklmnopqrstuvwxyz234567";

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
  test("an address that Telex has mangled", () => assert.deepEqual(readCode("https://h/p/ábcđefghijklmnopqrstuvwxyz234567"), { kind: "mangled" }));

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
    roster.catchUp({ now: "", revision: 11, rows: [{ ...people[0]!, state: "present", at: 7 }], counts: COUNTS });
    assert.deepEqual([ids(roster, "", "present"), ids(roster, "", "not_yet")], [[[1], []], [[2, 3, 4], []]]);
  });
  test("whoever was looked for and does not pass the filter is among the others", () => {
    const roster = loaded();
    roster.catchUp({ now: "", revision: 11, rows: [{ ...people[0]!, state: "present", at: 7 }], counts: COUNTS });
    assert.deepEqual(ids(roster, "duc", "not_yet"), [[3, 4], [1]]);
  });
  test("present at another site is not here", () => {
    const roster = loaded();
    roster.catchUp({ now: "", revision: 11, rows: [{ ...people[0]!, state: "present", at: 8 }], counts: COUNTS });
    assert.deepEqual([ids(roster, "", "present"), roster.isHere(roster.row(1)!)], [[[], []], false]);
  });
  test("a visitor stays while in the hall", () => {
    const roster = loaded();
    const guest = row(9, "Khách", { expected_here: false, state: "present", at: 7 });
    roster.catchUp({ now: "", revision: 11, rows: [guest], counts: COUNTS });
    assert.equal(roster.row(9)?.name, "Khách");
    roster.catchUp({ now: "", revision: 12, rows: [{ ...guest, at: 8 }], counts: COUNTS });
    assert.equal(roster.row(9), undefined);
  });
  test("an ack mends a row and leaves the revision, from which the rest is asked", () => {
    const roster = loaded();
    roster.mend([{ ...people[0]!, state: "present", at: 7 }], 15, { ...COUNTS, present: 1 });
    assert.deepEqual([roster.revision, roster.row(1)?.state, roster.counts?.present], [10, "present", 1]);
    roster.catchUp({ now: "", revision: 12, rows: [people[0]!, { ...people[1]!, state: "present", at: 7 }], counts: COUNTS });
    assert.deepEqual([roster.revision, roster.row(1)?.state, roster.row(2)?.state, roster.counts?.present], [12, "present", "present", 1]);
  });
  test("a snapshot read before news does not undo the news", () => {
    const roster = loaded();
    roster.catchUp({ now: "", revision: 12, rows: [{ ...people[0]!, state: "present", at: 7 }], counts: { ...COUNTS, present: 1 } });
    roster.load(snapshot(11, people));
    assert.deepEqual([roster.row(1)?.state, roster.revision, roster.counts?.present], ["present", 12, 1]);
  });
});

describe("desk", () => {
  function make(transport = new FakeTransport()) {
    const answers: [Entry, Outcome][] = [];
    let changes = 0;
    let refs = 0;
    const store = new MemoryStore();
    const desk = new Desk({
      transport,
      clock: new ServerClock(() => 0),
      store,
      newRef: () => `ref-${++refs}`,
      changed: () => changes++,
      answered: (entry, outcome) => answers.push([entry, outcome]),
    });
    transport.replies["sync"] = ({ since }) => ({ ok: true, ...(since === null ? snapshot(10, [row(1, "Đức"), row(2, "Ân")]) : { now: NOW, revision: 12, rows: [], counts: COUNTS }) });
    return { desk, transport, answers, store };
  }
  const NOW = "2023-01-16T06:30:00.000Z";

  test("reads everything once connected", async () => {
    const { desk, transport } = make();
    await desk.start();
    assert.equal(desk.connection, "connecting");
    await transport.connect();
    assert.deepEqual([desk.connection, desk.roster.rows.length, transport.sent], ["online", 2, [["sync", { since: null }]]]);
  });

  test("says the server's time of the act", async () => {
    const { desk, transport } = make();
    transport.replies["check_in"] = () => answer(11, row(1, "Đức", { state: "present", at: 7 }));
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    desk.checkInByCode(TOKEN);
    await settle();
    assert.deepEqual(transport.sent.slice(1), [
      ["check_in", { client_ref: "ref-1", occurred_at: NOW, method: "name", delegate_id: 1 }],
      ["check_in", { client_ref: "ref-2", occurred_at: NOW, method: "scan", code: TOKEN }],
    ]);
    assert.deepEqual([desk.roster.row(1)?.state, desk.queue.entries], ["present", []]);
  });

  test("what has no answer goes again with the same reference, before the rest is asked for", async () => {
    const { desk, transport, answers, store } = make();
    transport.replies["check_in"] = () => null;
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    await settle();
    assert.deepEqual([transport.restarts, desk.connection, desk.isWaiting(1), (await store.all()).length], [1, "offline", true, 1]);
    desk.undo(2, "nhầm");
    await settle();
    transport.replies["check_in"] = () => answer(11, row(1, "Đức", { state: "present", at: 7 }));
    transport.replies["undo_check_in"] = () => answer(12, row(2, "Ân"));
    transport.sent.length = 0;
    await transport.connect();
    assert.deepEqual(
      transport.sent.map(([event, payload]) => [event, payload["client_ref"] ?? payload["since"]]),
      [["check_in", "ref-1"], ["undo_check_in", "ref-2"], ["sync", 10]],
    );
    assert.deepEqual([answers.length, desk.queue.entries, await store.all(), desk.connection, desk.roster.revision], [2, [], [], "online", 12]);
  });

  test("what an earlier page has left is sent too", async () => {
    const { desk, transport, store } = make();
    await store.put({ event: "check_in", payload: { client_ref: "old", occurred_at: NOW, method: "name", delegate_id: 2 }, delegate_id: 2 });
    transport.replies["check_in"] = () => answer(11, row(2, "Ân", { state: "present", at: 7 }));
    await desk.start();
    assert.equal(desk.isWaiting(2), true);
    await transport.connect();
    assert.deepEqual(transport.sent.map(([event]) => event), ["sync", "check_in"]);
  });

  test("a refused payload is told and not sent again", async () => {
    const { desk, transport, answers } = make();
    transport.replies["check_in"] = () => ({ ok: false, error: { code: "malformed", message: "không đọc được", field: "code" } });
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    await settle();
    assert.deepEqual([answers.map(([, outcome]) => outcome), desk.queue.entries], [[{ ok: false, code: "malformed", message: "không đọc được" }], []]);
  });

  test("too many requests wait and go on", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { desk, transport, answers } = make();
    let tries = 0;
    transport.replies["check_in"] = () => (++tries === 1 ? { ok: false, error: { code: "too_many_requests", message: "" } } : answer(11, row(1, "Đức")));
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    await settle();
    assert.deepEqual([answers.length, desk.isWaiting(1)], [0, true]);
    context.mock.timers.tick(2000);
    await settle();
    assert.deepEqual([answers.length, tries], [1, 2]);
  });

  test("a revoked desk stops and keeps what was not sent", async () => {
    const { desk, transport, answers } = make();
    transport.replies["check_in"] = () => ({ ok: false, error: { code: "desk_revoked", message: "" } });
    await desk.start();
    await transport.connect();
    desk.checkInByName(1);
    await settle();
    assert.deepEqual([desk.connection, transport.closed, desk.queue.entries.length, answers.length], ["revoked", true, 1, 0]);
  });

  test("a refused connection ends the desk", async () => {
    const { desk, transport } = make();
    await desk.start();
    transport.refuse("desk_unknown");
    assert.equal(desk.connection, "revoked");
  });

  test("hears the other desks, the conference and the end", async () => {
    const { desk, transport } = make();
    await desk.start();
    await transport.connect();
    transport.tell("attendance_changed", { now: NOW, revision: 11, rows: [row(2, "Ân", { state: "present", at: 7 })], counts: { ...COUNTS, present: 1 } });
    transport.tell("conference_changed", { now: NOW, state: "closed" });
    assert.deepEqual([desk.roster.row(2)?.state, desk.roster.counts?.present, desk.roster.conference?.state], ["present", 1, "closed"]);
    transport.tell("desk_revoked", { now: NOW });
    assert.equal(desk.connection, "revoked");
  });

  test("news that come before the gap is closed do not hide the gap", async () => {
    const { desk, transport } = make();
    transport.replies["check_in"] = () => {
      transport.tell("attendance_changed", { now: NOW, revision: 15, rows: [row(1, "Đức", { state: "present", at: 7 })], counts: COUNTS });
      return answer(15, row(1, "Đức", { state: "present", at: 7 }));
    };
    await desk.start();
    await transport.connect();
    transport.drop();
    desk.checkInByName(1);
    await transport.connect();
    assert.deepEqual(transport.sent.at(-1), ["sync", { since: 10 }]);
  });

  test("a burst of roster news is one reading", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { desk, transport } = make();
    await desk.start();
    await transport.connect();
    for (let i = 0; i < 5; i++) transport.tell("roster_changed", { now: NOW });
    context.mock.timers.tick(300);
    await settle();
    assert.deepEqual(transport.sent, [["sync", { since: null }], ["sync", { since: null }]]);
  });

  test("a server that was set back is believed", async () => {
    const { desk, transport } = make();
    await desk.start();
    await transport.connect();
    transport.replies["sync"] = () => ({ ok: true, ...snapshot(3, [row(5, "Mới")]) });
    transport.drop();
    await transport.connect();
    assert.deepEqual([desk.roster.revision, desk.roster.rows.map(({ id }) => id)], [3, [5]]);
  });

  test("references are random UUIDs", () => assert.match(newRef(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/));
});

describe("verdict", () => {
  const texts = {
    accepted: "Đã điểm danh", repeated: "Đã điểm danh trước đó", moved: "Chuyển điểm cầu", refused: "Từ chối", not_a_code: "Mã không hợp lệ", undone: "Đã hoàn tác",
    since: "Từ {time}, {site}", at_desk: "Bàn {desk}", moved_from: "Từ {site} {time}", expected_elsewhere: "Thuộc {site}", reason_pass_revoked: "Thẻ đã thu hồi", reason_pass_unknown: "Không có thẻ",
    waiting: "Chờ gửi", waiting_note: "Giữ trên máy", waiting_code_note: "Giữ mã", foreign_code: "Không phải thẻ", mangled_code: "Bộ gõ",
  };
  const zone = "Asia/Ho_Chi_Minh";
  const entry: Entry = { event: "check_in", payload: { client_ref: "r", occurred_at: "" }, delegate_id: null };
  const person = row(1, "Trần {time} Đức", { position: "Giám đốc", unit: "Sở Nội vụ" });
  const sight = (changes: object, who = person, event: Entry["event"] = "check_in") => {
    const { ok: _, ...told } = answer(11, who, changes);
    return sightOf({ ...entry, event }, { ok: true, answer: told }, texts, zone);
  };
  const who = { name: "Trần {time} Đức", about: ["Giám đốc", "Sở Nội vụ"] };

  test("accepted", () => assert.deepEqual(sight({}), { tone: "good", word: "Đã điểm danh", ...who, notes: [] }));
  test("accepted, expected elsewhere", () =>
    assert.deepEqual(sight({}, { ...person, expected_here: false, expected_site: "La Gi" }), { tone: "good", word: "Đã điểm danh", ...who, notes: ["Thuộc La Gi"] }));
  test("repeated says since when and where", () =>
    assert.deepEqual(sight({ verdict: "repeated", since: "2023-01-16T06:42:10.000Z", site: "La Gi", desk: "2" }), { tone: "repeated", word: "Đã điểm danh trước đó", ...who, notes: ["Từ 13:42, La Gi", "Bàn 2"] }));
  test("moved says from where", () =>
    assert.deepEqual(sight({ verdict: "moved", since: "2023-01-16T06:42:10.000Z", site: "La Gi" }), { tone: "moved", word: "Chuyển điểm cầu", ...who, notes: ["Từ La Gi 13:42"] }));
  test("refused says why", () =>
    assert.deepEqual(sight({ verdict: "refused", reason: "pass_revoked" }), { tone: "refused", word: "Từ chối", ...who, notes: ["Thẻ đã thu hồi"] }));
  test("a code that nobody has is no valid code", () =>
    assert.deepEqual(sight({ verdict: "refused", reason: "pass_unknown", row: null }).word, "Mã không hợp lệ"));
  test("undone", () => assert.deepEqual(sight({}, person, "undo_check_in"), { tone: "good", word: "Đã hoàn tác", ...who, notes: [] }));
  test("an error is told in its own words", () =>
    assert.deepEqual(sightOf(entry, { ok: false, code: "error", message: "Lỗi" }, texts, zone, person), { tone: "refused", word: "Từ chối", ...who, notes: ["Lỗi"] }));
  test("waiting, with and without a name", () =>
    assert.deepEqual([waitingSight(texts, person), waitingSight(texts)], [
      { tone: "waiting", word: "Chờ gửi", ...who, notes: ["Giữ trên máy"] },
      { tone: "waiting", word: "Chờ gửi", name: "", about: [], notes: ["Giữ mã"] },
    ]));
  test("a foreign code", () => assert.deepEqual(foreignSight(texts, false), { tone: "refused", word: "Mã không hợp lệ", name: "", about: [], notes: ["Không phải thẻ"] }));
  test("a code that the keyboard has mangled", () => assert.deepEqual(foreignSight(texts, true).notes, ["Bộ gõ"]));
});
