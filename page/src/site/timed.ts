// Gives the emulator its clock. Imported before v86, which takes `performance.now` when it is loaded.

import { Clock } from "./clock.ts";

export const clock = new Clock(performance.now.bind(performance));
performance.now = () => clock.now();
