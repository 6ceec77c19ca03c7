import assert from "node:assert/strict";
import test from "node:test";
import { withoutFigures } from "./figures.ts";

test("every figure is found", () => {
    const table = "one        ≈    0 ns\nthe other  ≈ 4.84 µs  ≈ 1235 times the top row\nlast       ≈ 4.00  s\n";
    assert.equal(withoutFigures(table), "one        ≈ …\nthe other  ≈ …  ≈ … the top row\nlast       ≈ …\n");
    assert.equal(withoutFigures("about ≈ 3 s."), "about ≈ ….");
    assert.equal(withoutFigures("≈ ≈ 1.5  s≈ 2 times"), "≈ ≈ …≈ …");
});

test("what is no figure stays", () => {
    for (const text of ["", "0.52 µs", "≈", "≈ …", "≈ µs", "≈0.52 µs", "≈ 0.52µs", "≈ 3 sheep", "≈ 3 apples, ≈ 4", "π ≈ 3.14"]) {
        assert.equal(withoutFigures(text), text);
    }
});
