import { part } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";

type Detector = { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> };

const LOOK_EVERY_MS = 120;
const CHOSEN = "confsvc.desk.camera";
/** Why a camera does not start (DOMException names of getUserMedia), as texts. */
const TROUBLES: Readonly<Record<string, string>> = {
  NotAllowedError: "camera_denied",
  SecurityError: "camera_denied",
  NotFoundError: "camera_missing",
  OverconstrainedError: "camera_missing",
  NotReadableError: "camera_busy",
  AbortError: "camera_busy",
};

/** Scans with the camera until it is stopped; `seen` gets every code in every look. */
export class Camera {
  readonly #texts: Texts;
  readonly #seen: (text: string) => void;
  readonly #panel = part("camera");
  readonly #video = part<HTMLVideoElement>("camera-video");
  readonly #choice = part<HTMLSelectElement>("camera-choice");
  readonly #trouble = part("camera-trouble");
  readonly #start = part<HTMLButtonElement>("camera-start");
  readonly #torch = part<HTMLButtonElement>("camera-torch");
  #detector: Promise<Detector> | null = null;
  #stream: MediaStream | null = null;
  #lock: WakeLockSentinel | null = null;

  constructor(texts: Texts, seen: (text: string) => void) {
    this.#texts = texts;
    this.#seen = seen;
    this.#start.addEventListener("click", () => void (this.#panel.hidden ? this.start() : this.stop()));
    part("camera-stop").addEventListener("click", () => {
      this.stop();
      this.#start.focus();
    });
    this.#torch.addEventListener("click", () => void this.#light(this.#torch.getAttribute("aria-pressed") !== "true"));
    this.#choice.addEventListener("change", () => {
      localStorage.setItem(CHOSEN, this.#choice.value);
      void this.start();
    });
  }

  async start(): Promise<void> {
    this.#release();
    this.#panel.hidden = false;
    this.#panel.scrollIntoView({ block: "nearest" });
    this.#start.setAttribute("aria-expanded", "true");
    this.#complain("");
    try {
      const stream = await this.#open();
      this.#stream = stream;
      this.#video.srcObject = stream;
      await this.#video.play();
      await this.#offerChoice(stream);
      this.#torch.hidden = !hasTorch(stream);
      this.#detector ??= this.#load();
      void this.#look(await this.#detector, stream);
      this.#lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    } catch (error) {
      this.#complain(say(this.#texts, TROUBLES[(error as Error).name] ?? "camera_failed"));
    }
  }

  stop(): void {
    this.#release();
    this.#panel.hidden = true;
    this.#start.setAttribute("aria-expanded", "false");
  }

  #open(): Promise<MediaStream> {
    // Without HTTPS a browser hides its cameras altogether.
    if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
    const chosen = localStorage.getItem(CHOSEN);
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    const any = { video: { facingMode: "environment", ...size } };
    if (!chosen) return navigator.mediaDevices.getUserMedia(any);
    return navigator.mediaDevices.getUserMedia({ video: { deviceId: { exact: chosen }, ...size } }).catch((error: Error) => {
      if (error.name !== "OverconstrainedError" && error.name !== "NotFoundError") throw error;
      // The camera chosen last time is not plugged in today.
      localStorage.removeItem(CHOSEN);
      return navigator.mediaDevices.getUserMedia(any);
    });
  }

  async #offerChoice(stream: MediaStream): Promise<void> {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    const current = stream.getVideoTracks()[0]?.getSettings().deviceId;
    this.#choice.replaceChildren(
      ...cameras.map(({ deviceId, label }, i) => new Option(label || `${i + 1}`, deviceId, false, deviceId === current)),
    );
    part("camera-choice-field").hidden = cameras.length < 2;
  }

  async #light(on: boolean): Promise<void> {
    const track = this.#stream?.getVideoTracks()[0];
    // `torch` is of the W3C's image capture, which the types of the DOM do not hold.
    const constraints = { advanced: [{ torch: on }] } as unknown as MediaTrackConstraints;
    const isDone = await track?.applyConstraints(constraints).then(() => true, () => false);
    if (isDone) this.#torch.setAttribute("aria-pressed", String(on));
  }

  async #load(): Promise<Detector> {
    const { makeDetector } = await import("./detector.ts");
    return makeDetector(part("desk").dataset["wasm"] ?? "");
  }

  async #look(detector: Detector, stream: MediaStream): Promise<void> {
    while (this.#stream === stream && stream.active) {
      // A look that fails (a frame not ready yet) is followed by another one.
      const found = await detector.detect(this.#video).catch(() => []);
      if (this.#stream === stream) for (const { rawValue } of found) this.#seen(rawValue);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    if (this.#stream === stream) this.#complain(say(this.#texts, "camera_failed"));
  }

  #complain(text: string): void {
    this.#trouble.textContent = text;
    this.#trouble.hidden = !text;
    this.#video.hidden = Boolean(text);
  }

  #release(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#torch.hidden = true;
    this.#torch.setAttribute("aria-pressed", "false");
    this.#video.srcObject = null;
    void this.#lock?.release();
    this.#lock = null;
  }
}

/** Whether the camera has a light that can be switched on. */
function hasTorch(stream: MediaStream): boolean {
  const can = stream.getVideoTracks()[0]?.getCapabilities?.() as { torch?: boolean } | undefined;
  return can?.torch === true;
}
