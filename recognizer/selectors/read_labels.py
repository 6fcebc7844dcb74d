"""What a digit was read as, for the database to compare with."""

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Value, When

from recognizer.models import NOT_A_DIGIT, Digit, OutcomeChoice


def read_label(path: str = "") -> Case:
    """As `Digit.read_label` has it.

    Args:
        path: to the digit, such as "digit__"; none where the rows are digits.
    """
    outcome = f"{path}prediction__outcome"
    return Case(
        When(**{outcome: OutcomeChoice.NOT_A_DIGIT}, then=Value(NOT_A_DIGIT)),
        default=F(f"{path}predicted"),
        output_field=IntegerField(),
    )


def has_another_label() -> Exists:
    """Whether, of the predictions asked, a digit has another label than was read."""
    labelled = Digit.objects.filter(prediction=OuterRef("pk"), label__isnull=False)
    return Exists(labelled.exclude(label=read_label()))
