"""The families: one LightningModule each, all playing the same step."""
