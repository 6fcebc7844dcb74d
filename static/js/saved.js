/** The result page: what was drawn has arrived. */

import { forgetArrived } from "./kept.js";

forgetArrived();
