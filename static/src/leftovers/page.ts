// The page of a device that is no desk: what it still holds of the desk it was goes to the organiser.
import { DeviceStore } from "../desk/database.ts";
import { postHandover } from "../desk/handover.ts";
import { part, write } from "../live/page_parts.ts";
import { readTexts, say } from "../live/texts.ts";
import { clearUp } from "./leftovers.ts";

const AGAIN_MS = 30_000;

const panel = part("leftovers");
const texts = readTexts(panel);
let allHanded = 0;

async function run(): Promise<void> {
  const found = await clearUp(new DeviceStore(), postHandover).catch(() => null);
  if (!found) return;
  allHanded += found.handed;
  panel.hidden = !allHanded && !found.left;
  write(part("leftovers-handed"), allHanded ? say(texts, "handed", { n: allHanded }) : "");
  write(part("leftovers-left"), found.left ? say(texts, "left", { n: found.left }) : "");
  if (found.left) setTimeout(() => void run(), AGAIN_MS);
}

void run();
