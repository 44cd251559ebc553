# newsdiff in server mode: one image for web, worker, beat and migration. No secret is built in.
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
COPY requirements/runtime.txt requirements/
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt

FROM python:3.13-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/venv/bin:$PATH NEWSDIFF_DATA_DIR=/data
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /app newsdiff && install -d -o newsdiff /data
COPY --from=build /venv /venv
COPY manage.py ./
COPY newsdiff newsdiff
COPY articles articles
COPY newsroom newsroom
COPY templates templates
COPY static static
# The settings ask for a key and a database even to gather static files; these are thrown away.
RUN SECRET_KEY=unused DATABASE_URL=postgres://unused REDIS_URL=redis://unused NEWSDIFF_DATA_DIR=/tmp/build \
    python manage.py collectstatic --no-input --verbosity 0
USER newsdiff
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "newsdiff/gunicorn.py", "newsdiff.wsgi"]
