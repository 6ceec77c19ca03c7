import assert from "node:assert/strict";
import test from "node:test";
import { kindOf } from "./box.ts";

test("the bold words say what a box is", () => {
    assert.deepEqual(kindOf("Predict."), { kind: "predict", number: undefined });
    assert.deepEqual(kindOf("Predict 2."), { kind: "predict", number: "2" });
    assert.deepEqual(kindOf("Your answer 12."), { kind: "answer", number: "12" });
    assert.deepEqual(kindOf("Quiz."), { kind: "quiz", number: undefined });
});

test("other bold words make no box", () => {
    for (const words of ["Predict", "Prediction.", "Your answer.", "Note.", "A Quiz."]) assert.equal(kindOf(words), undefined);
});
