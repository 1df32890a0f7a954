# The function in a container. It serves .onnx, without torch; Dockerfile.torch adds torch, for .pt.
#
#   docker build -t endpoint .
#   docker build -t endpoint --build-arg MODEL=helmets.onnx .     with weights/helmets.onnx in it
#   docker run -p 8080:8080 --read-only --tmpfs /tmp endpoint
#
# Every stage is needed for the last: the classic builder, which Cloud Build uses, runs all of them.
# On AWS Lambda its command is: python -m awslambdaric main.lambda_handler
#
# The base is pinned by its tag, which takes up Debian's security fixes. For builds that are the same byte for byte
# look up its digest and give --build-arg PYTHON=python:3.12-slim-bookworm@sha256:...
ARG PYTHON=python:3.12-slim-bookworm

FROM ${PYTHON} AS base
# The root file system may be read-only: bytecode is compiled here, and all that is written later goes to /tmp.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    MPLCONFIGDIR=/tmp \
    PORT=8080
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin endpoint
WORKDIR /app

FROM base AS packages
# Every package that is installed, with its hash: see CONTRIBUTING.md.
COPY requirements-image.lock ./
# botocore describes every service of AWS: all but S3, and what its credentials come from, is left out.
# unchecked-hash: a start need not compare each module with its source.
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --no-deps --only-binary :all: \
         --require-hashes -r requirements-image.lock \
    && find /opt/venv/lib/python3*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
         ! -name s3 ! -name sts ! -name 'sso*' ! -name signin -exec rm -r {} + \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM base AS code
# The name of a file in the folder weights; MODEL_STORE then names the folder that it alone is in.
ARG MODEL=
RUN case "${MODEL}" in \
      .*|*[!A-Za-z0-9._-]*) echo "MODEL=${MODEL} must be the name of a file in the folder weights." >&2; exit 1 ;; \
    esac
COPY main.py ./
COPY handlers handlers
COPY model_cache model_cache
# Without a model LICENSE once more, since an empty name would be the whole folder.
COPY LICENSE ${MODEL:+weights/}${MODEL:-LICENSE} models/
RUN python -m compileall -q --invalidation-mode unchecked-hash main.py handlers model_cache

FROM base AS endpoint
ARG MODEL=
ENV MODEL_STORE=${MODEL:+/app/models}
COPY --from=packages /opt/venv /opt/venv
COPY --from=code /app /app
USER 10001:10001
EXPOSE 8080
CMD ["functions-framework", "--target", "predict"]
