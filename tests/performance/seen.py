"""What py-spy has seen as a text: what is below what, and where most of the time is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# A share below which a line tells nothing, and one that makes of two lines one, in percent.
LEAST, NEARLY_ALL = 1.5, 97
MOST_OWN = 15
# As py-spy writes a frame: `function (file:line)`.
FRAME = re.compile(r"(?P<name>.+) \((?P<file>.+?)(:\d+)?\)")


@dataclass(slots=True)
class Place:
    """A function as it was reached: how often it was seen, itself and all below it."""

    own: int = 0
    all: int = 0
    below: dict[str, Place] = field(default_factory=dict)


def read(path: Path, *, below: str = "") -> Place:
    """What was seen below a function; "" is all that was seen."""
    root = Place()
    for line in path.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        names = [name_of(each) for each in stack.split(";") if FRAME.fullmatch(each)]
        inside = [at for at, name in enumerate(names) if name.startswith(f"{below} ")]
        if below and not inside:
            continue
        add(root, names[inside[0] :] if below else names, int(count))
    return root


def add(root: Place, names: list[str], count: int) -> None:
    place = root
    place.all += count
    for name in names:
        place = place.below.setdefault(name, Place())
        place.all += count
    place.own += count


def name_of(frame: str) -> str:
    """Without its line, nor where on this machine the file lies."""
    found = FRAME.fullmatch(frame)
    assert found is not None
    file = re.sub(r"^.*(site-packages|lib/python[\d.]+)/", "", found["file"])
    return f"{found['name']} ({file.lstrip('/')})"


def lines_of(root: Place) -> list[str]:
    if not root.all:
        raise RuntimeError("Nothing was seen.")
    own: Counter[str] = Counter()
    count_own(root, own)
    return [
        f"Looked {root.all:,} times. Percent of that, in a function and all below it:",
        "",
        *tree(root, root.all, 0),
        "",
        "Percent in a function itself:",
        "",
        *(
            f"{100 * count / root.all:5.1f}  {name}"
            for name, count in own.most_common(MOST_OWN)
        ),
    ]


def tree(place: Place, of: int, depth: int) -> list[str]:
    lines = []
    for name, each in sorted(place.below.items(), key=lambda pair: -pair[1].all):
        if 100 * each.all / of < LEAST:
            break
        # What does nearly nothing but call one other needs no line of its own.
        names = [name]
        while each.below:
            next_name, biggest = max(each.below.items(), key=lambda pair: pair[1].all)
            if 100 * biggest.all / each.all < NEARLY_ALL:
                break
            names, each = [*names, next_name], biggest
        # The first and the last of them tell enough.
        told = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
        lines.append(f"{100 * each.all / of:5.1f}  {'  ' * depth}{told}")
        lines += tree(each, of, depth + 1)
    return lines


def count_own(place: Place, own: Counter[str]) -> None:
    for name, each in place.below.items():
        own[name] += each.own
        count_own(each, own)
