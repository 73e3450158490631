# One image, three roles: web, worker, beat (see docker-compose.yml). The commands are those that CI runs natively.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/aftercare --create-home aftercare

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    VAR_DIR=/var/lib/aftercare \
    STATIC_ROOT=/app/staticfiles

WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN pip install --require-hashes -r requirements/base.txt

COPY . .
# The embedded mode's defaults are enough to collect; nothing secret is needed at build time.
RUN python -m compileall -q config organization workflow ledgers revisits complaints reports \
    && python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf /var/lib/aftercare/* \
    && chown -R aftercare:aftercare /var/lib/aftercare

USER aftercare
ENV AFTERCARE_ENV=production
VOLUME /var/lib/aftercare
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--config", "python:config.gunicorn", "--bind", "0.0.0.0:8000"]
