// The device's own database: what is in it survives, also other versions of itself.
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { openDB } from "idb";
import { DATABASE, DeviceStore, UPGRADES } from "../../static/src/desk/database.ts";
import type { KeptDesk } from "../../static/src/desk/store.ts";
import { kept, make, resetRefs } from "./desk_making.ts";
import { CONFERENCE, COUNTS, here, row, settle } from "./fakes.ts";

let opened = 0;
const fresh = () => `${DATABASE}-${++opened}`;
const refs = async (store: DeviceStore) => (await store.entries()).map(({ payload }) => payload.client_ref);
const desk = (uid: string, revision: number, changes: Partial<KeptDesk> = {}): KeptDesk => ({
  uid, ended: false, desk: { uid, name: "Bàn 1" }, conference: CONFERENCE, site: { id: 7, name: "Phan Thiết" }, passes: { key: "00", conference_id: 1, revoked: [{ pass: "p", by: null }] },
  counts: COUNTS, countsRevision: revision, revision, ...changes,
});
const known = (id: number, revision: number) => ({ row: row(id, `Đại biểu ${id}`), revision });

beforeEach(resetRefs);

describe("the device's database", () => {
  test("keeps entries in the order in which they were done, for the next page too", async () => {
    const name = fresh();
    const store = new DeviceStore(name);
    for (const ref of ["c", "a", "b"]) await store.put(kept(ref));
    await store.close();
    assert.deepEqual(await refs(new DeviceStore(name)), ["c", "a", "b"]);
  });

  test("keeps an entry once, however often it is put", async () => {
    const store = new DeviceStore(fresh());
    await store.put(kept("a"));
    await store.put(kept("a"));
    await store.put(kept("b"));
    const entry = (await store.entries())[0]!;
    await store.put({ ...entry, outcome: { ok: false, code: "malformed", message: "" } });
    assert.deepEqual([await refs(store), (await store.entries())[0]?.outcome], [["a", "b"], { ok: false, code: "malformed", message: "" }]);
    await store.remove(entry);
    assert.deepEqual(await refs(store), ["b"]);
  });

  test("is one for two pages", async () => {
    const name = fresh();
    const [first, second] = [new DeviceStore(name), new DeviceStore(name)];
    await first.put(kept("a"));
    await second.put(kept("b"));
    await first.put(kept("c"));
    assert.deepEqual(await refs(second), ["a", "b", "c"]);
  });

  test("keeps what a desk knows, row by row", async () => {
    const store = new DeviceStore(fresh());
    await store.keepDesk(desk("x", 3), new Map([[1, known(1, 3)], [2, known(2, 3)]]), true);
    await store.keepDesk(desk("y", 9), new Map([[1, known(1, 9)]]), true);
    await store.keepDesk(desk("x", 4), new Map([[2, { row: here(row(2, "Ân")), revision: 4 }], [1, undefined]]), false);
    assert.deepEqual(await store.desk("x"), { desk: desk("x", 4), rows: [{ row: here(row(2, "Ân")), revision: 4 }] });
    assert.equal((await store.desk("y"))?.rows.length, 1);
    assert.equal(await store.desk("z"), null);
  });

  test("does not go back to what an older page knows, unless the server has", async () => {
    const store = new DeviceStore(fresh());
    await store.keepDesk(desk("x", 9), new Map([[1, known(1, 9)]]), true);
    await store.keepDesk(desk("x", 4), new Map([[1, undefined]]), false);
    assert.equal((await store.desk("x"))?.desk.revision, 9);
    await store.keepDesk(desk("x", 4), new Map([[5, known(5, 4)]]), true);
    assert.deepEqual((await store.desk("x"))?.rows.map(({ row: { id } }) => id), [5]);
  });

  test("forgets the people of other desks, and none of the entries", async () => {
    const store = new DeviceStore(fresh());
    for (const uid of ["x", "y"]) await store.keepDesk(desk(uid, 1), new Map([[1, known(1, 1)]]), true);
    await store.put(kept("a", { desk: "y" }));
    await store.forgetDesksBut("x");
    assert.deepEqual([(await store.desk("x"))?.rows.length, await store.desk("y"), await refs(store)], [1, null, ["a"]]);
  });

  test("keeps which desk the device is beside what its clock knows", async () => {
    const store = new DeviceStore(fresh());
    await store.keepDevice({ uid: "x", served: "2023" });
    await store.keepDevice({ clock: { offset: 5, heard: 6 } });
    assert.deepEqual(await store.device(), { uid: "x", served: "2023", clock: { offset: 5, heard: 6 } });
  });
});

describe("other versions of the database", () => {
  for (let version = 1; version < UPGRADES.length; version++) {
    test(`an entry of version ${version} is sent`, async () => {
      const name = fresh();
      const older = await openDB(name, version, { upgrade: (database) => UPGRADES.slice(0, version).forEach((upgrade) => upgrade(database as never)) });
      const { conference_id: _, outcome: __, ...less } = kept("last week's");
      await older.add("entries", less);
      older.close();
      const { desk: made, transport, store } = make({ store: new DeviceStore(name) });
      await made.start();
      await transport.connect();
      await settle();
      assert.deepEqual([transport.sent.map(([event]) => event), await store.entries()], [["sync", "check_in"], []]);
    });
  }

  test("of a newer page is used as it is", async () => {
    const name = fresh();
    const newer = await openDB(name, UPGRADES.length + 3, {
      upgrade: (database) => {
        for (const upgrade of UPGRADES) upgrade(database as never);
        database.createObjectStore("something new");
      },
    });
    newer.close();
    const store = new DeviceStore(name);
    await store.put(kept("a"));
    await store.keepDevice({ uid: "x" });
    assert.deepEqual([await refs(store), await store.device()], [["a"], { uid: "x" }]);
  });

  test("a newer page gets its version while this one is open, which goes on with it", async () => {
    const name = fresh();
    const store = new DeviceStore(name);
    await store.put(kept("a"));
    const newer = await openDB(name, UPGRADES.length + 1, { upgrade: (database) => void database.createObjectStore("something new") });
    await store.put(kept("b"));
    assert.deepEqual(await refs(store), ["a", "b"]);
    newer.close();
  });

  test("one that is not ours at all is no store, and no end of the desk", async () => {
    const name = fresh();
    (await openDB(name, 99, { upgrade: (database) => void database.createObjectStore("theirs") })).close();
    const { desk: made, transport, answers } = make({ store: new DeviceStore(name) });
    await made.start();
    await transport.connect();
    await made.checkInByName(1).judgement;
    await settle();
    assert.deepEqual([made.storage, answers.length, made.connection], ["unavailable", 1, "online"]);
  });

  test("one that another page holds on to is given up in time", async () => {
    const name = fresh();
    const holding = await openDB(name, 1, { upgrade: (database) => UPGRADES[0]?.(database as never) });
    await assert.rejects(new DeviceStore(name).entries(), /within 3000 ms/);
    holding.close();
  });
});
