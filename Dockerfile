# One image for web, worker, beat and migrate; compose.yaml says which is which.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/providers.txt /requirements.txt
RUN /venv/bin/pip install --quiet --require-hashes -r /requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/staticfiles DATA_DIR=/data
RUN useradd --system --create-home --uid 10001 promoter \
    && mkdir /data && chown promoter /data
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# DEBUG off and the manifest storage need settings to load; none of these reaches a request.
RUN SECRET_KEY=build SITE_URL=https://build.invalid EMAIL_URL=smtp://build.invalid \
    DEFAULT_FROM_EMAIL=build@build.invalid REDIS_URL=redis://build.invalid \
    python manage.py collectstatic --noinput --verbosity 0
USER promoter
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "16", "--respawn-failed-workers", "--workers-kill-timeout", "25", "promoter.wsgi:application"]
