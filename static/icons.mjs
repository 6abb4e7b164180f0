// Draws the program's sign (static/icon.svg) as PNG files, for home screens that take no SVG.
import { deflateSync } from "node:zlib";

const GROUND = [0x0b, 0x5c, 0xad];
const CENTRE = [0xff, 0xff, 0xff];
const SITES = [0xcf, 0xe3, 0xf8];
const CORNER = 7;
const DOTS = [[7, 8], [25, 8], [7, 24], [25, 24]];
const LINES = [[8.5, 9.3, 13.2, 13.4], [23.5, 9.3, 18.8, 13.4], [8.5, 22.7, 13.2, 18.6], [23.5, 22.7, 18.8, 18.6]];
const SAMPLES = 4;

/** A square PNG of `size` pixels; `full` leaves no corners free and draws the sign smaller, for systems that cut it to a shape of theirs. */
export function drawIcon(size, full = false) {
  const rows = Buffer.alloc(size * (1 + 4 * size));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) rows.set(pixel(x, y, size, full), y * (1 + 4 * size) + 1 + 4 * x);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const parts = [chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...parts]);
}

/** Red, green, blue and opacity, the mean of several points inside the pixel. */
function pixel(x, y, size, full) {
  let [red, green, blue, opaque] = [0, 0, 0, 0];
  for (let i = 0; i < SAMPLES ** 2; i++) {
    const at = [x + ((i % SAMPLES) + 0.5) / SAMPLES, y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES].map((value) => (32 * value) / size);
    const colour = full ? (colourAt(...at.map((value) => 16 + (value - 16) * 1.3)) ?? GROUND) : colourAt(...at);
    if (!colour) continue;
    opaque += 1;
    [red, green, blue] = [red + colour[0], green + colour[1], blue + colour[2]];
  }
  const mean = (sum) => Math.round(sum / Math.max(opaque, 1));
  return [mean(red), mean(green), mean(blue), Math.round((255 * opaque) / SAMPLES ** 2)];
}

/** The colour at a point of the 32 by 32 drawing; null outside. */
function colourAt(x, y) {
  if (Math.hypot(x - 16, y - 16) <= 4) return CENTRE;
  if (DOTS.some(([dotX, dotY]) => Math.hypot(x - dotX, y - dotY) <= 2.4)) return SITES;
  if (LINES.some((line) => distance(x, y, line) <= 0.7)) return SITES;
  const [outX, outY] = [x, y].map((value) => Math.max(CORNER - value, value - (32 - CORNER), 0));
  const isInside = x >= 0 && y >= 0 && x <= 32 && y <= 32;
  return isInside && Math.hypot(outX, outY) <= CORNER ? GROUND : null;
}

/** From a point to a stretch of line with blunt ends. */
function distance(x, y, [fromX, fromY, toX, toY]) {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const share = ((x - fromX) * alongX + (y - fromY) * alongY) / (alongX ** 2 + alongY ** 2);
  return share < 0 || share > 1 ? Infinity : Math.hypot(x - fromX - share * alongX, y - fromY - share * alongY);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, check]);
}

/** CRC-32 (ISO 3309), as PNG wants it. */
function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}
