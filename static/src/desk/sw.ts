// The desk's service worker, built as one file that holds the list of its release's files.
import { OfflinePage } from "./offline.ts";

/** Filled in by the build. */
declare const RELEASE: string;
declare const FILES: readonly string[];

interface LifeEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface AskedEvent extends LifeEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** So much of the scope of a service worker as is used here. */
interface Scope {
  addEventListener(type: "install" | "activate", handler: (event: LifeEvent) => void): void;
  addEventListener(type: "fetch", handler: (event: AskedEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

const scope = self as unknown as Scope;
const offline = new OfflinePage({ caches, fetch: (request, options) => fetch(request, options), release: RELEASE, files: FILES });

scope.addEventListener("install", (event) => event.waitUntil(offline.install().then(() => scope.skipWaiting())));
scope.addEventListener("activate", (event) => event.waitUntil(offline.activate().then(() => scope.clients.claim())));
scope.addEventListener("fetch", (event) => {
  const answer = offline.respond(event.request);
  if (answer) event.respondWith(answer);
});
