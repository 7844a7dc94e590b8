"""Training algorithms: one LightningModule each, all with the step of `base`."""
