# syntax=docker/dockerfile:1
# The site in containers; docs/deploy.md says how they are run.
#
#     docker build --target serving --tag digitsite:1 .
#     docker build --target training --tag digitsite-training:1 .
#
# `serving` (the last, so also without --target) answers requests and reads batches.
# `training` has TensorFlow besides, 2 GB of it, for the worker that trains.
# scripts/try_image takes these steps and runs what they make, without a container engine.

# The Python that the tests run on. The tag moves with its security fixes, and no further.
FROM python:3.11-slim-bookworm AS base
# Takes signals for the processes it starts, and buries those that nobody waits for.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini=0.19.* \
    && rm -rf /var/lib/apt/lists/*
# By number, so that Kubernetes can see that it is not root.
RUN groupadd --gid 10001 digits \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp digits \
    && install --directory --owner=digits --group=digits --mode=0700 /data
# What is written goes to /data and /tmp, and nowhere else: the rest may be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    HOST=0.0.0.0 \
    PORT=8000 \
    MEDIA_ROOT=/data/media \
    MODELS_ROOT=/data/models \
    XDG_CACHE_HOME=/data/cache \
    PROMETHEUS_MULTIPROC_DIR=/tmp/metrics
WORKDIR /app

FROM base AS serving-packages
COPY requirements-serving.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes \
        --requirement requirements-serving.txt

FROM serving-packages AS training-packages
COPY requirements.txt ./
RUN /opt/venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes \
        --requirement requirements.txt

FROM serving-packages AS site
# Not all at once: what is new in the project gets into the image when it is named here.
COPY manage.py ./
COPY digitsite digitsite/
COPY ml ml/
COPY recognizer recognizer/
COPY static static/
COPY templates templates/
# The key signs nothing: it is gone when the step is done. What is collected is what
# `make run` collects (scripts/prepare). Django keeps collected files for their owner alone,
# which is root here.
RUN SECRET_KEY=only-for-this-step-and-in-no-image-that-is-made-of-it \
    python manage.py collectstatic --noinput --ignore redoc --ignore rest_framework \
    && python -m compileall -q digitsite ml recognizer \
    && rm requirements-serving.txt \
    && chmod -R a+rX,go-w .

FROM base AS training
COPY --from=training-packages /opt/venv /opt/venv
COPY --from=site /app /app
USER 10001:10001
# To the whole group: the worker passes no signal on to the training that it started.
ENTRYPOINT ["tini", "-g", "--"]
CMD ["python", "manage.py", "redis_worker", "--queue-name", "training"]

FROM base AS serving
COPY --from=serving-packages /opt/venv /opt/venv
COPY --from=site /app /app
USER 10001:10001
EXPOSE 8000
# Workers have no address: switch it off for them, as compose.yaml does.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["gunicorn", "--config", "digitsite/gunicorn.py", "digitsite.wsgi"]
