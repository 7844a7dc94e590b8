"""Optimizer factories: configured optimizers, called with the parameters."""

from gan_lightning.optimizer.adam import Adam
from gan_lightning.optimizer.base import OptimizerFactory
from gan_lightning.optimizer.rmsprop import RMSProp
from gan_lightning.optimizer.sgd import SGD

__all__ = ["SGD", "Adam", "OptimizerFactory", "RMSProp"]
