"""A template's subject where pages name it."""

from __future__ import annotations

from django import template

from campaigns.models import TemplateContent
from campaigns.rendering import sample_subject

register = template.Library()


@register.filter
def subject_in(content: TemplateContent, account_name: str) -> str:
    """`{{ template|subject_in:request.account.name }}`: as the preview shows it."""
    return sample_subject(content, account_name=account_name)
