"""Which answer a call gets: everything of the simulated Webex but HTTP and faults."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote

from sources.simulator.webex.behaviour import Behaviour
from sources.simulator.webex.directory import Directory
from sources.simulator.webex.events import Diary
from sources.simulator.webex.meetings import MeetingReports
from sources.simulator.webex.messages import ProblemError, Reply, Request
from sources.simulator.webex.records import CallRecords, OtherRegionError
from sources.simulator.webex.tokens import Tokens
from sources.simulator.webex.world import World

API, FOREIGN = "api", "foreign"
"""Hosts: the API's, and one that is not Webex's at all. Others are named after the region whose calls they hold."""
_ROOT = "/v1"


class Webex:
    """A partner's Webex at some moment."""

    def __init__(self, world: World, diary: Diary, behaviour: Behaviour, now: datetime) -> None:
        self.now = now
        """What it takes for the present; it may be set."""
        self.tokens = Tokens(world.seed, behaviour)
        self._behaviour = behaviour
        self._directory = Directory(world, behaviour)
        self._meetings = MeetingReports(world, diary, behaviour)
        self._records = CallRecords(world, diary, behaviour, self._directory)

    def answer(self, request: Request, host: str, bases: Mapping[str, str]) -> Reply:
        """The reply to a call of a host; `bases` are the addresses of all hosts."""
        try:
            return self._answer(request, host)
        except ProblemError as problem:
            return problem.reply
        except OtherRegionError as elsewhere:
            return _elsewhere(bases[elsewhere.region] + _ROOT, self._behaviour)

    def _answer(self, request: Request, host: str) -> Reply:
        if host == FOREIGN:
            return Reply({"items": [], "users": []})
        parts = [unquote(part) for part in request.path.removeprefix(_ROOT).split("/")[1:]]
        if host == API and (request.method, parts) == ("POST", ["access_token"]):
            return self.tokens.refresh(request.form)
        self.tokens.check(request.headers.get("authorization"))
        if request.method != "GET":
            raise ProblemError(405, "The method is not supported.")
        if host != API:
            if parts == ["cdr_feed"]:
                return self._records.feed(request, host, self.now)
            raise ProblemError(404, "The requested resource could not be found.")
        return self._of_api(request, parts)

    def _of_api(self, request: Request, parts: list[str]) -> Reply:
        today = self.now.date()
        match parts:
            case ["people", "me"]:
                return self._directory.me()
            case ["organizations"]:
                return self._directory.organizations(today)
            case ["organizations", identity]:
                return self._directory.organization(identity, today)
            case ["licenses"]:
                return self._directory.licenses(request, today)
            case ["licenses", identity]:
                return self._directory.license(identity, request, today)
            case ["partner", "tags"]:
                return self._directory.tags(request)
            case ["partner", "tags", "subscriptions"]:
                return self._directory.tagged(request, today)
            case ["partner", "tags", "organizations", identity, "subscriptions", subscription_id]:
                return self._directory.subscription(identity, subscription_id, today)
            case ["meetingReports", "usage"]:
                return self._meetings.usage(request, self.now)
            case ["meetingReports", "attendees"]:
                return self._meetings.attendees(request, self.now)
        raise ProblemError(404, "The requested resource could not be found.")


def _elsewhere(base: str, behaviour: Behaviour) -> Reply:
    """451: the records are to be asked for at another address."""
    text = f"The organization's records are in another region. Use {base}/cdr_feed"
    if behaviour.region_body == "text":
        return Reply(text, 451)
    described = behaviour.region_body == "description"
    message = "Unavailable for legal reasons." if described else text
    return Reply({"message": message, "errors": [{"description": text if described else ""}]}, 451)
