"""The stories that a labelling team plays, and what is measured in each."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from benchmarks.labelling_team import (
    Read,
    Reviewed,
    Trained,
    digits_of,
    halves,
    measure,
    review,
    train,
    upload,
)
from benchmarks.mnist_only import mnist_only_model
from benchmarks.team_sites import Cost, TeamSite, bent_digits, team_site


class Knows(Enum):
    """What a model learnt from before the story begins."""

    MNIST = "MNIST's digits as they are"
    BENT_MNIST = "MNIST's digits as they are, and bent"
    ALL = "what the shipped model learnt from"


@dataclass(frozen=True, slots=True)
class Story:
    """Whose hand it is, and who has to learn it.

    Attributes:
        folders: of handwriting, in the folder of data.
        knows: what the model that answers learnt from.
        fall: the share of the errors that the labels are to take away.
    """

    name: str
    folders: tuple[str, ...]
    knows: Knows
    fall: float


SCANS: Final = ("scans", "scans32")
STORIES: Final = {
    story.name: story
    for story in (
        Story("scans", SCANS, Knows.MNIST, fall=0.5),
        Story("scans-bent", SCANS, Knows.BENT_MNIST, fall=0.5),
        Story("historical", ("historical",), Knows.ALL, fall=0.3),
    )
}
# The queue is measured where there is more to find than one looks at: in 200 of 300
# pictures nothing finds more than 1.5 times what chance does.
QUEUE: Final = "queue"
QUEUE_FOLDERS: Final = ("real", "scans", "scans32", "historical")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be played.

    Attributes:
        data: the folder with the folders of handwriting.
        mnist: the folder with MNIST.
        cache: where the model is kept that saw MNIST alone.
        architecture: of that model.
        labels: that the team gives.
        wrong: the share of them that is wrong.
        seed: of the halves, of the training and of the wrong labels.
    """

    data: Path
    mnist: Path
    cache: Path
    architecture: str
    labels: int
    wrong: float
    seed: int


@dataclass(frozen=True, slots=True)
class Round:
    """One story, played once; `before` and `after` are of the other half."""

    story: str
    seed: int
    wrong: float
    before: Read
    reviewed: Reviewed
    trained: Trained
    after: Read
    cost: Cost

    @property
    def fall(self) -> float:
        """The share of the errors that went; below 0 where there are more."""
        return 1 - self.after.errors / max(1, self.before.errors)


@dataclass(frozen=True, slots=True)
class QueueRound:
    """What the queue finds among so many pictures."""

    seed: int
    pictures: int
    reviewed: Reviewed


@dataclass(frozen=True, slots=True)
class Timing:
    """What it takes to train with so many labels."""

    labels: int
    trained: Trained
    cost: Cost = field(default_factory=Cost)


def play(story: Story, wish: Wish) -> Round:
    """Have a team upload one half, label some of it, train, and measure the other."""
    samples = digits_of(wish.data / name for name in story.folders)
    own, other = halves(samples, wish.seed)
    with team_site(wish.mnist) as site:
        if story.knows != Knows.ALL:
            site.let_answer(
                mnist_only_model(
                    wish.cache,
                    wish.mnist,
                    wish.architecture,
                    bent=story.knows == Knows.BENT_MNIST,
                )
            )
        client = site.client
        before = measure(client, other)
        uploaded = upload(client, own)
        reviewed = review(
            client, uploaded, count=wish.labels, wrong=wish.wrong, seed=wish.seed
        )
        trained, cost = _train(site, wish.seed)
        after = measure(client, other, trained.version)
    return Round(
        story.name, wish.seed, wish.wrong, before, reviewed, trained, after, cost
    )


def play_queue(wish: Wish) -> QueueRound:
    """Upload all there is, and count what the queue finds."""
    samples = digits_of(wish.data / name for name in QUEUE_FOLDERS)
    # In another order for each seed: of equal certainty the first comes first.
    first, second = halves(samples, wish.seed)
    with team_site(wish.mnist) as site:
        uploaded = upload(site.client, [*first, *second])
        reviewed = review(site.client, uploaded, count=wish.labels, seed=wish.seed)
    return QueueRound(wish.seed, len(samples), reviewed)


def time_training(mnist: Path, labels: int) -> Timing:
    """Train with labels that were given elsewhere."""
    with team_site(mnist) as site:
        site.take_over(bent_digits(mnist, labels))
        return Timing(labels, *_train(site, seed=1))


def _train(site: TeamSite, seed: int) -> tuple[Trained, Cost]:
    with site.weighed() as cost:
        trained = train(site.client, seed=seed)
    return trained, cost
