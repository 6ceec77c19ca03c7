// What a test asks of a page: each function returns the faults that it sees, a line for each.
window.look = (() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const known = new Map();

    // A colour as the screen has it: red, green, blue from 0 to 255, and opacity from 0 to 1.
    function colour(text) {
        if (!known.has(text)) {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = text;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
            known.set(text, [r, g, b, a / 255]);
        }
        return known.get(text);
    }

    const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));

    function luminance(parts) {
        const [r, g, b] = parts.map(part => part / 255).map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }

    // WCAG 2.2, "contrast ratio".
    function contrast(one, other) {
        const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05);
    }

    // What an element of HTML stands on.
    function ground(element, grounds) {
        if (!element) return [255, 255, 255];
        if (!grounds.has(element)) {
            const own = colour(getComputedStyle(element).backgroundColor);
            grounds.set(element, own[3] === 1 ? own.slice(0, 3) : over(own, ground(element.parentElement, grounds)));
        }
        return grounds.get(element);
    }

    // What a word of a drawing stands on: the last shape with a fill before it that holds its middle.
    function drawn(text, shapes, grounds) {
        const box = text.getBoundingClientRect();
        const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        return shapes
            .filter(({ shape, box }) => shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING
                && box.left <= x && x <= box.right && box.top <= y && y <= box.bottom)
            .reduce((below, { fill }) => over(fill, below), ground(text.ownerSVGElement.parentElement, grounds));
    }

    function shapes(svg) {
        return [...svg.querySelectorAll("rect, circle, ellipse")]
            .filter(shape => !shape.closest("defs, clipPath, marker") && getComputedStyle(shape).fill !== "none")
            .map(shape => {
                const style = getComputedStyle(shape), [r, g, b, a] = colour(style.fill);
                return { shape, box: shape.getBoundingClientRect(), fill: [r, g, b, a * style.fillOpacity * style.opacity] };
            });
    }

    // The elements with words of their own that a reader sees.
    function worded(root) {
        const found = new Set();
        const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const element = walk.currentNode.parentElement;
            if (!walk.currentNode.data.trim() || found.has(element)) continue;
            if (element.closest("script, style, noscript, title, desc, .hidden")) continue;
            if (element.checkVisibility({ visibilityProperty: true })) found.add(element);
        }
        return [...found];
    }

    const said = element => element.textContent.trim().slice(0, 30);
    const place = element => `${element.tagName.toLowerCase()}${[...element.classList].map(name => `.${name}`).join("")}`;

    // Text on its ground, WCAG's AA: 4.5, or 3 for text of 24 px, or 18.66 px and bold. Captions by ::before are text too.
    function faint(root = document.body) {
        const faults = new Map(), grounds = new Map(), svgs = new Map();
        for (const element of worded(root)) {
            const svg = element.ownerSVGElement;
            if (svg && !svgs.has(svg)) svgs.set(svg, shapes(svg));
            const below = svg ? drawn(element, svgs.get(svg), grounds) : ground(element, grounds);
            for (const part of svg ? [null] : [null, "::before"]) {
                const style = getComputedStyle(element, part);
                if (part && style.content === "none") continue;
                check(style, svg ? style.fill : style.color, below, `${place(element)}${part ?? ""} "${said(element)}"`);
            }
        }
        for (const element of document.querySelectorAll("pre")) {
            const style = getComputedStyle(element, "::before");
            if (style.content !== "none") check(style, style.color, ground(element, grounds), `pre::before ${style.content}`);
        }
        return [...faults.values()];

        function check(style, ink, below, what) {
            const size = parseFloat(style.fontSize);
            const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
            const ratio = contrast(over(colour(ink), below), below);
            const key = `${ink} on ${below.map(Math.round)}`;
            if (ratio < least - 0.005 && !faults.has(key)) faults.set(key, `${ratio.toFixed(2)}: ${key}: ${what}`);
        }
    }

    // A drawing that is printed: dark ink on a bright ground, and no dark surface.
    function unprintable() {
        const faults = [];
        for (const element of [document.documentElement, document.body, document.querySelector(".page-wrapper"),
            ...document.querySelectorAll("main, pre > code, blockquote, td, th")]) {
            const below = ground(element, new Map());
            if (luminance(below) < 0.7) faults.push(`${place(element)} is printed on ${below}`);
        }
        for (const svg of document.querySelectorAll("main svg")) {
            const dark = shapes(svg).filter(({ box, fill }) => box.width > 60 && box.height > 30 && luminance(over(fill, [255, 255, 255])) < 0.5);
            if (dark.length) faults.push(`${svg.querySelector("title")?.textContent}: ${dark.length} dark surfaces`);
        }
        for (const element of worded(document.querySelector("main"))) {
            const ink = colour(element.ownerSVGElement ? getComputedStyle(element).fill : getComputedStyle(element).color);
            if (luminance(ink) > 0.2) faults.push(`${place(element)} "${said(element)}" is printed in ${ink}`);
        }
        return [...new Set(faults)];
    }

    // What sticks out of a narrow screen. Code and tables scroll in themselves.
    function wide() {
        const edge = document.documentElement.clientWidth + 0.5;
        const scrolls = element => /auto|scroll/.test(getComputedStyle(element).overflowX);
        const sticking = [];
        (function walk(element) {
            for (const child of element.children) {
                if (child.getBoundingClientRect().right > edge) sticking.push(`${place(child)} "${said(child)}" ends at ${child.getBoundingClientRect().right}`);
                if (!scrolls(child) && !(child instanceof SVGElement)) walk(child);
            }
        })(document.querySelector("main"));
        return sticking;
    }

    function small(least) {
        const sized = worded(document.querySelector("main")).filter(element => !element.ownerSVGElement);
        return sized.filter(element => parseFloat(getComputedStyle(element).fontSize) < least - 0.01)
            .map(element => `${place(element)} "${said(element)}" is ${getComputedStyle(element).fontSize}`);
    }

    // `--kernel` with its name on the next line is no option any more.
    function broken() {
        return [...document.querySelectorAll("td code, th code")].filter(code => code.getClientRects().length > 1).map(said);
    }

    function twice() {
        const seen = new Set();
        const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
        return [...new Set(ids.filter(id => seen.has(id) || !seen.add(id)))];
    }

    // Words of drawings: too small, cut off, over one another, or across the edge of a box.
    function crowded(least) {
        const faults = [];
        for (const svg of document.querySelectorAll("main svg")) {
            const name = svg.querySelector("title")?.textContent ?? "a drawing", frame = svg.getBoundingClientRect();
            const words = [...svg.querySelectorAll("text")].flatMap(text => letters(text, least, faults, name));
            const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
                && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
            words.forEach((one, at) => {
                const { ink } = one;
                if (getComputedStyle(svg).overflowX !== "visible" && (ink.left < frame.left - 0.5 || ink.right > frame.right + 0.5 || ink.top < frame.top - 0.5 || ink.bottom > frame.bottom + 0.5))
                    faults.push(`${name}: "${one.said}" is cut off`);
                for (const other of words.slice(at + 1))
                    if (one.text !== other.text && meet(ink, other.ink)) faults.push(`${name}: "${one.said}" over "${other.said}"`);
            });
            for (const rect of svg.querySelectorAll("rect")) {
                const box = rect.getBoundingClientRect();
                // What has no line around it is a band or a bar: a word may stand on its edge.
                if (box.height < 8 || getComputedStyle(rect).stroke === "none") continue;
                for (const { said, ink } of words) {
                    const inside = ink.left >= box.left && ink.right <= box.right && ink.top >= box.top - 0.5 && ink.bottom <= box.bottom + 0.5;
                    if (meet(ink, box) && !inside) faults.push(`${name}: "${said}" crosses the edge of a box`);
                }
            }
        }
        return faults;
    }

    // How far the letters reach: from the top of a capital to the foot of a g, not the whole line.
    function letters(text, least, faults, name) {
        const words = [];
        const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const node = walk.currentNode, said = node.data.trim(), style = getComputedStyle(node.parentElement);
            if (!said || style.visibility === "hidden") continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            const box = range.getBoundingClientRect(), matrix = text.getScreenCTM();
            const size = parseFloat(style.fontSize) * Math.hypot(matrix.a, matrix.b);
            if (size < least - 0.01) faults.push(`${name}: "${said}" is ${size.toFixed(1)} px`);
            const upright = Math.abs(matrix.b) > Math.abs(matrix.a); // turned, to be read from below
            const slack = (upright ? box.width : box.height) - size;
            const [above, below] = [slack * 0.75 + size * 0.1, slack * 0.5];
            words.push({ said, text, ink: upright
                ? { left: box.left + above, right: box.right - below, top: box.top, bottom: box.bottom }
                : { left: box.left, right: box.right, top: box.top + above, bottom: box.bottom - below } });
        }
        return words;
    }

    return { faint, unprintable, wide, small, broken, twice, crowded };
})();
