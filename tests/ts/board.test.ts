// The board's numbers: frames, gaps, order, how figures and times are written, whose clock it is.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Board } from "../../static/src/board/board.ts";
import { shortNames } from "../../static/src/board/names.ts";
import { endOfPage } from "../../static/src/board/paging.ts";
import type { Difference, SentTile, SiteCounts, Snapshot } from "../../static/src/board/protocol.ts";
import { densityOf, Tally } from "../../static/src/board/tally.ts";
import { ServerClock } from "../../static/src/live/clock.ts";
import { formatNumber, formatPercent, formatTime } from "../../static/src/live/figures.ts";
import { say } from "../../static/src/live/texts.ts";
import { COUNTS, FakeTransport, settle } from "./fakes.ts";

const NOW = "2023-01-16T06:30:00.000Z";

function site(id: number, changes: Partial<SiteCounts> = {}): SiteCounts {
  return { ...COUNTS, in_hall: null, id, name: `Điểm cầu ${id}`, kind: id === 1 ? "main" : "remote", sites: 1, desks: 0, ...changes };
}

function snapshot(revision: number, sites: SiteCounts[] = [site(1), site(2), site(3)]): Snapshot {
  const conference = { id: 1, title: "Hội nghị", state: "in_progress", starts_at: NOW, timezone: "Asia/Ho_Chi_Minh" };
  const head = { now: NOW, revision, frame: revision, conference, shown: "sites", site_count: sites.length } as const;
  return { ...head, total: { ...COUNTS, in_hall: null, summoned: 12 }, sites, missing: { count: 0, mandates: [] }, asking: null };
}

/** Frames of these tests are numbered as their revisions are. */
function frame(previous: number, number: number, sites: SentTile[] = [], changes: Partial<Difference> = {}): Difference {
  const head = { now: "2023-01-16T06:31:00.000Z", previous, revision: number, frame: number };
  return { ...head, sites, total: { ...COUNTS, in_hall: null, summoned: 12, present: number }, ...changes };
}

function loaded(sites?: SiteCounts[]): Tally {
  const tally = new Tally();
  tally.load(snapshot(10, sites));
  return tally;
}

describe("tally", () => {
  test("a frame that continues what is known is taken", () => {
    const tally = loaded();
    assert.equal(tally.apply(frame(10, 12, [{ id: 2, present: 3 }], { frame: 11 })), true);
    assert.deepEqual(
      [tally.revision, tally.total?.present, tally.asOf, tally.sites("site").map(({ present }) => present)],
      [12, 12, "2023-01-16T06:31:00.000Z", [0, 3, 0]],
    );
  });
  test("a frame after a gap is not taken, also where the revision is the same", () => {
    const tally = loaded();
    assert.deepEqual([tally.apply(frame(10, 10, [site(2, { present: 3 })], { frame: 12 })), tally.revision, tally.sites("site")[1]?.present], [false, 10, 0]);
  });
  test("a frame before any snapshot is not taken", () => assert.equal(new Tally().apply(frame(0, 1)), false));
  test("a frame that was overtaken changes nothing", () => {
    const tally = loaded();
    assert.deepEqual([tally.apply(frame(7, 9, [site(2, { present: 9 })])), tally.revision, tally.sites("site")[1]?.present], [true, 10, 0]);
  });
  test("a frame of the same revision tells of desks that come and go", () => {
    const tally = loaded();
    tally.apply(frame(10, 10, [site(3, { desks: 2 })], { frame: 11 }));
    assert.deepEqual(tally.sites("site").map(({ desks }) => desks), [0, 0, 2]);
  });
  test("what is left out of a tile is nothing, and its name that of before", () => {
    const tally = loaded([site(1, { present: 3, not_yet: 1, headcount: 0, in_hall: 0 })]);
    tally.apply(frame(10, 11, [{ id: 1, summoned: 4, not_yet: 4 }]));
    assert.deepEqual(tally.sites("site"), [site(1, { named: 0, not_yet: 4 })]);
  });
  test("missing people stay until they are told anew, and are never there for the public", () => {
    const missing = { count: 1, mandates: [{ mandate_id: 4, unit: "Sở Y tế", required_rank: "head", site: "Điểm cầu 1", names: ["Ân"] }] };
    const tally = loaded();
    tally.apply(frame(10, 11, [], { missing }));
    tally.apply(frame(11, 12));
    assert.deepEqual(tally.missing, missing);
    tally.load({ ...snapshot(13), missing: null });
    tally.apply(frame(13, 14));
    assert.equal(tally.missing, null);
  });
  test("a frame that holds everything leads from anywhere", () => {
    const tally = loaded();
    assert.equal(tally.apply({ ...snapshot(30, [site(4)]), previous: 0 }), true);
    assert.deepEqual([tally.revision, tally.sites("site").map(({ id }) => id), tally.apply(frame(30, 31))], [30, [4], true]);
  });
  test("tiles come and go where only the sites furthest behind are shown, and these stand in that order", () => {
    const tally = new Tally();
    tally.load({ ...snapshot(10, [site(1, { present: 4 }), site(2, { present: 1 })]), shown: "behind", site_count: 3700 });
    tally.apply(frame(10, 11, [site(7, { name: "Xã Bảy" }), { id: 1, summoned: 4, present: 2 }], { gone: [2] }));
    assert.deepEqual(tally.sites("site").map(({ id, name }) => [id, name]), [[7, "Xã Bảy"], [1, "Điểm cầu 1"]]);
  });
  test("a snapshot that frames have overtaken says nothing new; after a line was lost the numbers begin anew", () => {
    const tally = loaded();
    tally.apply(frame(10, 11));
    tally.load(snapshot(9));
    assert.equal(tally.revision, 11);
    tally.forget();
    tally.load(snapshot(9));
    assert.equal(tally.revision, 9);
  });
  test("the emptiest sites first, those without seats last, equal ones in their own order", () => {
    const tally = loaded([site(1, { present: 4 }), site(2, { summoned: 0 }), site(3, { present: 1 }), site(4), site(5)]);
    assert.deepEqual(tally.sites("rate").map(({ id }) => id), [4, 5, 3, 1, 2]);
    assert.deepEqual(tally.sites("site").map(({ id }) => id), [1, 2, 3, 4, 5]);
  });
  for (const [n, density] of [[0, "few"], [4, "few"], [5, "normal"], [11, "normal"], [16, "dense"], [42, "dense"], [43, "close"], [72, "close"], [73, "packed"], [125, "packed"]] as const) {
    test(`${n} tiles are ${density}`, () => assert.equal(densityOf(n), density));
  }
});

describe("short names", () => {
  const short = (...names: string[]) => [...shortNames(names.map((name, i) => site(i, { name }))).values()];
  test("the words that others begin with as well are left out", () =>
    assert.deepEqual(short("Điểm cầu trung tâm", "Điểm cầu UBND huyện Tuy Phong", "Điểm cầu UBND huyện Tánh Linh", "Điểm cầu UBND huyện Hàm Thuận Bắc", "Điểm cầu UBND thị xã La Gi"),
      ["Trung tâm", "Tuy Phong", "Tánh Linh", "Hàm Thuận Bắc", "Thị xã La Gi"]));
  test("what tells two sites apart stays", () =>
    assert.deepEqual(short("Điểm cầu huyện Long Mỹ", "Điểm cầu thị xã Long Mỹ", "Điểm cầu huyện Phụng Hiệp", "Điểm cầu huyện Vị Thủy", "Điểm cầu thị xã Ngã Bảy", "Điểm cầu thị xã Giá Rai"),
      ["Huyện Long Mỹ", "Thị xã Long Mỹ", "Phụng Hiệp", "Vị Thủy", "Ngã Bảy", "Giá Rai"]));
  test("a proper name is never cut", () => assert.deepEqual(short("Điểm cầu huyện Hàm Thuận Bắc", "Điểm cầu huyện Hàm Thuận Nam"), ["Hàm Thuận Bắc", "Hàm Thuận Nam"]));
  for (const names of [["Điểm cầu 1", "Điểm cầu 2"], ["Điểm cầu", "Điểm cầu"], ["Hội trường A", "Điểm cầu huyện Phú Quý"], ["Điểm cầu huyện Phú Quý"]]) {
    test(`${names.join(", ")} stay whole`, () => assert.deepEqual(short(...names), names));
  }
});

describe("pages of whole cards", () => {
  const cards = [0, 40, 80, 140, 180].map((top, i) => ({ top, bottom: [40, 80, 140, 180, 220][i] ?? 0 }));
  for (const [first, room, end] of [[0, 139, 2], [0, 140, 3], [3, 500, 5], [2, 10, 3], [4, 40, 5]] as const) {
    test(`from card ${first} in ${room} pixels`, () => assert.equal(endOfPage(cards, first, room), end));
  }
});

describe("board", () => {
  function make() {
    const transport = new FakeTransport();
    const board = new Board({ transport, clock: new ServerClock(() => 0), changed: () => {} });
    let revision = 10;
    transport.replies["sync"] = () => ({ ok: true, ...snapshot(revision++) });
    board.start();
    return { board, transport };
  }

  test("asks once connected, follows frames, asks again on a gap", async () => {
    const { board, transport } = make();
    await transport.connect();
    transport.tell("tallied", frame(10, 11));
    assert.deepEqual([board.connection, board.tally.revision, transport.sent.length], ["online", 11, 1]);
    transport.tell("tallied", frame(20, 21));
    await settle();
    assert.deepEqual([board.tally.revision, transport.sent], [11, [["sync", {}], ["sync", {}]]]);
  });
  test("says when the line is lost and asks after every connect", async () => {
    const { board, transport } = make();
    await transport.connect();
    transport.drop();
    assert.deepEqual([board.connection, board.tally.asOf], ["offline", NOW]);
    await transport.connect();
    assert.deepEqual([board.connection, transport.sent.length], ["online", 2]);
  });
  test("a burst of gaps is answered by one question more", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { board, transport } = make();
    await transport.connect();
    for (let n = 20; n < 25; n++) transport.tell("tallied", frame(n, n + 1));
    await settle();
    context.mock.timers.tick(300);
    await settle();
    assert.deepEqual([board.tally.revision, transport.sent.length], [12, 3]);
  });
  test("the conference's new state is told", async () => {
    const { board, transport } = make();
    await transport.connect();
    transport.tell("conference_changed", { now: NOW, state: "closed" });
    assert.equal(board.tally.conference?.state, "closed");
  });
  for (const [what, end] of [
    ["a withdrawn link", (transport: FakeTransport) => transport.tell("link_revoked", { now: NOW })],
    ["a refused connection", (transport: FakeTransport) => transport.refuse("board_unknown")],
  ] as const) {
    test(`${what} ends the board`, async () => {
      const { board, transport } = make();
      await transport.connect();
      end(transport);
      transport.drop();
      assert.deepEqual([board.connection, transport.closed], ["ended", true]);
    });
  }
});

describe("figures", () => {
  for (const [value, vi, en] of [[0, "0", "0"], [999, "999", "999"], [1234, "1.234", "1,234"], [1234567, "1.234.567", "1,234,567"]] as const) {
    test(`${value}`, () => assert.deepEqual([formatNumber(value, "vi"), formatNumber(value, "en")], [vi, en]));
  }
  // The same values as Python's f"{100 * part / whole:.2f}": half to even where a half is exact.
  for (const [part, whole, vi] of [[287, 312, "91,99%"], [0, 7, "0,00%"], [7, 7, "100,00%"], [1, 3, "33,33%"], [2, 3, "66,67%"], [1, 800, "0,12%"], [3, 800, "0,38%"], [5, 800, "0,62%"], [1, 1600, "0,06%"], [29, 2000, "1,45%"]] as const) {
    test(`${part} of ${whole}`, () => assert.deepEqual([formatPercent(part, whole, "vi"), formatPercent(part, whole, "en")], [vi, vi.replace(",", ".")]));
  }
  test("nothing to divide by", () => assert.equal(formatPercent(0, 0, "vi"), "–"));
  test("times are those of the conference's zone, whatever the device's", () =>
    assert.deepEqual([formatTime("2023-01-16T07:00:05.000Z", "Asia/Ho_Chi_Minh"), formatTime("2023-01-15T17:00:05.000Z", "Asia/Ho_Chi_Minh", true)], ["14:00", "00:00:05"]));
});

describe("clock", () => {
  test("a message can only be late: the largest difference is the truth", () => {
    let local = 1000;
    const clock = new ServerClock(() => local);
    clock.heard(new Date(61_000 - 400).toISOString());
    clock.heard(new Date(61_000 - 20).toISOString());
    clock.heard(new Date(61_000 - 900).toISOString());
    clock.heard("rubbish");
    local = 2000;
    assert.deepEqual([clock.offset, clock.now().getTime()], [59_980, 61_980]);
  });
  test("old samples are forgotten, so that a clock that is set right is noticed", () => {
    const clock = new ServerClock(() => 0);
    clock.heard(new Date(90_000).toISOString());
    for (let i = 0; i < 8; i++) clock.heard(new Date(10).toISOString());
    assert.equal(clock.offset, 10);
  });
});

describe("texts", () => {
  test("placeholders are filled once", () => assert.equal(say({ a: "{name} từ {time}, {x}" }, "a", { name: "{time}", time: "13:42" }), "{time} từ 13:42, {x}"));
  test("an unknown key shows itself", () => assert.equal(say({}, "a"), "a"));
});
