"""Replicate as its reference says: https://replicate.com/docs/reference/http."""

from datetime import UTC, datetime

from tests.provider import Lost, Provider


class Replicate(Provider):
    """`outcomes` are what becomes of the next predictions, in order; afterwards all succeed."""

    def __init__(self, songs: list[bytes]):
        super().__init__()
        self.songs, self.predictions, self.outcomes = songs, {}, []
        self.steps = 0  # how often "processing" is said before the end
        self.seconds = 45.0
        self.place, self.others = "", []  # `others`: predictions that somebody else made, newest first

    def answer(self, method, path, body, headers):
        if path.startswith("/files/"):
            return 200, self.songs[path.endswith("p2.mp3")]
        if headers.get("Authorization") != "Bearer r8_secret":
            return 401, {"detail": f"Invalid token {headers.get('Authorization')}"}
        if method == "POST":
            return self._create(body)
        if path.startswith("/v1/predictions?") or path == "/v1/predictions":
            return 200, self._page(int(path.partition("=")[2] or 0))
        found = self.predictions.get(path.rpartition("/")[2])
        return (200, self._stand(found)) if found else (404, {"detail": "Not found."})

    def _page(self, number):
        """Two a page, the newest first."""
        every = [*self.others, *[each["said"] for each in self.predictions.values()][::-1]]
        end = 2 * number + 2
        following = f"{self.url}/v1/predictions?cursor={number + 1}" if every[end:] else None
        return {"next": following, "previous": None, "results": every[end - 2 : end]}

    def _create(self, body):
        outcome = self.outcomes.pop(0) if self.outcomes else "succeeded"
        if isinstance(outcome, int):
            return outcome, {"detail": "Something about it, with r8_secret in it."}
        if outcome == "never arrived":
            raise Lost
        number = f"p{len(self.predictions) + 1}"
        said = {
            "id": number,
            "status": "starting",
            "input": body["input"],
            "created_at": datetime.now(UTC).isoformat(),
            "output": None,
            "error": None,
            "metrics": {},
        }
        one = self.predictions[number] = {"said": said, "left": self.steps, "outcome": outcome}
        if outcome == "lost":
            one["outcome"] = "succeeded"
            raise Lost
        return 201, dict(said)

    def _stand(self, one):
        said = one["said"]
        if one["left"]:
            one["left"] -= 1
            said["status"] = "processing"
        else:
            said["status"] = one["outcome"]
            if one["outcome"] == "succeeded":
                said["output"] = f"{self.place or self.url}/files/{said['id']}.mp3"
                said["metrics"] = {"predict_time": self.seconds}
            else:
                said["error"] = "CUDA out of memory"
        return dict(said)
