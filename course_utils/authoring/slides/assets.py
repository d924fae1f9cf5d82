"""What all decks need beside them, taken from installed packages: nothing comes from a network."""

import shutil
from importlib import metadata
from pathlib import Path

PAGE = Path(__file__).with_name("page")
REVEAL, MATHJAX = "sphinx-revealjs", "sphinx-mathjax-offline"
FILES = {
    "reveal.css": "revealjs/dist/reveal.css",
    "reveal.js": "revealjs/dist/reveal.js",
    "notes.js": "revealjs/plugin/notes/notes.js",
    "LICENSE-reveal": "revealjs/LICENSE",
    "fonts/LICENSE-source-sans-pro": "source-sans-pro/LICENSE",
    **{
        f"fonts/source-sans-pro-{style}.woff": f"source-sans-pro-{style}.woff"
        for style in ("regular", "italic", "semibold", "semibolditalic")
    },
}
CODE_FONTS = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf", "DejaVuSans.ttf", "LICENSE_DEJAVU")


class SlideError(Exception):
    """A deck that could not be made; the message says what is missing or what does not fit."""


def packaged(package: str, end: str) -> Path:
    """A file of an installed package, by the end of its path.

    Raises:
        SlideError: the package is not installed, or has no such file.
    """
    try:
        found = [path for path in metadata.files(package) or () if str(path).endswith(f"/{end}")]
    except metadata.PackageNotFoundError:
        found = []
    if not found:
        raise SlideError(f"{package} with {end} is not installed; make slides installs it")
    return Path(found[0].locate())


def lacking() -> str:
    """Which package is missing, in words, or an empty string."""
    for package in (REVEAL, MATHJAX):
        try:
            metadata.distribution(package)
        except metadata.PackageNotFoundError:
            return f"{package} is not installed"
    return ""


def write_assets(folder: Path) -> Path:
    """Fill `assets/` in the folder of the decks with sheets, scripts and fonts; return its path."""
    import matplotlib
    from pygments.formatters import HtmlFormatter

    assets = folder / "assets"
    (assets / "fonts").mkdir(parents=True, exist_ok=True)
    for name, end in FILES.items():
        shutil.copyfile(packaged(REVEAL, end), assets / name)
    for name in CODE_FONTS:
        source = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name
        shutil.copyfile(source, assets / "fonts" / name)
    colours = HtmlFormatter(style="tango").get_style_defs(".screen pre.code")
    (assets / "deck.css").write_text((PAGE / "deck.css").read_text() + "\n" + colours + "\n")
    return assets
