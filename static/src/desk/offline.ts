/** What the service worker does, free of its global scope: keep the desk's page and files, and serve them without a line. */

interface Parts {
  caches: CacheStorage;
  fetch: (request: Request | string, options?: RequestInit) => Promise<Response>;
  /** Which build this is, and the addresses of all files its page can need. */
  release: string;
  files: readonly string[];
  wait?: (ms: number) => Promise<unknown>;
}

export const PAGE = "/desk";
/** Which desk a page was made for, or "none" where this browser is no desk; nobody but our server says either. */
export const DESK_HEADER = "Confsvc-Desk";
/** The build whose files a page asks for. */
export const RELEASE_HEADER = "Confsvc-Release";
const PREFIX = "desk-";
const NAMED_BY_DIGEST = "/static/dist/";
/** A line that is slower than this is none, for whoever stands at a desk and opens the page. */
const PATIENCE_MS = 3000;
/** Who has just pressed something (another language, "become a desk") wants what the server makes of it. */
const PRESSED_MS = 15_000;

/**
 * One cache for each build: its files, and the page that asks for them. A page is kept only beside all of its files, so what
 * opens without a line always works; the build before it stays for pages that are still open. Nothing but a page that our
 * server made for a desk is ever kept: no error, no redirect, no page of a café's network, no "this is not a desk".
 */
export class OfflinePage {
  readonly #parts: Parts;
  readonly #name: string;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#name = PREFIX + parts.release;
  }

  /** Bring everything together; rejects unless every file is there, and then nothing has changed for the build before. */
  async install(): Promise<void> {
    const { caches, fetch, files } = this.#parts;
    const cache = await caches.open(this.#name);
    for (const file of files) {
      // A file of the build before whose name has not changed need not come again over a poor line.
      const held = file.startsWith(NAMED_BY_DIGEST) ? await caches.match(file) : undefined;
      const response = held ?? (await fetch(file, { redirect: "error" }));
      if (!response.ok) throw new Error(`${file}: ${response.status}`);
      await cache.put(file, response);
    }
    const page = await fetch(PAGE, { redirect: "manual", credentials: "same-origin" }).catch(() => null);
    if (page && deskOf(page)) await this.#keep(page);
  }

  /** Let go of what no page needs any more: all builds but this one and the one before it. */
  async activate(): Promise<void> {
    const { caches } = this.#parts;
    const others = await this.#others();
    const hasPage = await (await caches.open(this.#name)).match(PAGE, { ignoreVary: true });
    const kept = hasPage ? others.slice(0, 1) : others;
    for (const name of others) if (!kept.includes(name)) await caches.delete(name);
  }

  /** The answer to a request of the desk's page; undefined where it is none of this worker's business. */
  respond(request: Request): Promise<Response> | undefined {
    const { origin, pathname } = new URL(request.url);
    if (request.method !== "GET" || origin !== new URL(PAGE, globalThis.location?.href ?? request.url).origin) return undefined;
    if (request.mode === "navigate") return pathname === PAGE ? this.#page(request) : undefined;
    return pathname.startsWith("/static/") ? this.#file(request) : undefined;
  }

  async #file(request: Request): Promise<Response> {
    return (await this.#parts.caches.match(request, { ignoreSearch: true })) ?? this.#parts.fetch(request);
  }

  /** The server's page where it gives one in time, else the one that is kept. */
  async #page(request: Request): Promise<Response> {
    const held = await this.#held();
    const fetched = this.#parts.fetch(request).then(async (response) => {
      const desk = deskOf(response);
      if (desk) await this.#keep(response.clone());
      return desk || isNoDesk(response) || !held ? response : held;
    });
    if (!held) return fetched;
    const isPressed = request.referrer !== "" && request.cache === "default";
    const patience = (this.#parts.wait ?? sleep)(isPressed ? PRESSED_MS : PATIENCE_MS).then(() => held);
    return Promise.race([fetched.catch(() => held), patience]);
  }

  /** Keep a page beside its files; one of another build waits for that build's own worker. */
  async #keep(page: Response): Promise<void> {
    const { caches, release } = this.#parts;
    const held = await this.#held();
    // This device is another desk now: the page of the one it was must not come up again.
    if (held && deskOf(held) !== deskOf(page)) {
      for (const name of [this.#name, ...(await this.#others())]) await (await caches.open(name)).delete(PAGE);
    }
    if (page.headers.get(RELEASE_HEADER) === release) await (await caches.open(this.#name)).put(PAGE, page);
  }

  /** The page that is kept, of this build if there is one. */
  async #held(): Promise<Response | undefined> {
    for (const name of [this.#name, ...(await this.#others())]) {
      const held = await (await this.#parts.caches.open(name)).match(PAGE, { ignoreVary: true });
      if (held) return held;
    }
    return undefined;
  }

  /** The caches of other builds, the newest first. */
  async #others(): Promise<string[]> {
    const names = await this.#parts.caches.keys();
    return names.filter((name) => name.startsWith(PREFIX) && name !== this.#name).reverse();
  }
}

/** The uid of the desk whose page this is; null for anything but such a page. */
function deskOf(response: Response): string | null {
  const desk = response.headers.get(DESK_HEADER);
  return response.status === 200 && !response.redirected && desk && desk !== "none" ? desk : null;
}

function isNoDesk(response: Response): boolean {
  return response.headers.get(DESK_HEADER) === "none";
}

function sleep(ms: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
