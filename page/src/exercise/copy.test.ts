import assert from "node:assert/strict";
import test from "node:test";
import { Copy, type Draft } from "./copy.ts";
import type { Ask, Conflict } from "./protocol.ts";

/** A page with an editor, and what was said to the server. */
class Page {
    text = "";
    said: Ask[] = [];
    draft: Draft | undefined;
    conflict: Conflict | undefined;
    isSaved = false;
    isHeard = true;
    readonly copy: Copy;

    constructor(file: { text: string | null; hash: string | null }, draft?: Draft) {
        this.text = draft?.text ?? file.text ?? "";
        this.copy = new Copy(
            {
                say: (ask) => (this.said.push(ask), this.isHeard),
                text: () => this.text,
                put: (text) => (this.text = text),
                keep: (kept) => (this.draft = kept),
                choose: (conflict) => (this.conflict = conflict),
                saved: (isSaved) => (this.isSaved = isSaved),
            },
            file,
            draft,
        );
    }

    types(text: string): void {
        this.text = text;
        this.copy.typed();
    }

    file(text: string | null, hash: string | null): boolean {
        return this.copy.hear({ kind: "file", path: "x", text, hash });
    }

    get last(): Ask | undefined {
        return this.said.at(-1);
    }
}

const ONE = { text: "one", hash: "1" };

test("what is typed is written over what the page has seen", async () => {
    const page = new Page(ONE);
    page.types("two");
    assert.deepEqual([page.draft, page.isSaved], [{ text: "two", seen: "1" }, false]);
    const saved = page.copy.save();
    assert.deepEqual(page.said, [{ kind: "save", text: "two", seen: "1" }]);
    page.types("three");
    page.copy.hear({ kind: "saved", hash: "2" });
    // What was typed meanwhile follows, and only then it is saved.
    assert.deepEqual(page.last, { kind: "save", text: "three", seen: "2" });
    page.copy.hear({ kind: "saved", hash: "3" });
    assert.equal(await saved, true);
    assert.deepEqual([page.draft, page.isSaved], [undefined, true]);
    assert.equal(await page.copy.save(), true);
    assert.equal(page.said.length, 2);
});

test("another's text is shown where nothing of the page's is lost", () => {
    const page = new Page(ONE);
    assert.equal(page.file("two", "2"), true);
    assert.deepEqual([page.text, page.said, page.isSaved], ["two", [], true]);
    assert.equal(page.file("two", "2"), false);
});

test("where both have changed the reader chooses", async () => {
    for (const keep of ["page", "file"] as const) {
        const page = new Page(ONE);
        page.types("mine");
        page.file("theirs", "2");
        assert.deepEqual(page.said, [{ kind: "save", text: "mine", seen: "1" }]);
        page.copy.hear({ kind: "conflict", text: "theirs", hash: "2", difference: [] });
        assert.deepEqual([page.conflict?.text, page.isSaved, page.draft?.text], ["theirs", false, "mine"]);
        assert.equal(await page.copy.save(), false);
        // It changes once more before the choice: the server compares again.
        page.file("newest", "3");
        assert.deepEqual(page.last, { kind: "save", text: "mine", seen: "1" });
        page.copy.hear({ kind: "conflict", text: "newest", hash: "3", difference: [] });
        page.copy.settle(keep);
        assert.deepEqual(page.last, { kind: "settle", keep, text: "mine", seen: "3" });
        const held = keep === "page" ? "mine" : "newest";
        page.file(held, "4");
        assert.deepEqual([page.text, page.conflict, page.isSaved, page.draft], [held, undefined, true, undefined]);
    }
});

test("a draft of before is written, and a file that is gone is a choice", () => {
    const page = new Page(ONE, { text: "mine", seen: "1" });
    assert.deepEqual([page.text, page.last], ["mine", { kind: "save", text: "mine", seen: "1" }]);
    page.copy.hear({ kind: "saved", hash: "2" });
    page.file(null, null);
    assert.deepEqual([page.conflict?.text, page.text], [null, "mine"]);
    page.copy.settle("page");
    page.file("mine", "2");
    assert.deepEqual([page.conflict, page.isSaved], [undefined, true]);
});

test("a server that goes forgets what was sent, and the page does not", async () => {
    const page = new Page(ONE);
    page.types("two");
    const saved = page.copy.save();
    page.copy.gone();
    assert.equal(await saved, false);
    page.isHeard = false;
    assert.equal(await page.copy.save(), false);
    page.isHeard = true;
    assert.equal(page.draft?.text, "two");
    page.file("one", "1");
    assert.deepEqual(page.last, { kind: "save", text: "two", seen: "1" });
});
