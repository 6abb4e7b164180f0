// What every page has: questions before destructive acts, one press per form, copying, dates in words.
import { askBeforeSubmit, submitOnce } from "./submit.ts";
import { copyOnPress } from "./copy.ts";
import { sayDates } from "./dates.ts";
import { showPresentTab } from "./tabs.ts";

askBeforeSubmit(document);
submitOnce(document);
copyOnPress(document);
sayDates(document);
showPresentTab(document);
