"""Names of trained generators that are not paths: `zoo:NAME` and `hf://OWNER/NAME`."""

ZOO, HUB = "zoo:", "hf://"


def is_address(text: str) -> bool:
    """True for the name of a generator of the zoo or of the Hugging Face Hub."""
    return text.startswith((ZOO, HUB))
