"""The catalogues of locale/ as they are written (.po) and as they are read (.mo)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

ROOT = settings.BASE_DIR
MARKS = {"gettext", "gettext_noop", "gettext_lazy"}
Entry = tuple[str, str, list[str], set[str]]
"""Context, message, its translations (several where it has a plural), flags."""


def path_of(language: str, suffix: str) -> Path:
    return ROOT / "locale" / to_locale(language) / "LC_MESSAGES" / f"django.{suffix}"


def written(path: Path) -> Iterator[Entry]:
    """The entries of a .po file but its head; obsolete ones are comments."""
    for block in path.read_text().split("\n\n"):
        flags = set(re.findall(r"^#, (.+)$", block, re.MULTILINE))
        words: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if not line.startswith('"'):
                key, _, line = line.partition(" ")
            words[key] = words.get(key, "") + ast.literal_eval(line)
        if words.get("msgid"):
            said = [text for key, text in words.items() if key.startswith("msgstr")]
            yield words.get("msgctxt", ""), words["msgid"], said, flags


def read(path: Path) -> GNUTranslations:
    with path.open("rb") as file:
        return GNUTranslations(file)


def marked_in(paths: list[Path]) -> set[str]:
    """Every message that templates and modules mark for translation."""
    return {message for path in paths for message in _marked(path)}


def _marked(path: Path) -> Iterator[str]:
    source = path.read_text()
    if path.suffix != ".py":
        found = re.findall(
            r"""gettext\(u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")\)""", templatize(source)
        )
        yield from (ast.literal_eval(text).replace("%%", "%") for text in found)
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS:
            # What stands in a variable was marked where it was written.
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))
