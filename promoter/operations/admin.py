"""The operators' lists of who works, and of what was done."""

from __future__ import annotations

from django.contrib import admin

from promoter.lib.admin import HistoryAdmin
from promoter.operations.models import TaskRun, Worker


@admin.register(Worker)
class WorkerAdmin(HistoryAdmin):
    list_display = ("name", "started_at", "seen_at")
    search_fields = ("name",)


@admin.register(TaskRun)
class TaskRunAdmin(HistoryAdmin):
    list_display = ("task", "done_at", "seconds", "failed_at", "error", "runs", "failures")
    search_fields = ("task",)
