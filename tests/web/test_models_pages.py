import re

import pytest

from recognizer import selectors
from recognizer.models import ModelVersion, TrainingRun
from recognizer.web import models
from tests.factories import (
    make_confirmed,
    make_model_version,
    make_scores,
)
from tests.web.pages import shown

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
    shipped = ModelVersion.objects.get(number=1).metrics["mnist_test_accuracy"]
    assert f"{shipped:.2%}" in page
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
