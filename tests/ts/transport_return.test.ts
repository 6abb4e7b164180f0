// Wherever a way to the server breaks, the page is let in again by itself. A server that fails once, in every way there is.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { openTransport } from "../../static/src/live/transport.ts";

const SPACE = "/desk";
const PING_MS = 25_000;
const OPEN = `0{"sid":"line","upgrades":[],"pingInterval":${PING_MS},"pingTimeout":20000,"maxPayload":65536}`;
/** A line that is silent is noticed after 45 seconds; then the next attempt. */
const LONGEST_MS = 60_000;
const STEP_MS = 500;
const ARRIVE_MS = 2;
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Time that passes as the test says; Node's own mock drops a timer where one is cleared that has been. */
class Timers {
  #now = 0;
  readonly #due = new Map<object, { at: number; call: () => void }>();
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

  constructor() {
    Object.assign(globalThis, {
      setTimeout: (call: (...said: unknown[]) => void, ms = 0, ...said: unknown[]) => {
        const timer = { unref: () => timer };
        this.#due.set(timer, { at: this.#now + ms, call: () => call(...said) });
        return timer;
      },
      clearTimeout: (timer: object) => void this.#due.delete(timer),
    });
  }

  /** Let time pass, and then whatever is on its way between page and server arrive. */
  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const [timer, { at, call }] of [...this.#due]) if (at <= this.#now && this.#due.delete(timer)) call();
    await new Promise((resolve) => this.#real.setTimeout(resolve, ARRIVE_MS));
  }

  restore(): void {
    Object.assign(globalThis, this.#real);
  }
}

/** One WebSocket as the server has it; texts are shorter than 126 bytes. */
class Line {
  readonly #socket: Duplex;
  readonly #key: string;

  constructor(request: IncomingMessage, socket: Duplex) {
    this.#socket = socket;
    this.#key = String(request.headers["sec-websocket-key"]);
  }

  agree(): void {
    const accepted = createHash("sha1").update(this.#key + MAGIC).digest("base64");
    this.#socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n\r\n`);
  }

  say(text: string): void {
    this.#socket.write(Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]));
  }

  /** Open the line, and answer whoever asks to be let in with `answer`. */
  open(...answer: string[]): void {
    this.agree();
    this.say(OPEN);
    this.#socket.once("data", () => answer.forEach((text) => this.say(text)));
  }

  /** Whether the page is still there is asked again and again. */
  keepAsking(): void {
    const ask = () => {
      if (this.#socket.destroyed) return;
      this.say("2");
      setTimeout(ask, PING_MS);
    };
    setTimeout(ask, PING_MS);
  }

  turnAway(): void {
    this.#socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  }

  hangUp(): void {
    this.#socket.end();
  }
}

const LET_IN = `40${SPACE},{"sid":"desk"}`;
const FAILURES: Readonly<Record<string, (line: Line) => void>> = {
  "it takes the line and says nothing": () => undefined,
  "it turns everybody away": (line) => line.turnAway(),
  "it agrees to a WebSocket and says nothing": (line) => line.agree(),
  "it agrees to a WebSocket and hangs up": (line) => (line.agree(), line.hangUp()),
  "it opens the line and falls silent": (line) => line.open(),
  "it opens the line, asks whether the page is there, and never lets it in": (line) => (line.open(), line.keepAsking()),
  "it lets nobody in for now": (line) => line.open(`44${SPACE},{"message":"error"}`),
  "it hangs up instead of letting the page in": (line) => (line.open(), line.hangUp()),
  "it lets the page in and falls silent": (line) => line.open(LET_IN),
  "it lets the page in and hangs up": (line) => (line.open(LET_IN), setTimeout(() => line.hangUp(), STEP_MS)),
  "it lets the page in and sends it out": (line) => line.open(LET_IN, `41${SPACE},`),
};

for (const [how, fail] of Object.entries(FAILURES)) {
  test(`a page comes back where ${how}`, async () => {
    const timers = new Timers();
    const sockets = new Set<Duplex>();
    let lines = 0;
    const server = createServer((_, response) => response.writeHead(503).end());
    server.on("upgrade", (request, socket) => {
      sockets.add(socket.on("error", () => undefined));
      const line = new Line(request, socket);
      lines += 1;
      if (lines === 1) fail(line);
      else line.open(LET_IN);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    Object.defineProperty(globalThis, "location", { value: { protocol: "http:", host: `127.0.0.1:${port}` }, configurable: true });
    const transport = openTransport(SPACE, {}, ["desk_unknown"]);
    try {
      for (let passed = 0; passed < LONGEST_MS && !(lines > 1 && transport.connected); passed += STEP_MS) {
        await timers.pass(STEP_MS);
      }
      assert.deepEqual({ lines, connected: transport.connected }, { lines: 2, connected: true });
    } finally {
      transport.close();
      sockets.forEach((socket) => socket.destroy());
      server.close();
      timers.restore();
      Reflect.deleteProperty(globalThis, "location");
    }
  });
}
