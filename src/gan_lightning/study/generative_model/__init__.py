"""Generative models that are no GANs, of binary images: for the study that compares them."""
