// What the pages of the book do. Without this they show everything: outputs, ticks and reasons.

import { boxes } from "./box.ts";
import { copyButtons } from "./copy.ts";
import { edits } from "./edit/edit.ts";
import { exercises } from "./exercise/exercise.ts";
import { trimEnds } from "./listing.ts";
import { live } from "./live/live.ts";
import { predictions } from "./prediction.ts";
import { quiz } from "./quiz.ts";
import { runs } from "./run/run.ts";
import { scrollable } from "./scroll.ts";
import { shells } from "./shell/shell.ts";
import { sidebarButton } from "./sidebar.ts";
import { keepPages } from "./site/keep.ts";
import { elsewhere } from "./site/elsewhere.ts";
import { skipLink } from "./skip.ts";

const found = boxes();
trimEnds();
skipLink();
sidebarButton();
predictions(found);
found.filter((box) => box.kind === "quiz").forEach(quiz);
copyButtons();
scrollable();
runs();
edits();
shells();
exercises();
elsewhere();
live();
keepPages();
