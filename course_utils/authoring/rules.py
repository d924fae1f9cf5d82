"""House rules for stored outputs; each returns what is wrong in words, or an empty list."""

import json
import re

EMBEDDED = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")
FOLDERS = "home|root|Users|tmp|usr|opt|var|mnt|srv|private|etc|work|workspace|builds?|content"
ABSOLUTE_PATH = re.compile(
    rf"(?<![\w.:/<~-])/(?:{FOLDERS})/[\w.~-]|[A-Za-z]:\\\\?(?:Users|Windows|Temp)\b"
)
RANDOM_ID = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b[0-9a-f]{32}\b|\b0x[0-9a-f]{8,16}\b"
    r"|\bid=\\?[\"'][a-z]?[0-9a-f]{10}\b"
)
LOADED = re.compile(
    r"<(?:script|img|link|iframe|video|audio|source|embed|object|image|use)\b[^>]*?"
    r"\b(?:src|href|data|poster|srcset)\s*=\s*[\"']?\s*(?:https?:)?//"
    r"|@import\s|url\(\s*[\"']?(?:https?:)?//|!\[[^\]]*\]\(\s*(?:https?:)?//",
    re.IGNORECASE,
)
SCRIPT = re.compile(r"<script\b.*?</script>", re.IGNORECASE | re.DOTALL)
QUOTED_ADDRESS = re.compile(r"[\"'`](?:(?:https?|wss?):)?//(?!www\.w3\.org/)\w", re.IGNORECASE)
PICTURES = ("image/png", "image/jpeg")


def output_problems(notebook) -> list[str]:
    """Outputs no notebook may store: failures, warnings, paths, addresses, random ids, widgets."""
    problems = ["the notebook holds widget state"] if "widgets" in notebook.metadata else []
    for number, cell in enumerate(notebook.cells, 1):
        fails = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.get("outputs", []):
            where = f"cell {number}"
            if output.output_type == "error" and not fails:
                problems.append(f"{where} failed with {output.ename}: {output.evalue}")
            if output.output_type == "stream" and output.name == "stderr":
                problems.append(
                    f"{where} writes to stderr: {str(output.text).strip()[:120]!r}; keep warnings "
                    "and progress bars out of a stored notebook"
                )
            for kind, text in _texts(output):
                problems += [f"{where} {problem}" for problem in text_problems(text, kind)]
    return problems


def text_problems(text: str, kind: str = "text/plain") -> list[str]:
    """What is wrong with one piece of stored output of the given media type."""
    text = EMBEDDED.sub("data:", text)
    problems = []
    if "widget" in kind:
        problems.append("stores a widget, which shows nothing without a kernel")
    if found := ABSOLUTE_PATH.search(text):
        problems.append(f"prints an absolute path: {_around(text, found)}")
    if found := RANDOM_ID.search(text):
        problems.append(
            f"prints what differs on every run (an address or a random id): {_around(text, found)}"
        )
    return problems + network_problems(text, script=kind == "application/javascript")


def network_problems(text: str, script: bool = False) -> list[str]:
    """Network addresses that a browser would load by itself; links to follow are none."""
    text = EMBEDDED.sub("data:", text)
    found = LOADED.search(text)
    for code in [text] if script else SCRIPT.findall(text):
        found = found or QUOTED_ADDRESS.search(code)
    return [f"loads from the network: {found.group(0)[-80:]}"] if found else []


def _texts(output):
    if output.output_type == "stream":
        yield "text/plain", output.text
    elif output.output_type == "error":
        yield "text/plain", "\n".join(output.traceback)
    else:
        for kind, data in output.data.items():
            if kind not in PICTURES:
                yield kind, data if isinstance(data, str) else json.dumps(data)


def _around(text, found):
    return repr(text[max(0, found.start() - 20) : found.end() + 40])
