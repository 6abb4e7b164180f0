// The service worker: what opens without a line always works, and nothing but a desk's own page is ever kept.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OfflinePage } from "../../static/src/desk/offline.ts";

const HOST = "https://h.example";

/** As much of a browser's CacheStorage as the worker uses. */
class FakeCaches {
  readonly all = new Map<string, Map<string, Response>>();

  async open(name: string): Promise<Cache> {
    if (!this.all.has(name)) this.all.set(name, new Map());
    const held = this.all.get(name)!;
    return {
      match: async (key: string) => held.get(key)?.clone(),
      put: async (key: string, response: Response) => void held.set(key, response),
      delete: async (key: string) => held.delete(key),
    } as unknown as Cache;
  }

  async match(request: Request | string): Promise<Response | undefined> {
    const key = typeof request === "string" ? request : new URL(request.url).pathname;
    return [...this.all.values()].map((held) => held.get(key)).find(Boolean)?.clone();
  }

  async keys(): Promise<string[]> {
    return [...this.all.keys()];
  }

  async delete(name: string): Promise<boolean> {
    return this.all.delete(name);
  }
}

const page = (text: string, release = "r1", desk = "desk-1") => new Response(text, { headers: { "Confsvc-Desk": desk, "Confsvc-Release": release } });
const noDesk = () => new Response("not a desk", { status: 403, headers: { "Confsvc-Desk": "none", "Confsvc-Release": "r1" } });
const files = (release: string) => [`/static/dist/desk-${release}.js`, "/static/dist/font.woff2"];

/** A device that has gone through the release `r1`; `server` answers from then on. */
class Device {
  readonly caches = new FakeCaches();
  readonly asked: string[] = [];
  readonly pauses: { ms: number; end: () => void }[] = [];
  server: (path: string) => Response | Promise<Response> = (path) => (path === "/desk" ? page("page of r1") : new Response(path));

  worker(release = "r1"): OfflinePage {
    return new OfflinePage({
      caches: this.caches as unknown as CacheStorage,
      fetch: async (request) => {
        const path = typeof request === "string" ? request : new URL(request.url).pathname;
        this.asked.push(path);
        return this.server(path);
      },
      release,
      files: files(release),
      wait: (ms) => new Promise<void>((end) => this.pauses.push({ ms, end })),
    });
  }

  async install(release = "r1"): Promise<OfflinePage> {
    const worker = this.worker(release);
    await worker.install();
    await worker.activate();
    return worker;
  }

  loseLine(): void {
    this.server = () => Promise.reject(new TypeError("no line"));
  }
}

const navigate = (path = "/desk", more = {}) => ({ url: HOST + path, method: "GET", mode: "navigate", referrer: "", cache: "default", ...more }) as Request;
const asset = (path: string) => ({ url: HOST + path, method: "GET", mode: "cors" }) as Request;
const textOf = async (response: Promise<Response> | undefined) => (await response)?.text();

describe("the desk's page", () => {
  test("opens without a line, with all its files", async () => {
    const device = new Device();
    const worker = await device.install();
    device.loseLine();
    assert.equal(await textOf(worker.respond(navigate())), "page of r1");
    assert.deepEqual(await Promise.all(files("r1").map((file) => textOf(worker.respond(asset(file))))), files("r1"));
  });

  test("is the server's where there is a line, and kept anew", async () => {
    const device = new Device();
    const worker = await device.install();
    device.server = () => page("page in English");
    assert.equal(await textOf(worker.respond(navigate())), "page in English");
    device.loseLine();
    assert.equal(await textOf(worker.respond(navigate())), "page in English");
  });

  test("comes from the device where the line is too slow, and is kept anew when it has come", async () => {
    const device = new Device();
    const worker = await device.install();
    let arrive: (response: Response) => void = () => undefined;
    device.server = () => new Promise((resolve) => (arrive = resolve));
    const opened = textOf(worker.respond(navigate()));
    while (!device.pauses.length) await new Promise((resolve) => setImmediate(resolve));
    device.pauses[0]?.end();
    assert.equal(await opened, "page of r1");
    arrive(page("later page"));
    await new Promise((resolve) => setImmediate(resolve));
    device.loseLine();
    assert.equal(await textOf(worker.respond(navigate())), "later page");
  });

  for (const [what, request, ms] of [
    ["opened", {}, 3000],
    ["reloaded", { referrer: `${HOST}/pair/x`, cache: "no-cache" }, 3000],
    ["asked for by a press, which the server must hear of", { referrer: `${HOST}/pair/x` }, 15000],
  ] as const) {
    test(`is waited for ${ms / 1000} seconds where it is ${what}`, async () => {
      const device = new Device();
      const worker = await device.install();
      device.server = () => new Promise(() => undefined);
      const opened = textOf(worker.respond(navigate("/desk", request)));
      while (!device.pauses.length) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(device.pauses.map((pause) => pause.ms), [ms]);
      device.pauses[0]?.end();
      assert.equal(await opened, "page of r1");
    });
  }

  for (const [what, answer] of [
    ["an error of the server", () => new Response("broken", { status: 500 })],
    ["a proxy's error", () => new Response("bad gateway", { status: 502 })],
    ["too many requests", () => new Response("", { status: 429 })],
    ["a café's sign-in page", () => new Response("<h1>Welcome to our WLAN</h1>")],
    ["a redirect", () => ({ status: 0, type: "opaqueredirect", headers: new Headers(), redirected: false }) as Response],
    ["a page that came by a redirect", () => Object.defineProperty(page("elsewhere"), "redirected", { value: true })],
    ["an error that says whose it is", () => new Response("broken", { status: 500, headers: { "Confsvc-Desk": "desk-1", "Confsvc-Release": "r1" } })],
  ] as const) {
    test(`is never ${what}`, async () => {
      const device = new Device();
      const worker = await device.install();
      device.server = answer;
      assert.equal(await textOf(worker.respond(navigate())), "page of r1");
      device.loseLine();
      assert.equal(await textOf(worker.respond(navigate())), "page of r1");
    });
  }

  test("is not replaced by the page that says that this is no desk, which is shown all the same", async () => {
    const device = new Device();
    const worker = await device.install();
    device.server = noDesk;
    assert.equal(await textOf(worker.respond(navigate())), "not a desk");
    device.loseLine();
    assert.equal(await textOf(worker.respond(navigate())), "page of r1");
  });

  test("of a device that was never a desk is whatever the server says", async () => {
    const device = new Device();
    device.server = (path) => (path === "/desk" ? noDesk() : new Response(path));
    const worker = await device.install();
    assert.equal(await textOf(worker.respond(navigate())), "not a desk");
    device.loseLine();
    await assert.rejects(textOf(worker.respond(navigate())) ?? Promise.reject(new Error()));
  });

  test("is that of the desk which the device is now", async () => {
    const device = new Device();
    const worker = await device.install();
    device.server = () => page("page of desk 2", "r1", "desk-2");
    await worker.respond(navigate());
    device.loseLine();
    assert.equal(await textOf(worker.respond(navigate())), "page of desk 2");
  });

  test("of the desk that the device was never comes up again, even between two releases", async () => {
    const device = new Device();
    const worker = await device.install();
    device.server = () => page("page of desk 2", "r2", "desk-2");
    assert.equal(await textOf(worker.respond(navigate())), "page of desk 2");
    device.loseLine();
    await assert.rejects(textOf(worker.respond(navigate())) ?? Promise.reject(new Error()));
  });
});

describe("a new release", () => {
  const serve = (release: string) => (path: string) => (path === "/desk" ? page(`page of ${release}`, release) : path.includes(release) || path.includes("font") ? new Response(path) : new Response("gone", { status: 404 }));

  test("takes over at the next load, and its page opens without a line", async () => {
    const device = new Device();
    const old = await device.install();
    device.server = serve("r2");
    assert.equal(await textOf(old.respond(navigate())), "page of r2");
    const worker = await device.install("r2");
    device.loseLine();
    assert.equal(await textOf(worker.respond(navigate())), "page of r2");
    assert.equal(await textOf(worker.respond(asset("/static/dist/desk-r2.js"))), "/static/dist/desk-r2.js");
  });

  test("whose files are not all there yet changes nothing: the old page opens, with its files", async () => {
    const device = new Device();
    const old = await device.install();
    device.server = serve("r2");
    await old.respond(navigate());
    device.server = (path) => (path === "/static/dist/desk-r2.js" ? new Response("", { status: 503 }) : serve("r2")(path));
    await assert.rejects(device.worker("r2").install(), /desk-r2\.js: 503/);
    device.loseLine();
    assert.equal(await textOf(old.respond(navigate())), "page of r1");
    assert.equal(await textOf(old.respond(asset("/static/dist/desk-r1.js"))), "/static/dist/desk-r1.js");
  });

  test("leaves an open page of the old one its files, which the server has no more", async () => {
    const device = new Device();
    await device.install();
    device.server = serve("r2");
    const worker = await device.install("r2");
    assert.equal(await textOf(worker.respond(asset("/static/dist/desk-r1.js"))), "/static/dist/desk-r1.js");
  });

  test("asks only for the files that have changed", async () => {
    const device = new Device();
    await device.install();
    device.asked.length = 0;
    device.server = serve("r2");
    await device.install("r2");
    assert.deepEqual(device.asked, ["/static/dist/desk-r2.js", "/desk"]);
  });

  test("lets go of what is two releases old", async () => {
    const device = new Device();
    for (const release of ["r1", "r2", "r3"]) {
      device.server = serve(release);
      await device.install(release);
    }
    assert.deepEqual(await device.caches.keys(), ["desk-r2", "desk-r3"]);
  });

  test("that could not get its page keeps the old one", async () => {
    const device = new Device();
    await device.install();
    device.server = (path) => (path === "/desk" ? new Response("", { status: 500 }) : serve("r2")(path));
    const worker = await device.install("r2");
    device.loseLine();
    assert.equal(await textOf(worker.respond(navigate())), "page of r1");
  });
});

describe("everything else", () => {
  for (const request of [navigate("/desks"), navigate("/desk/leave"), navigate("/language/en"), asset("/socket.io/"), { ...navigate(), method: "POST" } as Request, { ...asset("/static/x.js"), url: "https://elsewhere.example/static/x.js" } as Request]) {
    test(`is none of the worker's business: ${request.method} ${request.url}`, () => {
      Object.defineProperty(globalThis, "location", { value: { href: `${HOST}/desk/sw.js` }, configurable: true });
      assert.equal(new Device().worker().respond(request), undefined);
    });
  }
});
