# The function in a container: `slim`, the default, serves .onnx without torch; `full` serves .pt as well.
#
#   docker build -t endpoint .
#   docker build -t endpoint --build-arg MODEL=weights/helmets.onnx .     with a model inside, so that none is fetched
#   docker build -t endpoint --target full --build-arg PIP_EXTRA_INDEX_URL=... .
#   docker run -p 8080:8080 --read-only --tmpfs /tmp endpoint
#
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
COPY requirements-onnx.txt requirements-lambda.txt ./
# botocore describes every service of AWS: all but S3, and what its credentials come from, is left out.
# unchecked-hash: a start need not compare each module with its source.
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir --no-compile \
         -r requirements-onnx.txt -r requirements-lambda.txt \
    && find /opt/venv/lib/python3*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
         ! -name s3 ! -name sts ! -name 'sso*' ! -name signin -exec rm -r {} + \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM packages AS packages-full
# The address of PyTorch's own CPU builds, which docs/operate.md gives. Without it pip takes the CUDA build, some
# 4 GB larger; GPU=1 says that this is wanted.
ARG PIP_EXTRA_INDEX_URL=
ARG GPU=
COPY requirements.txt ./
RUN pip --python /opt/venv/bin/python install --no-cache-dir --no-compile -r requirements.txt \
    && if [ -z "${GPU}" ] && python -c 'import sys, torch; sys.exit(torch.version.cuda is None)'; then \
         echo 'This is the CUDA build of torch: give PIP_EXTRA_INDEX_URL, or GPU=1.' >&2; exit 1; \
       fi \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM base AS code
# A file of weights in this folder; MODEL_STORE then names the folder that it alone is in.
ARG MODEL=
COPY main.py ./
COPY handlers handlers
COPY model_cache model_cache
COPY LICENSE ${MODEL} models/
RUN python -m compileall -q --invalidation-mode unchecked-hash main.py handlers model_cache

FROM base AS full
ARG MODEL=
ENV MODEL_STORE=${MODEL:+/app/models}
COPY --from=packages-full /opt/venv /opt/venv
COPY --from=code /app /app
USER 10001:10001
EXPOSE 8080
CMD ["functions-framework", "--target", "predict"]

FROM base AS slim
ARG MODEL=
ENV MODEL_STORE=${MODEL:+/app/models}
COPY --from=packages /opt/venv /opt/venv
COPY --from=code /app /app
USER 10001:10001
EXPOSE 8080
CMD ["functions-framework", "--target", "predict"]
