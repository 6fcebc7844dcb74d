"""What benchmarks that read MNIST's test set are asked for, and what they open."""

import argparse
import os
import sys
from pathlib import Path

from ml.artifacts import SHIPPED
from ml.datasets import LabelledImages, load_mnist
from ml.errors import MlError
from ml.inference import Recognizer


def parser_of_readings(
    description: str, *, count: int, counted: str
) -> argparse.ArgumentParser:
    """Take the folder of MNIST, a model, how many of what to read, and a seed.

    Args:
        description: of the benchmark.
        count: how many, if nothing else is said.
        counted: what these are.
    """
    parser = argparse.ArgumentParser(description=description)
    add = parser.add_argument
    mnist = os.environ.get("MNIST_DIR")
    add("--mnist", type=Path, default=mnist, help="MNIST's folder; else it is fetched")
    add("--model", type=Path, default=SHIPPED, help="folder of the model that reads")
    add("--count", type=_positive, default=count, help=counted)
    add("--seed", type=int, default=1, help="draws everything")
    add("--json", action="store_true", help="print JSON instead of a table")
    add("--check", action="store_true", help="exit with 1 if a promise is not kept")
    return parser


def reader_and_digits(options: argparse.Namespace) -> tuple[Recognizer, LabelledImages]:
    """Open the model and MNIST's test set that were asked for.

    Raises:
        SystemExit: one of them cannot be read; it was said why.
    """
    try:
        return Recognizer.load(options.model), load_mnist(options.mnist).test
    except MlError as error:
        print(f"Not measured: {error}", file=sys.stderr)
        raise SystemExit(2) from error


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"Expected 1 or more. Received: {text}")
    return number
