"""The one door to `ml`: everything else in the project imports only this.

It knows which version is live, loads it when the first picture comes (after the fork,
once a process), keeps it, and turns MlError into RecognizerError. Callers look names up
here and not in the rooms behind, so that there is one place to put something else.
"""

from ml.adapting import SCALES, OutputForm
from ml.architectures import ARCHITECTURES
from ml.arrays import Box
from ml.artifacts import Manifest
from ml.contradictions import Contradiction
from ml.evaluation import Answer, Evaluation, Result
from ml.exchange import FORMS, LabelledGlyphs
from ml.finetuning import FINE_TUNING_EPOCHS
from ml.gate import GateTest
from ml.imaging import Picture
from ml.importing import ImportedModel
from ml.inference import BACKENDS
from ml.metrics import BINS as RELIABILITY_BINS
from ml.metrics import CoveragePoint, ReliabilityBin, chance_of_flips
from ml.outcomes import Outcome
from ml.preprocessing import PREPROCESSING_VERSION
from ml.readings import DigitReading, Reading
from ml.recipes import PRECISIONS, EpochProgress, Progress, Recipe
from ml.samples import IMAGE_SUFFIXES, NONE, Sample
from recognizer.engine.artifact_store import artifact_keep, artifact_remove
from recognizer.engine.comparison import ComparedVersion, compare
from recognizer.engine.doubts import contradictions
from recognizer.engine.errors import RecognizerError
from recognizer.engine.evaluation import evaluate
from recognizer.engine.exchange import (
    export_archive,
    export_labelled,
    import_labelled,
)
from recognizer.engine.explanations import Alternative, Explanation, HeatMap
from recognizer.engine.importing import ImportOptions, import_model
from recognizer.engine.live import (
    LiveVersion,
    check_artifact,
    manifest_of,
    shipped_manifest,
)
from recognizer.engine.pictures import (
    Step,
    explain_steps,
    glyph_png,
    thumbnail,
)
from recognizer.engine.reading import (
    Recognition,
    explain,
    live_manifest,
    recognize,
    recognize_glyph,
    recognize_many,
)
from recognizer.engine.scoring import GlyphAnswer, GlyphReader, glyph_reader
from recognizer.engine.training import (
    FineTuned,
    TrainingData,
    fine_tune,
    mnist_folder,
    train,
)

__all__ = [
    "ARCHITECTURES",
    "BACKENDS",
    "FINE_TUNING_EPOCHS",
    "FORMS",
    "IMAGE_SUFFIXES",
    "NONE",
    "PRECISIONS",
    "PREPROCESSING_VERSION",
    "RELIABILITY_BINS",
    "SCALES",
    "Alternative",
    "Answer",
    "Box",
    "ComparedVersion",
    "Contradiction",
    "CoveragePoint",
    "DigitReading",
    "EpochProgress",
    "Evaluation",
    "Explanation",
    "FineTuned",
    "GateTest",
    "GlyphAnswer",
    "GlyphReader",
    "HeatMap",
    "ImportOptions",
    "ImportedModel",
    "LabelledGlyphs",
    "LiveVersion",
    "Manifest",
    "Outcome",
    "OutputForm",
    "Picture",
    "Progress",
    "Reading",
    "Recipe",
    "Recognition",
    "RecognizerError",
    "ReliabilityBin",
    "Result",
    "Sample",
    "Step",
    "TrainingData",
    "artifact_keep",
    "artifact_remove",
    "chance_of_flips",
    "check_artifact",
    "compare",
    "contradictions",
    "evaluate",
    "explain",
    "explain_steps",
    "export_archive",
    "export_labelled",
    "fine_tune",
    "glyph_png",
    "glyph_reader",
    "import_labelled",
    "import_model",
    "live_manifest",
    "manifest_of",
    "mnist_folder",
    "recognize",
    "recognize_glyph",
    "recognize_many",
    "shipped_manifest",
    "thumbnail",
    "train",
]
