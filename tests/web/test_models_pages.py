import re

import pytest

from recognizer import engine, selectors
from recognizer.models import ModelVersion, TrainingRun
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register,
)
from recognizer.web import models
from tests.factories import (
    make_artifact,
    make_confirmed,
    make_model_version,
    make_prediction,
    make_scores,
    make_user,
)

PAGES = [
    "/models/",
    "/models/1/",
    "/models/1/cell/?label=7&answer=1",
    "/models/2/flips/",
    "/models/2/flips/?change=to-wrong",
    "/models/compare/",
    "/models/2/promote/",
    "/models/rollback/",
]
EPOCHS = [
    {
        "epoch": epoch,
        "epochs": 2,
        "loss": 0.4 / epoch,
        "train_accuracy": 0.97,
        "kept_aside_accuracy": 0.99,
        "seconds": 60.0,
    }
    for epoch in (1, 2)
]
GATE = [
    {
        "name": "MNIST test set",
        "rule": "may fall by 0.05 points",
        "before": 0.9962,
        "after": 0.99,
        "is_passed": False,
    },
    {
        "name": "held-out labels",
        "rule": "may not fall",
        "before": 0.8,
        "after": 0.9,
        "is_passed": True,
    },
]


@pytest.fixture
def staff(db, client):
    client.force_login(make_user("rita", is_staff=True))
    return client


@pytest.fixture
def candidate(db, settings, tmp_path) -> ModelVersion:
    """Version 2, with files of its own."""
    settings.MODELS_ROOT = tmp_path
    manifest = make_artifact(tmp_path / "two", sure_threshold=0.6)
    return model_version_register(
        folder=tmp_path / "two",
        manifest=manifest,
        parent=selectors.model_version_live(),
    )


@pytest.fixture
def run(candidate) -> TrainingRun:
    return TrainingRun.objects.create(
        status="succeeded",
        version=candidate,
        epochs=EPOCHS,
        gate=GATE,
        note="Model 2 is kept as a candidate.",
    )


def shown(client, url):
    """The page, its white space made one."""
    response = client.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# Who may


@pytest.mark.parametrize("url", PAGES)
def test_whoever_is_not_signed_in_is_asked_to(client, candidate, url):
    assert client.get(url).url.startswith("/accounts/login/?next=/models/")


@pytest.mark.parametrize("url", PAGES)
def test_users_find_nothing_there(client, alice, candidate, url):
    client.force_login(alice)

    assert client.get(url).status_code == 404


@pytest.mark.parametrize("url", ["/models/2/promote/", "/models/rollback/"])
def test_users_decide_nothing_there(client, alice, candidate, url):
    client.force_login(alice)

    assert client.post(url, {"leaving": 1}).status_code == 404
    assert selectors.model_version_live().number == 1


def test_only_the_staff_are_shown_the_way(client, staff, alice):
    assert 'href="/models/"' in client.get("/").content.decode()

    client.force_login(alice)

    assert 'href="/models/"' not in client.get("/").content.decode()


@pytest.mark.parametrize("number", [9, 10**30])
@pytest.mark.parametrize("rest", ["", "flips/", "promote/", "cell/?label=1&answer=1"])
def test_what_is_not_there_is_not_found(staff, number, rest):
    assert staff.get(f"/models/{number}/{rest}").status_code == 404


# The list


def test_all_versions_are_listed_the_newest_first(staff, run):
    page = shown(staff, "/models/")

    assert re.findall(r'<a class="link" href="/models/(\d)/">', page) == ["2", "1"]
    assert "80.00% → 90.00%" in page
    assert "99.62%" in page
    assert 'href="/models/2/promote/"' in page
    assert 'href="/models/1/promote/"' not in page  # It answers already.


def test_a_damaged_version_is_listed_all_the_same(staff):
    make_model_version(number=2)

    assert "Model 2" in shown(staff, "/models/")


def test_many_versions_have_several_pages(staff, monkeypatch):
    monkeypatch.setattr(models, "VERSIONS_A_PAGE", 2)
    for number in (2, 3):
        make_model_version(number=number)

    assert 'href="/models/1/"' not in shown(staff, "/models/").split("<h2>")[1]
    assert 'href="/models/1/"' in shown(staff, "/models/?page=2").split("<h2>")[1]


def test_without_scores_the_list_says_how_to_get_them(staff):
    assert "manage.py rescore" in shown(staff, "/models/")


def test_accuracy_is_drawn_for_each_version_and_week(staff, candidate):
    digit = make_confirmed(label=7, text="7")
    make_scores(digit, {1: 7, 2: 1})

    page = shown(staff, "/models/")

    assert "model 1: 100.00% of 1 right" in page
    assert "model 2: 0.00% of 1 right" in page
    assert re.search(r"model 1, week of \d+ \w+ \d+: 100.00% of 1 right", page)


def test_a_longer_list_needs_no_more_queries(
    staff, candidate, django_assert_max_num_queries
):
    for number in range(3, 9):
        make_model_version(number=number, parent=candidate)

    with django_assert_max_num_queries(9):
        staff.get("/models/")


# One version


def test_a_version_says_what_it_learnt_from_and_how_it_went(staff, run):
    page = shown(staff, "/models/2/")

    assert "MNIST, its training part" in page
    assert 'It went on from <a href="/models/1/">Model 1</a>' in page
    assert "Model 2 is kept as a candidate." in page
    assert "epoch 2, kept aside: 99.00%" in page
    assert "epoch 1: 0.4000" in page
    assert '<strong class="bad">worse</strong>: may fall by 0.05 points' in page


def test_a_reason_against_the_gate_is_shown(staff, run):
    TrainingRun.objects.update(forced_because="The old labels were wrong.")

    assert "The old labels were wrong." in shown(staff, "/models/2/")


def test_a_version_whose_files_are_gone_says_so(staff):
    make_model_version(number=2)

    assert "Expected a model&#x27;s manifest at" in shown(staff, "/models/2/")


def test_without_scores_a_version_says_how_to_get_them(staff, candidate):
    assert "manage.py rescore 2" in shown(staff, "/models/2/")


def test_the_matrix_leads_to_the_pictures_of_a_cell(staff):
    digit = make_confirmed(label=7)
    make_scores(digit, {1: 1})

    page = shown(staff, "/models/1/")
    url = "/models/1/cell/?label=7&amp;answer=1&amp;labels=held-out"
    assert f'<a href="{url}" aria-label="7 read as 1: 1">1</a>' in page

    cell = shown(staff, url.replace("&amp;", "&"))
    assert "It is a 7, and read as a 1" in cell
    assert f'href="/review/{digit.pk}/"' in cell
    assert "data:image/png;base64," in cell


def test_held_out_labels_are_measured_unless_all_are_asked_for(staff):
    make_scores(make_confirmed(label=7), {1: 7})
    make_scores(make_confirmed(label=7, is_held_out=False), {1: 1})

    assert "<strong>100.00%</strong> of 1 label that" in shown(staff, "/models/1/")
    everything = shown(staff, "/models/1/?labels=all")
    assert "<strong>50.00%</strong> of 2 confirmed labels" in everything


@pytest.mark.parametrize(
    "query", ["", "label=7", "label=11&answer=1", "label=x&answer=1"]
)
def test_a_cell_that_there_is_not_is_not_found(staff, query):
    assert staff.get(f"/models/1/cell/?{query}").status_code == 404


def test_a_long_cell_has_several_pages(staff, monkeypatch):
    monkeypatch.setattr(models, "TILES_A_PAGE", 2)
    for _ in range(3):
        make_scores(make_confirmed(label=7), {1: 1})

    page = shown(staff, "/models/1/cell/?label=7&answer=1")

    assert "1 to 2 of 3" in page
    assert 'href="?label=7&amp;answer=1&amp;page=2"' in page


# Flips


@pytest.fixture
def flips(candidate):
    for label, answers, is_held_out in (
        (7, (1, 7), True),
        (7, (7, 10), True),
        (7, (1, 7), False),
    ):
        digit = make_confirmed(label=label, is_held_out=is_held_out)
        make_scores(digit, dict(zip((1, 2), answers, strict=True)))
    make_scores(make_prediction().digits.get(), {1: 1, 2: 7})


def test_flips_are_shown_in_figures_and_pictures(staff, flips):
    page = shown(staff, "/models/2/flips/")

    assert "What Model 2 changes against Model 1" in page
    assert (
        '<th scope="row">held out</th><td>2</td><td>1</td><td>1</td>'
        "<td>50.00%</td><td>50.00%</td>"
    ) in page
    assert '<th scope="row">the others</th><td>1</td><td>1</td><td>0</td>' in page
    assert "Of 1 digit without a confirmed label, 1 is answered otherwise." in page
    assert "7 → none" in page
    assert 'alt="a 7 before, not a digit now; it is a 7"' in page
    assert page.count('alt="a 1 before, a 7 now') == 3


def test_more_flips_than_fit_have_pages_of_their_own(staff, flips, monkeypatch):
    monkeypatch.setattr(models, "FIRST_TILES", 1)

    first = shown(staff, "/models/2/flips/")
    everything = shown(staff, "/models/2/flips/?against=1&change=to-right")

    assert 'href="?against=1&amp;change=to-right">All 2</a>' in first
    assert everything.count('class="thumb"') == 2


def test_flips_are_told_against_the_version_that_is_asked_for(staff, flips):
    make_model_version(number=3)

    page = shown(staff, "/models/2/flips/?against=3")

    assert "What Model 2 changes against Model 3" in page
    assert "manage.py rescore" in page


@pytest.mark.parametrize("against", ["2", "9", "x", "²", "9" * 5000])
def test_a_version_is_held_against_none_that_there_is_not(staff, flips, against):
    url = f"/models/2/flips/?against={against}"

    assert staff.get(url).status_code == 404


def test_a_few_flips_are_said_to_show_nothing(staff, flips):
    page = shown(staff, "/models/2/flips/")

    assert "(p = 1.00): it does not show which one is better." in page


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (1, 7, "That is better, and more than chance (p = 0.004)."),
        (7, 1, "That is worse, and more than chance (p = 0.004)."),
    ],
)
def test_many_flips_one_way_are_said_to_show_it(staff, candidate, before, after, words):
    for _ in range(9):
        make_scores(make_confirmed(label=7), {1: before, 2: after})

    assert words in shown(staff, "/models/2/flips/")


# Side by side


def test_two_versions_stand_side_by_side(staff, flips, run):
    page = shown(staff, "/models/compare/?a=1&b=2")

    assert "Model 1 and Model 2 side by side" in page
    assert page.count('<table class="confusion">') == 2
    assert page.count("Reliability diagram") == 2
    assert 'href="/models/2/flips/?against=1"' in page


def test_the_live_and_the_newest_are_compared_unless_asked(staff, candidate):
    assert "Model 1 and Model 2 side by side" in shown(staff, "/models/compare/")


def test_a_version_is_not_compared_with_itself(staff):
    assert "There is only one so far" in shown(staff, "/models/compare/")


# Which one answers


def test_a_promotion_is_asked_for_and_done(staff, candidate):
    assert "Let Model 2 answer?" in shown(staff, "/models/2/promote/")

    response = staff.post("/models/2/promote/", follow=True)

    assert response.redirect_chain == [("/models/", 303)]
    assert "Model 2 answers from now on." in response.content.decode()
    assert selectors.model_version_live() == candidate
    assert ", by rita" in shown(staff, "/models/2/")


def test_whoever_promotes_what_is_worse_is_told(staff, run, flips):
    page = shown(staff, "/models/2/promote/")

    assert "The gate is against it." in page
    assert "MNIST test set (99.62%, now 99.00%)" in page
    assert "Let it answer all the same" in page
    assert "On the held-out labels 1 answer became right" in page


def test_what_is_live_is_not_asked_about(staff):
    page = staff.get("/models/1/promote/", follow=True).content.decode()

    assert "Model 1 answers already." in page


def test_a_damaged_version_is_not_let_answer(staff, candidate, tmp_path):
    (tmp_path / "two" / "model.tflite").write_bytes(b"damaged")

    page = staff.post("/models/2/promote/", follow=True).content.decode()

    assert "Model 2 was not let answer" in page
    assert selectors.model_version_live().number == 1


def test_a_rollback_is_asked_for_and_done(staff, candidate):
    model_version_promote(version=candidate)
    page = shown(staff, "/models/rollback/")
    assert "Go back to Model 1?" in page
    assert 'name="leaving" value="2"' in page

    response = staff.post("/models/rollback/", {"leaving": 2}, follow=True)

    assert "Model 1 answers again." in response.content.decode()
    assert selectors.model_version_live().number == 1


def test_of_two_who_roll_back_at_once_one_is_told_to_look_again(staff, candidate):
    model_version_promote(version=candidate)
    staff.post("/models/rollback/", {"leaving": 2})

    response = staff.post("/models/rollback/", {"leaving": 2}, follow=True)

    assert "Another version went live meanwhile." in response.content.decode()
    assert selectors.model_version_live().number == 1


def test_without_a_version_before_there_is_nothing_to_go_back_to(staff):
    asked = staff.get("/models/rollback/", follow=True).content.decode()
    done = staff.post("/models/rollback/", {"leaving": 1}, follow=True).content.decode()

    assert "No other version has answered before this one." in asked
    assert "No other version has answered before this one." in done


def test_a_damaged_version_is_not_gone_back_to(staff, candidate, monkeypatch):
    model_version_promote(version=candidate)

    def damaged(_version):
        raise engine.RecognizerError("It is damaged.", code="damaged", status=503)

    monkeypatch.setattr(engine, "check_artifact", damaged)

    page = staff.post("/models/rollback/", {"leaving": 2}, follow=True).content.decode()

    assert "It is damaged." in page
    assert selectors.model_version_live() == candidate
