import { part } from "../live/page_parts.ts";

/** What Chromium hands out where a page may be installed. */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

const DECLINED = "confsvc.desk.not_installed";

/** Offer once to put the desk on the home screen, where the browser can do it and nobody has said no. */
export function offerInstall(): void {
  let offer: InstallOffer | null = null;
  const hint = part("install");
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event as InstallOffer;
    hint.hidden = localStorage.getItem(DECLINED) !== null;
  });
  window.addEventListener("appinstalled", () => (hint.hidden = true));
  part("install-go").addEventListener("click", () => {
    hint.hidden = true;
    void offer?.prompt();
  });
  part("install-no").addEventListener("click", () => {
    hint.hidden = true;
    localStorage.setItem(DECLINED, "yes");
  });
}
