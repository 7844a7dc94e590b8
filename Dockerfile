# CPU:   docker build -t gan_lightning .
#        docker run --rm -v "$PWD/runs:/app/runs" gan_lightning gan-lightning-train
# CUDA:  docker build -t gan_lightning:cuda --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu128 .
#        docker run --rm --gpus all --shm-size 2g -v "$PWD/runs:/app/runs" gan_lightning:cuda gan-lightning-train
# torch's CUDA wheels bring their libraries: the host needs its driver and the NVIDIA Container Toolkit alone.
FROM python:3.12-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 WANDB_MODE=offline
# hadolint ignore=DL3013
RUN pip install torch torchvision --index-url "$TORCH_INDEX"

WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY conf conf
# hadolint ignore=DL3013
RUN pip install ".[export,hub]" \
    && useradd --create-home --uid 1000 gan \
    && mkdir -p /app/runs \
    && chown -R gan /app

USER 1000
WORKDIR /app
CMD ["gan-lightning-train", "--help"]
