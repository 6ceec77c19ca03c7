// What the book is searched by. The texts are stored, and the index is made of them here: it is several times their size.
window.search = Object.assign(window.search, SEARCH, {
    index: TEXTS.reduce((index, text) => (index.addDoc(text), index), elasticlunr(function () {
        this.setRef("id");
        ["title", "body", "breadcrumbs"].forEach(field => this.addField(field));
    })).toJSON(),
});
