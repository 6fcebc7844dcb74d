"""Write the labelled digits of this site as files, or take such files over."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognizer import engine, selectors
from recognizer.management.database import DatabaseCommand
from recognizer.models import User
from recognizer.services.datasets import dataset_import


class Command(DatabaseCommand):
    help = (
        "Writes every glyph that a reviewer labelled, each once, with what is held out "
        "from training set apart; the same labels give the same bytes. Or takes such "
        "a set over, with its labels."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        export = parts.add_parser("export", help="write them into a new folder")
        export.add_argument("folder", type=Path)
        export.add_argument(
            "--format",
            choices=sorted(engine.FORMS),
            default="png",
            help="png: a folder for each label; npz: NumPy's; idx: MNIST's; csv: a "
            "line for each glyph (default: %(default)s)",
        )

        taking = parts.add_parser("import", help="take over what an export wrote")
        taking.add_argument("folder", type=Path)
        taking.add_argument(
            "--user", required=True, help="who answers for the labels; one of the staff"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["part"] == "export":
                self._export(options["folder"], options["format"])
            else:
                self._import(options["folder"], options["user"])
        except engine.RecognizerError as error:
            raise CommandError(str(error)) from error

    def _import(self, folder: Path, name: str) -> None:
        reviewer = User.objects.filter(username=name, is_staff=True).first()
        if reviewer is None:
            raise CommandError(f"There is no user {name} with the staff status.")
        imported = dataset_import(folder=folder, reviewer=reviewer)
        self.stdout.write(
            f"{imported.new} new glyphs, {imported.known} known ones. "
            f"{imported.contradicted} have another label here and keep it."
        )

    def _export(self, folder: Path, form: str) -> None:
        labelled = selectors.labelled_glyphs()
        if not len(labelled):
            raise CommandError("There is nothing to export: no label is confirmed yet.")
        engine.export_labelled(labelled, folder, form)
        held_out = int(labelled.is_held_out.sum())
        self.stdout.write(
            f"{len(labelled)} glyphs, {held_out} of them held out, in {folder}. "
            f"Fingerprint {labelled.fingerprint()}"
        )
