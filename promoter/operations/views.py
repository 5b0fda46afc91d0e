"""The operators' look at the whole installation."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from promoter.operations.problems import WRONG, state


@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """What waits, who works, what is wrong; to operators alone."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not admin.site.has_permission(request):
        raise PermissionDenied
    found = state(now=timezone.now())
    wrong = sum(each.level == WRONG for each in found.problems)
    context = {
        **admin.site.each_context(request),
        "title": _("Status"),
        "state": found,
        "wrong": wrong,
        "to_look_at": len(found.problems) - wrong,
        "now": found.now,
    }
    return render(request, "admin/status.html", context)
