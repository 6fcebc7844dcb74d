from html.parser import HTMLParser
from pathlib import Path

import pytest

from recognizer.engine import Answer, Evaluation, Outcome, Sample
from recognizer.reports import percent, report_write
from recognizer.reports.charts import confusion_matrix, coverage_curve
from tests.factories import make_reading
from tests.ml.pages import as_file, make_page

pytestmark = pytest.mark.django_db

VOID = {"meta", "img", "line", "rect", "circle", "polyline"}


class Page(HTMLParser):
    """The elements of a page; a tag that is never closed, or closed twice, fails."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert tag in VOID or self._open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag, class_=None):
        return [
            attributes
            for name, attributes in self.elements
            if name == tag and class_ in (None, attributes.get("class"))
        ]


def make_sample(label="2", *, name="x.png", content=None, kind="page"):
    content = as_file(make_page()) if content is None else content
    return Sample(content, label, kind, name)


def read_as(digit, confidence=0.9, outcome=Outcome.SURE):
    return Answer(digit, outcome, digit, confidence, 0.0)


def evaluated(*pairs, folders=("real",)):
    evaluation = Evaluation(list(folders))
    for sample, answer in pairs:
        evaluation.add(sample, answer, folders[0])
    return evaluation


def report(evaluation, folder):
    return Page(report_write(evaluation=evaluation, folder=folder).read_text("utf-8"))


def test_the_report_shows_the_figures(tmp_path):
    right, wrong = (make_sample(), read_as("2")), (make_sample(), read_as("7"))

    page = report(evaluated(right, right, right, wrong), tmp_path)

    assert "How well version 1 reads" in page.text
    assert "75.00%" in page.text


def test_the_report_draws_both_charts(tmp_path):
    page = report(evaluated((make_sample(), read_as("2"))), tmp_path)

    assert len(page.all("svg")) == 2
    assert len(page.all("rect", "chart-bar")) == 1
    assert len(page.all("polyline", "chart-line")) == 1


def test_the_report_marks_what_is_called_sure(tmp_path):
    unsure = read_as("2", 0.4, Outcome.UNSURE)

    page = report(
        evaluated((make_sample(), read_as("2")), (make_sample(), unsure)), tmp_path
    )

    # Half of the digits at 100 %: the middle of the top of the chart.
    (point,) = page.all("circle", "chart-sure")
    assert (point["cx"], point["cy"]) == ("191.0", "28.0")


def test_the_report_marks_nothing_where_nothing_is_sure(tmp_path):
    unsure = read_as("2", 0.4, Outcome.UNSURE)

    page = report(evaluated((make_sample(), unsure)), tmp_path)

    assert page.all("circle") == []


def test_the_report_shows_a_mistake_as_sent_and_as_seen(tmp_path):
    page = report(evaluated((make_sample(name="mine.png"), read_as("7"))), tmp_path)

    (sent,), (glyph,) = page.all("img", "sent"), page.all("img", "glyph")
    assert sent["src"].startswith("data:image/png;base64,")
    assert glyph["src"].startswith("data:image/png;base64,")
    assert "real/mine.png" in page.text
    assert "90.00%, sure" in page.text


def test_the_report_shows_no_picture_of_what_is_right(tmp_path):
    page = report(evaluated((make_sample(name="mine.png"), read_as("2"))), tmp_path)

    assert page.all("img") == []
    assert "mine.png" not in page.text


def test_the_report_shows_non_digits_that_were_read_as_digits(tmp_path):
    letter = make_sample("none", name="z.png")

    page = report(evaluated((letter, read_as("2"))), tmp_path)

    assert "No digits, but read as digits" in page.text
    assert "real/z.png" in page.text


def test_the_report_says_that_a_digit_was_called_blank(tmp_path):
    blank = Answer("none", Outcome.BLANK, not_a_digit=1.0)

    page = report(evaluated((make_sample(), blank)), tmp_path)

    assert "no ink was found" in page.text


def test_the_report_says_what_a_refused_digit_came_closest_to(tmp_path):
    refused = Answer("none", Outcome.NOT_A_DIGIT, "2", 0.2, 0.8)

    page = report(evaluated((make_sample(), refused)), tmp_path)

    assert "80.00%; closest: 2" in page.text


def test_the_report_shows_every_digit_of_a_number(tmp_path, stub_engine):
    stub_engine.reading = make_reading(text="12")

    page = report(evaluated((make_sample("21"), read_as("12"))), tmp_path)

    assert len(page.all("img", "glyph")) == 2


def test_the_report_names_a_mistake_whose_file_is_gone(tmp_path):
    sample = make_sample(content=tmp_path / "gone.png", name="gone.png")

    page = report(evaluated((sample, read_as("7"))), tmp_path)

    assert "real/gone.png" in page.text
    assert page.all("img") == []


def test_the_report_shows_no_more_than_60_mistakes_of_a_sort(tmp_path):
    wrong = (make_sample(content=tmp_path / "gone.png"), read_as("7"))

    page = report(evaluated(*[wrong] * 61), tmp_path)

    assert len(page.all("li")) == 60
    assert "60 of 61 are shown" in page.text


@pytest.mark.parametrize(
    ("sample", "answer"),
    [
        (make_sample(name="<script>x.png"), read_as("7")),
        (make_sample("none", name="<script>x.png"), read_as("7")),
        (make_sample(name="<script>x.png"), Answer("none", "unreadable_image")),
        (make_sample(kind="<script>x.png"), read_as("2")),
    ],
)
def test_names_in_the_report_are_text(tmp_path, sample, answer):
    page = report(evaluated((sample, answer), folders=("<script>", "b")), tmp_path)

    assert "<script>x.png" in page.text
    assert page.all("script") == []


def test_the_report_lists_files_that_could_not_be_read(tmp_path):
    unreadable = Answer("none", "unreadable_image")

    page = report(evaluated((make_sample(name="broken.png"), unreadable)), tmp_path)

    assert "real/broken.png unreadable_image" in page.text


def test_the_report_has_a_row_for_each_of_several_folders(tmp_path):
    evaluation = evaluated((make_sample(), read_as("2")), folders=("real", "scans"))

    page = report(evaluation, tmp_path)

    assert "Each folder by itself" in page.text
    assert "scans0–" in page.text


def test_a_report_without_digits_has_no_charts(tmp_path):
    page = report(evaluated((make_sample("none"), read_as("2"))), tmp_path)

    assert page.all("svg") == []


def test_the_report_needs_no_other_file(tmp_path):
    wrong = (make_sample(), read_as("7"))

    page = report(evaluated(wrong), tmp_path)

    addresses = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href")
    ]
    assert addresses
    assert all(address.startswith("data:") for address in addresses)
    assert page.all("link") == []


def test_a_former_report_is_replaced(tmp_path):
    (tmp_path / "index.html").write_text("former")

    report_write(evaluation=evaluated((make_sample(), read_as("2"))), folder=tmp_path)

    assert "How well" in (tmp_path / "index.html").read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_former_report_stays_when_the_new_one_cannot_be_written(
    tmp_path, monkeypatch
):
    (tmp_path / "index.html").write_text("former")

    def fail(self, target):
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", fail)

    with pytest.raises(OSError, match="No space left"):
        report_write(
            evaluation=evaluated((make_sample(), read_as("2"))), folder=tmp_path
        )

    assert (tmp_path / "index.html").read_text() == "former"
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_numbers_share_a_row_and_count_as_right_by_their_text():
    figures = evaluated(
        (make_sample("12"), read_as("12")), (make_sample("34"), read_as("12"))
    ).as_dict()

    (row,) = confusion_matrix(figures).rows

    assert (row.label, row.n, row.accuracy) == ("number", 2, "50.00%")


def test_the_matrix_has_no_column_for_numbers_where_there_are_none():
    figures = evaluated((make_sample("1"), read_as("1"))).as_dict()

    assert confusion_matrix(figures).columns == [*"0123456789", "none"]


@pytest.mark.parametrize(
    ("wrong", "least"), [(0, "97.5%"), (5, "95%"), (20, "75%"), (60, "0%")]
)
def test_the_axis_of_the_curve_starts_below_its_lowest_point(wrong, least):
    pairs = [(make_sample(content=b""), read_as("2"))] * (100 - wrong)
    pairs += [(make_sample(content=b""), read_as("7", 0.5))] * wrong
    evaluation = evaluated(*pairs)

    curve = coverage_curve(evaluation.coverage_curve(), evaluation.as_dict())

    assert curve.ticks[-1].label == least


def test_the_curve_starts_where_its_accuracy_stands_on_20_answers():
    pairs = [(make_sample(content=b""), read_as("7", 1 - n / 100)) for n in range(10)]
    pairs += [
        (make_sample(content=b""), read_as("2", 0.5 - n / 100)) for n in range(30)
    ]
    evaluation = evaluated(*pairs)

    curve = coverage_curve(evaluation.coverage_curve(), evaluation.as_dict())

    # Half of the forty digits.
    assert curve.points.startswith("191.0,")


def test_a_share_of_nothing_is_a_dash():
    assert percent(None) == "–"
