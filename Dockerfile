# Aviary's image. The digest pins the base; look up the newest one and build with it:
#   docker buildx imagetools inspect python:3.13-slim-trixie --format '{{.Manifest.Digest}}'
#   docker build --build-arg PYTHON_DIGEST=sha256:… --tag aviary:0.1.0 .
ARG PYTHON=python:3.13-slim-trixie
ARG PYTHON_DIGEST

FROM ${PYTHON}@${PYTHON_DIGEST} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
# Without pip: what serves has no need to install anything.
RUN python -m venv --without-pip /venv
COPY deploy/requirements.lock /build/requirements.lock
# Wheels only: nothing is compiled, so no compiler is needed anywhere.
RUN pip --python /venv/bin/python install --require-hashes --only-binary :all: -r /build/requirements.lock
WORKDIR /app
COPY manage.py ./
COPY gates gates
COPY dashboard dashboard
COPY templates templates
COPY static static
# As .ci/install does it: translations are kept as text.
RUN if ls dashboard/locale/*/LC_MESSAGES/django.po >/dev/null 2>&1; then \
        /venv/bin/pybabel --quiet compile --domain django --directory dashboard/locale; \
    fi
RUN HOST=127.0.0.1 AVIARY_CLUSTER=demo AVIARY_SECRET_KEY=only-to-collect-files DATABASE_URL=sqlite://:memory: \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0
# The root is read-only later: what is not compiled now is compiled at every start.
RUN /venv/bin/python -m compileall -q /app /venv

FROM ${PYTHON}@${PYTHON_DIGEST}
# The base brings a pip of its own.
RUN pip uninstall --yes --root-user-action=ignore pip \
    && groupadd --gid 10001 aviary \
    && useradd --uid 10001 --gid aviary --no-create-home --home-dir /tmp --shell /usr/sbin/nologin aviary \
    && install --directory --owner=aviary --group=aviary --mode=0700 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# Loopback would be of no use in a container; `serve` refuses to listen on more until AVIARY_WEBHOOK_AUTH is set.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    AVIARY_DATA_DIR=/data
USER 10001:10001
EXPOSE 8000
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["python", "manage.py"]
CMD ["serve"]
