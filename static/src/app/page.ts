// What every page has: questions before destructive acts, one press per form, choosing by typing, copying, dates in words.
import { offerChoices } from "./choose.ts";
import { askBeforeSubmit, submitOnce } from "./submit.ts";
import { copyOnPress } from "./copy.ts";
import { sayDates } from "./dates.ts";
import { showPresentTab } from "./tabs.ts";

askBeforeSubmit(document);
submitOnce(document);
copyOnPress(document);
offerChoices(document);
sayDates(document);
showPresentTab(document);
