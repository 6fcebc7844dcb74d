from recognizer import engine, selectors
from recognizer.services.model_versions import model_version_promote
from tests.web.pages import shown


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
