import { offerUnits } from "./choose.ts";

offerUnits(document);
