"""Several browsers that press the same button at the same moment."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

BUSY, LEAST = 503, 0.01
TRIES = 200


class Rival:
    """Somebody signed in, with a client of their own."""

    def __init__(self, app, sign_in, username=""):
        self.client = app.test_client()
        self.headers = {"Sec-Fetch-Site": "same-origin"}
        if username:
            sign_in(self.client, username)

    def with_token(self, *scopes):
        """From now on a program, whom no clock signs out."""
        issued = self.post("/tokens", {"name": "报价系统", "scopes": scopes, "days": 300})
        self.headers = {"Authorization": f"Bearer {issued.json['secret']}"}
        self.client.delete_cookie("marketplace_sign_in")
        return self

    def post(self, path, body=None, **headers):
        """Send JSON; a busy market is asked again, as its Retry-After says (only sooner)."""
        known = {**self.headers, **headers}
        for _ in range(TRIES):
            answer = self.client.post(f"/api/v1{path}", json=body, headers=known)
            if answer.status_code != BUSY:
                break
            assert answer.headers["Retry-After"]
            time.sleep(LEAST)
        return answer


def at_once(*acts):
    """Run all acts from one starting gun; their answers in the order of the acts. None of them may be a 500."""
    gun = threading.Barrier(len(acts))

    def run(act):
        gun.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        answers = list(pool.map(run, acts))
    for answer in answers:
        status = getattr(answer, "status_code", 200)
        assert status < 500, answer.text
        if status == 409:
            assert answer.json["title"], "a lost race has a reason"
            assert answer.json["code"], "and a code"
    return answers


def statuses(answers):
    """The statuses, smallest first."""
    return sorted(answer.status_code for answer in answers)


def lost(answers):
    """Codes of the refusals."""
    return [answer.json["code"] for answer in answers if answer.status_code >= 400]
