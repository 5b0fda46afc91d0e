"""What `make run` does to its database at every start: migrate it, seed the demo."""

from __future__ import annotations

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def main() -> None:
    django.setup()
    executor = MigrationExecutor(connection)
    # `migrate` with nothing to do takes as long as the rest of a start.
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=1)
    call_command("seed_demo")


if __name__ == "__main__":
    main()
