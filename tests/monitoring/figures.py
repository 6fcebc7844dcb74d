"""Figures as Prometheus reads them."""

from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a-token-that-nobody-guesses"


def figures_in(text: str) -> dict[tuple[str, frozenset[str]], float]:
    """By name and the values of the labels."""
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Figures:
    """What was shown at one time."""

    def __init__(self, text: str) -> None:
        self._found = figures_in(text)

    def of(self, name: str, *labels: str) -> float | None:
        return self._found.get((name, frozenset(labels)))
