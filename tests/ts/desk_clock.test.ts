// When something happened, on a device whose clock is wrong, is set, sleeps, or has not heard the server yet.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DeskClock } from "../../static/src/desk/clock.ts";
import { FakeTime } from "./fakes.ts";

const HOUR = 3_600_000;
const TRUE = "2023-01-16T06:30:00.000Z";
const at = (minutes: number) => new Date(Date.parse(TRUE) + minutes * 60_000).toISOString();

/** A device whose clock shows `wrong` milliseconds more than the truth; `minutes` is how long the truth has gone on. */
class Device {
  readonly time = new FakeTime(TRUE);
  clock: DeskClock;
  #minutes = 0;
  #lives = 0;

  constructor(wrong = 0) {
    this.time.set(wrong);
    this.clock = this.#open();
  }

  pass(minutes: number): void {
    this.#minutes += minutes;
    this.time.pass(minutes * 60_000);
  }

  sleep(minutes: number): void {
    this.#minutes += minutes;
    this.time.sleep(minutes * 60_000);
  }

  /** The server's clock is right. */
  hear(): void {
    this.clock.heard(at(this.#minutes));
  }

  /** The page is opened again; it knows what the last one has kept. */
  restart(): void {
    const kept = this.clock.kept;
    this.time.steady = 0;
    this.clock = this.#open();
    if (kept) this.clock.restore(kept);
  }

  #open(): DeskClock {
    return new DeskClock({ wall: () => this.time.wall, steady: () => this.time.steady, life: `life-${++this.#lives}` });
  }
}

/** The moment that the server makes of what it is sent. */
function sent(device: Device, reading: ReturnType<DeskClock["read"]>): string {
  const { occurred_at, clock_offset_ms } = device.clock.stamp(reading);
  return new Date(Date.parse(occurred_at) + clock_offset_ms).toISOString();
}

describe("the moment of an act", () => {
  test("keeps what the device's clock said", () => {
    const device = new Device(3 * HOUR);
    device.hear();
    device.pass(10);
    const reading = device.clock.read();
    assert.deepEqual(device.clock.stamp(reading), { occurred_at: "2023-01-16T09:40:00.000Z", clock_offset_ms: -3 * HOUR });
  });

  for (const wrong of [0, 3 * HOUR, -3 * HOUR, 40 * 365 * 24 * HOUR]) {
    test(`is right on a clock that is wrong by ${wrong / HOUR} hours`, () => {
      const device = new Device(wrong);
      device.hear();
      device.pass(10);
      const reading = device.clock.read();
      device.pass(300);
      assert.equal(sent(device, reading), at(10));
    });
  }

  for (const wrong of [3 * HOUR, -3 * HOUR]) {
    test(`is right when a clock wrong by ${wrong / HOUR} hours is put right without a line`, () => {
      const device = new Device(wrong);
      device.hear();
      device.pass(10);
      const before = device.clock.read();
      device.time.set(-wrong);
      device.pass(10);
      const after = device.clock.read();
      device.pass(10);
      device.hear();
      assert.deepEqual([sent(device, before), sent(device, after)], [at(10), at(20)]);
    });

    test(`is right when it is put right, heard again, and had never been heard before`, () => {
      const device = new Device(wrong);
      // The page was made by the server some time ago.
      device.clock.notBefore(at(-60));
      const before = device.clock.read();
      device.pass(10);
      device.time.set(-wrong);
      const after = device.clock.read();
      device.pass(10);
      device.hear();
      assert.deepEqual([sent(device, before), sent(device, after)], [at(0), at(10)]);
    });
  }

  test("is right over a sleep, in which one of the clocks stands still", () => {
    const device = new Device(-3 * HOUR);
    device.hear();
    const before = device.clock.read();
    device.sleep(500);
    const after = device.clock.read();
    assert.equal(after.basis, "carried");
    assert.equal(sent(device, after), at(500));
    device.pass(1);
    device.hear();
    assert.deepEqual([sent(device, before), sent(device, after)], [at(0), at(500)]);
  });

  test("is right on a page that was opened without a line, on a clock that has always been wrong", () => {
    const device = new Device(3 * HOUR);
    device.hear();
    device.pass(600);
    device.restart();
    const reading = device.clock.read();
    assert.deepEqual([reading.basis, sent(device, reading)], ["carried", at(600)]);
  });

  test("is right when the clock was put right while the page was closed", () => {
    const device = new Device(3 * HOUR);
    device.hear();
    device.pass(600);
    device.time.set(-3 * HOUR);
    device.restart();
    const reading = device.clock.read();
    device.pass(5);
    device.hear();
    assert.equal(sent(device, reading), at(600));
  });

  test("of a page before the last one, without a line all the time, is told as it was known then", () => {
    const device = new Device(3 * HOUR);
    device.hear();
    device.pass(600);
    device.restart();
    const reading = device.clock.read();
    device.pass(5);
    device.restart();
    device.hear();
    assert.equal(sent(device, reading), at(600));
  });

  test("of a page before the last one that had never heard the server, is told by the offset measured since", () => {
    const device = new Device(3 * HOUR);
    const reading = device.clock.read();
    device.pass(5);
    device.restart();
    device.hear();
    assert.deepEqual([reading.basis, sent(device, reading)], ["none", at(0)]);
  });

  test("cannot lie before the last moment heard: a device that wakes in 2020 and is put right by the network", () => {
    const device = new Device();
    device.hear();
    device.pass(600);
    device.restart();
    const years = 3 * 365 * 24 * HOUR;
    device.time.set(-years);
    device.restart();
    const reading = device.clock.read();
    device.pass(20);
    device.time.set(years);
    device.hear();
    assert.equal(sent(device, reading), at(600));
  });

  test("cannot lie in the future, whatever was guessed", () => {
    const device = new Device(-3 * HOUR);
    device.hear();
    device.restart();
    device.time.set(3 * HOUR);
    const reading = device.clock.read();
    device.pass(10);
    device.restart();
    device.hear();
    assert.equal(sent(device, reading), at(0));
  });

  test("of a clock that the protocol cannot tell is sent as the sum", () => {
    const device = new Device(-53 * 365 * 24 * HOUR);
    device.hear();
    const { occurred_at, clock_offset_ms } = device.clock.stamp(device.clock.read());
    assert.deepEqual([occurred_at, clock_offset_ms], [TRUE, 0]);
  });
});

describe("the server's time", () => {
  test("is measured by the message that was least late", () => {
    const device = new Device();
    device.clock.heard(at(0));
    device.time.pass(4000);
    device.clock.heard(at(0));
    assert.equal(device.clock.now().toISOString(), new Date(Date.parse(TRUE) + 4000).toISOString());
  });

  test("goes on where the clock is set back", () => {
    const device = new Device();
    device.hear();
    device.pass(1);
    device.time.set(-HOUR);
    assert.deepEqual([device.clock.now().toISOString(), device.clock.isMeasured], [at(1), false]);
  });

  test("nothing that is no moment is heard", () => {
    const device = new Device();
    device.clock.heard("soon");
    assert.deepEqual([device.clock.isMeasured, device.clock.kept], [false, null]);
  });
});
