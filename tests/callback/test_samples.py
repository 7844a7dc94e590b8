from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest_of_callbacks import TinyGame
from lightning.pytorch import Callback
from PIL import Image
from torch import Tensor

from gan_lightning.callback.samples import Samples
from gan_lightning.runtime.refusal import Refusal
