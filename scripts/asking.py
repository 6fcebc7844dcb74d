"""What people and programs ask of a site, for scripts/try_image."""

import io
import time

import requests
from PIL import Image, ImageDraw, ImageFont

PATIENCE_S = 60
# As a proxy that speaks HTTPS says.
PROXIED = {"Host": "digits.example.org", "X-Forwarded-Proto": "https"}


def use(one: int, other: int, *, token: str) -> None:
    """Ask as people and programs do, now of one site and now of the other."""
    visitor = requests.Session()
    page = ask("GET", one, "/", by=visitor)
    style = page.text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    require(style.startswith("/static/"), "The page names no style sheet.")
    ask("GET", one, style)
    print("The page and its style sheet come:", style)
    kept = ask(
        "POST", one, "/api/predictions/", 201, visitor, files={"image": picture("7")}
    ).json()
    print(f"A picture of 7 is read as {kept['digit']}, {kept['outcome']}.")
    batch = ask(
        "POST",
        one,
        "/api/batches/",
        202,
        visitor,
        files=[("files", (f"{each}.png", picture(each))) for each in "123"],
    ).json()
    until = time.monotonic() + PATIENCE_S
    while batch["status"] not in {"finished", "cancelled"}:
        require(time.monotonic() < until, f"The batch is not read: {batch}")
        time.sleep(0.5)
        batch = ask("GET", other, f"/api/batches/{batch['id']}/", by=visitor).json()
    print(
        "A batch that the one took, asked for at the other:", batch["status"], end=", "
    )
    print({key: batch[key] for key in ("total", "read", "failed")})
    require(batch["read"] == 3, str(batch))
    ask("GET", other, f"/api/predictions/{kept['id']}/", by=visitor)
    ask("GET", one, "/metrics", 401)
    signed = {"Authorization": f"Bearer {token}"}
    figures = ask("GET", one, "/metrics", headers=signed).text
    require("digits_pictures_read_total" in figures, "No figures are shown.")
    print(
        "The other knows the picture as well; figures are shown to who has the token."
    )


def ask(
    method: str,
    port: int,
    path: str,
    status: int = 200,
    by: requests.Session | None = None,
    **what: object,
) -> requests.Response:
    """Ask as the proxy does.

    Raises:
        SystemExit: the answer has another status.
    """
    session = by or requests.Session()
    headers = PROXIED | dict(what.pop("headers", {}))  # type: ignore[call-overload]
    # The cookie is for HTTPS alone, which ends at the proxy.
    headers["Cookie"] = "; ".join(
        f"{key}={value}" for key, value in session.cookies.items()
    )
    where = f"http://127.0.0.1:{port}{path}"
    answer = session.request(method, where, headers=headers, timeout=30, **what)  # type: ignore[arg-type]
    require(answer.status_code == status, f"{method} {path}: {answer.text[:500]}")
    return answer


def picture(text: str) -> bytes:
    """A digit, written large on white."""
    image = Image.new("L", (200, 200), 255)
    font = ImageFont.load_default(140)
    ImageDraw.Draw(image).text((60, 20), text, fill=0, font=font)
    written_to = io.BytesIO()
    image.save(written_to, "PNG")
    return written_to.getvalue()


def wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            ask("GET", port, "/healthz")
        except requests.ConnectionError:
            require(time.monotonic() < until, f"Nothing answers at port {port}.")
            time.sleep(0.2)
        else:
            return


def require(is_so: bool, otherwise: str) -> None:  # noqa: FBT001
    if not is_so:
        raise SystemExit(otherwise)
