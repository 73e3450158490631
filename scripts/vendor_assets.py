"""Rebuild ``static/vendor``: the browser assets and the PDF fonts that the portal ships.

Run by hand when a version in ``static/vendor/package.json`` changes::

    python scripts/vendor_assets.py            # fetches with the npm client as it is configured
    python scripts/vendor_assets.py NODE_MODULES_DIR

Nothing here runs when the portal starts: its results are committed.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
AXE = ROOT / "tests" / "browser" / "vendor"

# Every icon that a template may name; the `icon` tag refuses others.
ICONS = """
adjustments-horizontal alert-circle alert-triangle archive arrow-back-up arrow-left arrow-right ban bell bolt building
building-community building-skyscraper calendar calendar-due camera check checklist chevron-down chevron-left chevron-right
chevron-up circle-check circle-dashed circle-x clipboard-check clipboard-list clock clock-exclamation clock-pause columns-3 copy
corner-down-right crane dots dots-vertical download edit exclamation-circle external-link eye eye-off file file-spreadsheet
file-text file-type-pdf filter flag gavel hand-stop heart-handshake help-circle history home hourglass inbox info-circle
key list-check list-details loader-2 lock logout mail map-pin menu-2 message-2 message-report minus paperclip pencil phone photo player-play plus
printer refresh report-analytics rotate-clockwise search send settings shield-check shield-lock sitemap snowflake sort-ascending
sort-descending rubber-stamp star switch-horizontal table-export table-import tool trash upload user user-check user-circle users
user-shield x
""".split()
COMPOSED = {
    **dict(zip("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ", "I II III IV V VI VII VIII IX X XI XII".split(), strict=True)),
    "☐": "□",
    "☑": "□✓",
    "☒": "□×",
    "✗": "×",
}
WEIGHTS = {"400": "Regular", "700": "Bold"}


def installed_packages(given: str | None) -> Path:
    """The folder of the packages named in ``static/vendor/package.json``, fetched unless the caller has it."""
    if given:
        return Path(given)
    work = Path(tempfile.mkdtemp())
    shutil.copy(VENDOR / "package.json", work)
    subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=work, check=True)
    return work / "node_modules"


def copy_text(source: Path, target: Path) -> None:
    """Copy a script or style sheet without its source map reference, which the hashed static storage cannot resolve."""
    text = source.read_text(encoding="utf-8")
    text = re.sub(r"\n?(?://|/\*)[#@] sourceMappingURL=.*", "", text)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.rstrip() + "\n", encoding="utf-8")


def sprite(icons: Path) -> str:
    """One SVG file with a symbol for each icon; stroke, colour and size come from the page (``.icon``)."""
    symbols = []
    for name in sorted(ICONS):
        svg = (icons / f"{name}.svg").read_text(encoding="utf-8")
        body = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
        body = re.sub(r"\s+", " ", body[body.index(">", body.index("<svg")) + 1 : body.index("</svg>")]).strip()
        body = body.replace(" />", "/>").replace("> <", "><")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def coverage(path: Path) -> set[int]:
    return set(TTFont(path, lazy=True).getBestCmap())


def build_font(files: Path, greek: Path, weight: str, target: Path) -> set[int]:
    """One TTF of a weight: the simplified Chinese file, plus what of GB 2312 and the symbols only other files hold.

    The slices for `unicode-range` are merged *by their character maps* here, never loaded beside each other:
    two fonts of one name make the PDF engine pick glyph numbers of the wrong file.
    """
    main = files / f"noto-sans-sc-chinese-simplified-{weight}-normal.woff2"
    have = coverage(main)
    wanted = wanted_characters()
    parts = [main]
    slices = sorted(files.glob(f"noto-sans-sc-*-{weight}-normal.woff2"))
    for path in [*slices, greek / f"noto-sans-greek-{weight}-normal.woff2"]:
        gain = (coverage(path) - have) & wanted
        if gain:
            parts.append(path)
            have |= gain
    with tempfile.TemporaryDirectory() as folder:
        plain = []
        taken: set[int] = set()
        for number, path in enumerate(parts):
            plain.append(str(plain_ttf(path, taken, None if number == 0 else wanted, Path(folder) / f"{number}.ttf")))
        font = Merger().merge(plain)
        for record in font["name"].names:
            if record.nameID in (1, 16):
                record.string = "Noto Sans SC"
        add_composed(font)
        target.parent.mkdir(parents=True, exist_ok=True)
        font.save(target)
    return coverage(target)


def add_composed(font: TTFont) -> None:
    """Signs that no file has and that names and forms use (Ⅱ标段, ☑), put together from those that are there."""
    names, glyphs, metrics = font.getBestCmap(), font["glyf"], font["hmtx"]
    made: dict[int, str] = {}
    for character, parts in COMPOSED.items():
        pen = TTGlyphPen(font.getGlyphSet())
        widths = [metrics[names[ord(part)]][0] for part in parts]
        # Beside each other inside one square, as these signs are in Chinese fonts; box and tick lie upon each other.
        upon = character in "☑☒"
        scale = 1.0 if upon else min(1.0, 940 / sum(widths))
        x = 0.0 if upon else (1000 - scale * sum(widths)) / 2
        for part, width in zip(parts, widths, strict=True):
            pen.addComponent(names[ord(part)], (scale, 0, 0, 1, round(x), 0))
            x += 0 if upon else scale * width
        made[ord(character)] = f"composed{ord(character):04X}"
        glyphs[made[ord(character)]] = pen.glyph()
        glyphs[made[ord(character)]].recalcBounds(glyphs)
        metrics[made[ord(character)]] = (1000, glyphs[made[ord(character)]].xMin)
    font.setGlyphOrder([*(name for name in font.getGlyphOrder() if name not in made.values()), *made.values()])
    glyphs.setGlyphOrder(font.getGlyphOrder())
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap.update(made)


def plain_ttf(path: Path, taken: set[int], wanted: set[int] | None, target: Path) -> Path:
    """A slice as TTF with only the characters that no earlier slice gave."""
    font = TTFont(path)
    font.flavor = None
    keep = set(font.getBestCmap()) - taken
    if wanted is not None:
        keep &= wanted
    taken |= keep
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "BASE", "STAT", "vhea", "vmtx", "VORG"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=keep)
    subsetter.subset(font)
    font.save(target)
    return target


def wanted_characters() -> set[int]:
    """Every character of GB 2312 and, for people's and places' names, every hanzi of the basic CJK block."""
    gb2312 = {
        ord(bytes([high, low]).decode("gb2312", "ignore") or " ")
        for high in range(0xA1, 0xF8)
        for low in range(0xA1, 0xFF)
    }
    return (
        gb2312
        | set(range(0x4E00, 0x9FA6))
        | set(range(0x20, 0x7F))
        | {ord(c) for c in "☐☑☒Σ†→↔∩≤≥×÷±°•…—–“”‘’¥€✓✗☑☐■□●○▲△"}
    )


def main(given: str | None) -> None:
    modules = installed_packages(given)
    tabler, icons = modules / "@tabler" / "core", modules / "@tabler" / "icons"
    copy_text(tabler / "dist" / "css" / "tabler.min.css", VENDOR / "tabler" / "tabler.min.css")
    copy_text(tabler / "dist" / "js" / "tabler.min.js", VENDOR / "tabler" / "tabler.min.js")
    (VENDOR / "icons.svg").write_text(sprite(icons / "icons" / "outline"), encoding="utf-8")
    shutil.copy(icons / "LICENSE", VENDOR / "icons.LICENSE")
    copy_text(modules / "axe-core" / "axe.min.js", AXE / "axe.min.js")
    shutil.copy(modules / "axe-core" / "LICENSE", AXE / "axe.LICENSE")
    fonts, greek = modules / "@fontsource" / "noto-sans-sc", modules / "@fontsource" / "noto-sans"
    for weight, name in WEIGHTS.items():
        target = VENDOR / "fonts" / f"NotoSansSC-{name}.ttf"
        got = build_font(fonts / "files", greek / "files", weight, target)
        missing = sorted(wanted_characters() - got)
        print(
            f"{target.name}: {target.stat().st_size:,} bytes, {len(got):,} characters, {len(missing)} wanted ones missing:"
        )
        print("  " + "".join(map(chr, missing))[:200])
    shutil.copy(fonts / "LICENSE", VENDOR / "fonts" / "LICENSE")
    shutil.copy(greek / "LICENSE", VENDOR / "fonts" / "LICENSE.greek")
    named = json.loads((VENDOR / "package.json").read_text())["dependencies"]
    for package, version in named.items():
        actual = json.loads((modules / package / "package.json").read_text())["version"]
        if actual != version:
            raise SystemExit(f"{package}: package.json names {version}, found {actual}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
