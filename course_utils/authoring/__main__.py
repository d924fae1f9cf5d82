"""Command line of the authoring tools: build, check, student, list (see the package docstring)."""

import argparse
import sys
from pathlib import Path

from .build import BuildError, build, build_student, difference, refresh
from .text import ROOT, Course, is_homework


def main(arguments: list[str] | None = None) -> int:
    """Run one command; exit code 0 if all is well, 1 if not, 2 if the command makes no sense."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.authoring")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds notebooks/")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("build", help="execute texts and store their notebooks")
    verb.add_argument("names", nargs="*", metavar="NAME", help="02_attention; without names, all")
    verb.add_argument(
        "--changed", action="store_true", help="only those that differ from their notebook"
    )
    verb.add_argument(
        "--text", action="store_true", help="take over prose alone; keep the outputs, run nothing"
    )
    verb.add_argument(
        "--timeout", type=float, default=1200, help="seconds that one cell may take (1200)"
    )
    for word, text in (
        ("check", "compare texts with notebooks"),
        ("student", "make the versions with blanks again"),
    ):
        verbs.add_parser(word, help=text).add_argument("names", nargs="*", metavar="NAME")
    verbs.add_parser("list", help="print the executed notebooks, the slowest first")
    options = parser.parse_args(arguments)

    course = Course(options.root.resolve())
    known = course.names()
    names = [Path(name).stem for name in getattr(options, "names", [])] or known
    unknown = [name for name in names if name not in known]
    if unknown:
        print(
            f"no text notebooks/text/{unknown[0]}.py; there are: {', '.join(known) or 'none'}",
            file=sys.stderr,
        )
        return 2
    if options.verb == "list":
        return _list(course, known)
    if options.verb == "check":
        return _check(course, names)
    if options.verb == "student":
        for name in filter(is_homework, names):
            build_student(name, course)
        return 0
    if options.changed:
        names = [name for name in names if difference(name, course)]
        print(f"{len(names)} of {len(known)} texts changed", flush=True)
    return _build(course, names, options)


def _build(course, names, options):
    failed = 0
    for name in names:
        try:
            if options.text:
                refresh(name, course)
                print(f"{name}: text taken over, outputs kept", flush=True)
            else:
                print(f"{name}: {build(name, course, options.timeout):.1f} s", flush=True)
        except (BuildError, ValueError) as error:
            failed += 1
            print(
                f"{error}\n{name}: not built; the stored notebook is as it was",
                file=sys.stderr,
                flush=True,
            )
    return int(failed > 0)


def _check(course, names):
    differences = [f"{name}: {found}" for name in names if (found := difference(name, course))]
    for line in differences:
        print(line, file=sys.stderr)
    print(f"{len(names) - len(differences)} of {len(names)} texts agree with their notebooks")
    return int(bool(differences))


def _list(course, names):
    if not names:
        print(
            f"no notebooks to check: {course.root / 'notebooks' / 'text'} holds no text",
            file=sys.stderr,
        )
        return 1
    seconds = course.seconds()
    for name in sorted(names, key=lambda name: -seconds.get(name, float("inf"))):
        print(course.notebook(name).relative_to(course.root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
