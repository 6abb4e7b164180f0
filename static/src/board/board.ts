import type { ServerClock } from "../live/clock.ts";
import type { Transport } from "../live/transport.ts";
import type { Frame, Snapshot } from "./protocol.ts";
import { Tally } from "./tally.ts";

export type Connection = "connecting" | "online" | "offline" | "ended";

export const BOARD_REFUSALS = ["board_unknown"];
const SYNC_MS = 10000;
const GATHER_MS = 300;
const RETRY_MS = 2000;

interface Parts {
  transport: Transport;
  clock: ServerClock;
  /** Something that is shown has changed. */
  changed: () => void;
}

/** A board that is watched: a snapshot after every connect and on every gap, frames in between. */
export class Board {
  readonly tally = new Tally();
  connection: Connection = "connecting";
  readonly #parts: Parts;
  #asking = false;
  #gathering = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    const { transport, clock } = this.#parts;
    transport.onConnect(() => void this.#sync());
    transport.onDisconnect(() => {
      this.tally.forget();
      this.#become("offline");
    });
    transport.onRefused(() => this.#end());
    transport.on("tallied", (frame: Frame) => {
      clock.heard(frame.now);
      if (this.tally.apply(frame)) this.#parts.changed();
      else void this.#sync();
    });
    transport.on("conference_changed", (message: { now: string; state: string }) => {
      clock.heard(message.now);
      if (this.tally.conference) this.tally.conference.state = message.state;
      this.#parts.changed();
    });
    transport.on("link_revoked", () => this.#end());
    if (transport.connected) void this.#sync();
  }

  /** A burst of reasons to ask is one question. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    setTimeout(() => {
      this.#gathering = false;
      void this.#sync();
    }, GATHER_MS);
  }

  async #sync(): Promise<void> {
    const { transport, clock } = this.#parts;
    if (this.#asking) return this.#gather();
    this.#asking = true;
    try {
      const ack = await transport.request<Snapshot>("sync", {}, SYNC_MS);
      if (ack.ok) {
        clock.heard(ack.now);
        this.tally.load(ack);
        this.#become("online");
      } else if (BOARD_REFUSALS.includes(ack.error.code)) this.#end();
      else setTimeout(() => this.#gather(), RETRY_MS);
    } catch {
      if (transport.connected) transport.restart();
    } finally {
      this.#asking = false;
    }
  }

  #end(): void {
    this.#become("ended");
    this.#parts.transport.close();
  }

  #become(connection: Connection): void {
    if (this.connection === "ended") return;
    this.connection = connection;
    this.#parts.changed();
  }
}
