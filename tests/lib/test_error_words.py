"""What workers write of mail that did not leave is shown in each reader's language."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import trans_real

from promoter.lib.error_words import LEADS, WHOLE, error_words
from tests.marks import CODE, OPEN, SHUT, Brackets

# Where such words are written: what is raised there, or given as an error.
APP = settings.BASE_DIR / "surveys"
WRITERS = [path.relative_to(APP) for path in sorted((APP / "sending").glob("*.py"))]
WRITERS += [Path("answering/deleting.py"), Path("delivery.py"), Path("responding.py")]
WRITERS += [Path("tracking.py"), Path("unsubscribing.py")]
RAISED = {"NotNow", "ServerUnwell", "MayHaveLeft", "Refused", "SignInRefused"}


def written(module: Path) -> set[str]:
    """The sentences in a module's errors, each up to where others' words begin."""
    tree = ast.parse((APP / module).read_text())
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = set()
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call):
            named = {key.arg: key.value for key in node.keywords}
            given = [named[name] for name in ("why", "error") if name in named]
            if getattr(node.func, "id", "") in RAISED:
                given += node.args[:1]
        for each in given:
            each = constants.get(getattr(each, "id", ""), each)
            first = each.values[0] if isinstance(each, ast.JoinedStr) else each
            if isinstance(first, ast.Constant) and first.value:
                found.add(str(first.value).strip())
    return found


@pytest.mark.parametrize("module", WRITERS, ids=str)
def test_each_sentence_that_a_worker_writes_is_known(module):
    assert written(module) <= {*LEADS, *WHOLE}


def test_ours_is_translated_and_the_servers_words_stay(monkeypatch):
    monkeypatch.setitem(trans_real._translations, CODE, Brackets())
    stored = "Given up after 72 hours. The mail server hung up: 421 bye: 100 % busy"
    shown = "⟦Given up after 72 hours.⟧ ⟦The mail server hung up:⟧ "

    assert error_words(stored) == stored
    assert error_words("") == ""
    with translation.override(CODE):
        assert error_words(stored).startswith(shown)
        assert error_words("No mail was prepared.") == f"{OPEN}No mail was prepared.{SHUT}"
    with translation.override("fr"):
        assert error_words("421 bye: 100 % busy") == "421 bye: 100 % busy"
