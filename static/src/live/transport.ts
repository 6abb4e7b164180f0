import { io } from "socket.io-client";

export interface Refusal {
  code: string;
  message: string;
  [field: string]: unknown;
}

export type Ack<T> = ({ ok: true } & T) | { ok: false; error: Refusal };

/** What the live pages need of a connection; the tests have one of their own. */
export interface Transport {
  readonly connected: boolean;
  /** Send and wait for the ack; rejects where none comes in time. */
  request<T>(event: string, payload: object, timeoutMs: number): Promise<Ack<T>>;
  on(event: string, handler: (message: never) => void): void;
  onConnect(handler: () => void): void;
  onDisconnect(handler: () => void): void;
  /** There is no way to the server now; it is tried again. */
  onFailed(handler: () => void): void;
  /** The server does not let this client in: `code` says why. */
  onRefused(handler: (code: string) => void): void;
  /** Give up a connection that does not answer and make a new one. */
  restart(): void;
  /** End it for good. */
  close(): void;
}

const RETRY_MS = 1000;
const RETRY_MAX_MS = 3000;
/** Within this a page that has a line is let in, or told why not. */
const LET_IN_MS = 20_000;
/** Each attempt comes up to so much earlier or later, as a part of its pause: after an outage not all come at once. */
const SPREAD = 0.5;

/** A pause of about so long. */
export function spread(ms: number, random: () => number = Math.random): number {
  return ms * (1 + SPREAD * (2 * random() - 1));
}

/** A Socket.IO connection that never gives up, except where the server says no. */
export function openTransport(namespace: string, auth: Record<string, unknown>, refusals: readonly string[]): Transport {
  const socket = io(namespace, {
    auth,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: RETRY_MS,
    reconnectionDelayMax: RETRY_MAX_MS,
    randomizationFactor: SPREAD,
    forceNew: true,
  });
  let closed = false;
  const again = () => setTimeout(() => !closed && !socket.active && socket.connect(), spread(RETRY_MS));
  // Once the line is open, the client library would wait for ever for whether it is let in.
  socket.io.on("open", () => {
    const line = socket.io.engine;
    setTimeout(() => !socket.connected && line.close(), LET_IN_MS);
  });
  // The server hung up, or refused for a passing reason: the client library leaves both to us.
  socket.on("disconnect", () => void (socket.active || again()));
  socket.on("connect_error", (error) => void (socket.active || refusals.includes(error.message) || again()));
  return {
    get connected() {
      return socket.connected;
    },
    async request<T>(event: string, payload: object, timeoutMs: number): Promise<Ack<T>> {
      if (!socket.connected) throw new Error("not connected");
      return (await socket.timeout(timeoutMs).emitWithAck(event, payload)) as Ack<T>;
    },
    on: (event, handler) => void socket.on(event, handler as (message: unknown) => void),
    onConnect: (handler) => void socket.on("connect", handler),
    onDisconnect: (handler) => void socket.on("disconnect", handler),
    onFailed: (handler) => void socket.on("connect_error", (error) => refusals.includes(error.message) || handler()),
    onRefused: (handler) => void socket.on("connect_error", (error) => refusals.includes(error.message) && handler(error.message)),
    restart: () => void socket.io.engine?.close(),
    close: () => {
      closed = true;
      socket.disconnect();
    },
  };
}
