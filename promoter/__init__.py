"""The project: settings, urls and Celery on top; accounts and lib underneath the apps."""

from promoter.celery import app as celery_app

__all__ = ["celery_app"]
