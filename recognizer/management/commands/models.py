"""List the model versions of this site."""

from typing import Any

from recognizer.management.database import DatabaseCommand
from recognizer.models import ModelVersion
from recognizer.selectors import model_versions

ROW = "{:>7}  {:9}  {:12}  {:>6}  {:>8}  {:10}  {:8}  {}"
HEAD = ("version", "state", "architecture", "parent", "MNIST", "made", "labels", "note")


class Command(DatabaseCommand):
    help = (
        "Lists the models of this site, the newest first: which answers, which one "
        "each went on from, its accuracy on MNIST's test set when it was made (the "
        "closest digit, also where it would refuse to name one), and the beginning of "
        "the fingerprint of the labels that taught and judged it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(ROW.format(*HEAD).rstrip())
        for version in model_versions().select_related("training_run").reverse():
            self.stdout.write(ROW.format(*_cells(version)).rstrip())


def _cells(version: ModelVersion) -> list[str]:
    accuracy = version.metrics.get("mnist_test_accuracy")
    run = getattr(version, "training_run", None)
    return [
        str(version.number),
        version.state,
        version.architecture,
        str(version.parent_id or "–"),
        "–" if accuracy is None else f"{accuracy:.2%}",
        f"{version.created_at:%Y-%m-%d}",
        version.data_fingerprint[:8] or "–",
        run.note if run else "",
    ]
