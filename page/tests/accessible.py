"""What axe-core has against a page."""

import pathlib

AXE = (pathlib.Path(__file__).parents[1] / "node_modules/axe-core/axe.min.js").read_text()
ASK = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${help}\\n  ${html}\\n  ${failureSummary}`));
}"""


def faults(page):
    """The findings that are serious or critical."""
    # A colour that is on its way to another is neither.
    page.add_style_tag(content="*, *::before, *::after { transition: none !important; animation: none !important }")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(ASK)
