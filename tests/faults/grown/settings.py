"""The site with an app more, whose migration changes the table of predictions."""

from digitsite.settings import *  # noqa: F403  (all of it, and one line more)
from digitsite.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.grown"]
