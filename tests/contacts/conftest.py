from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _own_files(tmp_path, settings, request) -> None:
    """Uploads of a test go with the test; a worker has the installation's folder."""
    if "celery_worker" not in request.fixturenames:
        settings.IMPORT_DIR = tmp_path / "imports"
