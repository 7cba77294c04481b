"""Both clients: each test runs with either."""

from __future__ import annotations

from typing import Any, Callable, Iterator, List, Tuple

import pytest

from nexivohr import (
    Answer,
    AsyncNexivo,
    BadRequestError,
    ConflictError,
    ConnectionFailedError,
    Nexivo,
    ServerError,
    TooManyRequestsError,
    UnexpectedAnswerError,
)
from stub import Answerer, Reply, Stub, problem, wait_for

JANE: Any = {"first_name": "Jane", "last_name": "Smith"}

#: Starts a server, and hands out what asks it: a function that is given a client, and its answer.
Start = Callable[..., Tuple[Stub, Callable[[Callable[[Any], Any]], Any]]]


@pytest.fixture(params=[Nexivo, AsyncNexivo])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    stubs: List[Stub] = []

    def start_one(answer: Answerer, **options: Any) -> Any:
        stub = Stub(answer)
        stubs.append(stub)

        def ask(question: Callable[[Any], Any]) -> Any:
            client = request.param(base_url=stub.base_url, token="nxv_live_test", **options)
            asked = question(client)
            if request.param is AsyncNexivo:
                return wait_for(asked)
            return list(asked) if hasattr(asked, "__iter__") and not isinstance(asked, (dict, list)) else asked

        return stub, ask

    yield start_one
    for stub in stubs:
        stub.stop()


def test_a_request_carries_token_body_query_and_conditions(start: Start) -> None:
    stub, ask = start(lambda *_: Reply(body={"data": [], "links": {"next": None}}))
    ask(lambda client: client.candidates.list(status=["new", "placed"], city=["Köln, Mitte", "Bonn"]).page())
    ask(lambda client: client.candidates.put("a/b ?", JANE, if_match='"3"'))
    assert stub.seen[0].path == "/ats/api/v1/candidates?status=new%2Cplaced&city=%22K%C3%B6ln%2C+Mitte%22%2CBonn"
    assert stub.seen[1].path == "/ats/api/v1/candidates/by_external_id/a%2Fb%20%3F"
    assert stub.seen[1].body == JANE
    assert stub.seen[1].headers["authorization"] == "Bearer nxv_live_test"
    assert stub.seen[1].headers["if-match"] == '"3"'
    assert "idempotency-key" not in stub.seen[1].headers


@pytest.mark.parametrize("wrong", ["", ".", ".."])
def test_no_request_is_made_for_an_id_that_is_another_path(start: Start, wrong: str) -> None:
    stub, ask = start(lambda *_: Reply())
    with pytest.raises(ValueError):
        ask(lambda client: client.candidates.get(wrong))
    assert stub.seen == []


def test_lost_answers_and_faults_are_tried_again_with_the_same_key(start: Start) -> None:
    def answer(_: Any, n: int) -> Any:
        return [None, problem(500, "internal_error"), Reply(201, {"id": "1"})][n]

    stub, ask = start(answer)
    assert ask(lambda client: client.candidates.create(JANE)) == {"id": "1"}
    keys = [seen.headers["idempotency-key"] for seen in stub.seen]
    assert len(keys) == 3 and len(set(keys)) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 503])
def test_what_passes_is_waited_for_as_long_as_the_api_says(start: Start, status: int) -> None:
    def answer(_: Any, n: int) -> Reply:
        return problem(status, "x", retry_after="0") if n == 0 else Reply(body={"id": "1"})

    stub, ask = start(answer, max_retries=0)
    assert ask(lambda client: client.candidates.get("1")) == {"id": "1"}
    assert len(stub.seen) == 2


def test_what_stays_is_told_at_once(start: Start) -> None:
    stub, ask = start(lambda *_: problem(409, "duplicate_external_id"))
    with pytest.raises(ConflictError) as caught:
        ask(lambda client: client.candidates.create(JANE))
    assert caught.value.code == "duplicate_external_id"
    assert str(caught.value) == "about duplicate_external_id (duplicate_external_id, request r1)"
    assert len(stub.seen) == 1


def test_nobody_waits_for_the_quota_of_a_day(start: Start) -> None:
    stub, ask = start(lambda *_: problem(429, "day_quota_exceeded", retry_after="30000"))
    with pytest.raises(TooManyRequestsError):
        ask(lambda client: client.candidates.get("1"))
    assert len(stub.seen) == 1


def test_tries_are_as_many_as_told(start: Start) -> None:
    stub, ask = start(lambda *_: problem(500, "internal_error"), max_retries=1)
    with pytest.raises(ServerError):
        ask(lambda client: client.candidates.get("1"))
    assert len(stub.seen) == 2
    closed, ask_closed = start(lambda *_: None, max_retries=0)
    with pytest.raises(ConnectionFailedError):
        ask_closed(lambda client: client.candidates.get("1"))
    assert len(closed.seen) == 1


def test_a_redirect_is_not_followed_with_the_token(start: Start) -> None:
    stub, ask = start(lambda *_: Reply(302, None, {"location": "https://elsewhere.example/"}))
    with pytest.raises(UnexpectedAnswerError):
        ask(lambda client: client.candidates.get("1"))
    assert len(stub.seen) == 1


def test_an_answer_shows_version_quota_and_request_id(start: Start) -> None:
    headers = {
        "etag": '"3"',
        "x-request-id": "r1",
        "ratelimit-policy": '"minute";q=60;w=60, "day";q=10000;w=86400',
        "ratelimit": '"minute";r=59;t=60, "day";r=9999;t=43200',
    }
    _, ask = start(lambda *_: Reply(200, {"id": "1"}, headers))
    answer = Answer()
    ask(lambda client: client.candidates.get("1", answer=answer))
    assert (answer.status, answer.etag, answer.request_id) == (200, '"3"', "r1")
    assert (answer.quota["minute"].remaining, answer.quota["day"].limit) == (59, 10_000)


def _numbers(seen: Any, _: int) -> Reply:
    """250 rows, whose cursors are numbers."""
    from urllib.parse import parse_qs, urlsplit

    query = parse_qs(urlsplit(seen.path).query)
    begin, per_page = int(query.get("cursor", ["0"])[0]), int(query.get("per_page", ["25"])[0])
    end = min(begin + per_page, 250)
    following = f"https://elsewhere.example/ats/api/v1/candidates?cursor={end}&per_page={per_page}" if end < 250 else None
    meta = {"next_cursor": str(end) if following else None, "synced_until": "T1"}
    return Reply(body={"data": [{"id": n} for n in range(begin, end)], "meta": meta, "links": {"next": following}})


def test_a_list_is_read_whole_by_cursor(start: Start) -> None:
    stub, ask = start(_numbers)
    assert [row["id"] for row in ask(lambda client: client.candidates.list(q="C++"))] == list(range(250))
    assert [seen.path.partition("?")[2] for seen in stub.seen] == [
        "per_page=100&cursor=&q=C%2B%2B",
        "cursor=100&per_page=100",
        "cursor=200&per_page=100",
    ]
    assert len(ask(lambda client: client.candidates.list().to_list(limit=3))) == 3
    assert stub.seen[3].path.endswith("?per_page=3&cursor=")


def test_a_sync_goes_on_from_where_it_was_stopped(start: Start) -> None:
    stub, ask = start(_numbers)
    steps = ask(lambda client: client.sync.candidates({"cursor": "100"}))
    assert [step.state for step in steps] == [{"cursor": "200"}, {"updated_after": "T1"}]
    steps = ask(lambda client: client.sync.candidates({"updated_after": "T1"}))
    assert steps[0].state == {"updated_after": "T1", "cursor": "100"}
    assert sorted(stub.seen[2].path.partition("?")[2].split("&")) == ["cursor=", "per_page=100", "status=any", "updated_after=T1"]


def test_a_sync_begins_its_round_anew_where_its_cursor_is_not_known(start: Start) -> None:
    def answer(seen: Any, _: int) -> Reply:
        if "cursor=old" in seen.path:
            return Reply(400, {"detail": "no", "errors": [{"field": "cursor", "code": "x", "message": "y"}]})
        return Reply(body={"data": [], "meta": {"next_cursor": None, "synced_until": "T2"}, "links": {}})

    _, ask = start(answer)
    steps = ask(lambda client: client.sync.jobs({"updated_after": "T1", "cursor": "old"}))
    assert [step.state for step in steps] == [{"updated_after": "T2"}]


def test_edit_reads_and_changes_anew_until_nobody_was_faster(start: Start) -> None:
    version = [1]

    def answer(seen: Any, n: int) -> Reply:
        if seen.method == "GET":
            return Reply(200, {"tags": [f"v{version[0]}"]}, {"etag": f'"{version[0]}"'})
        if n == 1:
            version[0] += 1
        if seen.headers["if-match"] != f'"{version[0]}"':
            return problem(412, "precondition_failed")
        return Reply(200, {"tags": ["done"]})

    stub, ask = start(answer)
    change = lambda candidate: {"tags": [*candidate["tags"], "more"]}  # noqa: E731
    assert ask(lambda client: client.candidates.edit("1", change)) == {"tags": ["done"]}
    assert stub.seen[-1].body == {"tags": ["v2", "more"]}


@pytest.mark.parametrize("options", [{"base_url": "candidates"}, {"base_url": "file:///etc"}, {"token": ""}])
def test_a_client_knows_whom_it_asks(options: Any) -> None:
    for kind in (Nexivo, AsyncNexivo):
        with pytest.raises(ValueError):
            kind(**{"base_url": "http://localhost", "token": "x", **options})


def test_an_error_names_the_fields(start: Start) -> None:
    errors = [{"field": "email", "code": "x", "message": "y"}]
    _, ask = start(lambda *_: Reply(400, {"code": "validation_failed", "detail": "no", "errors": errors}))
    with pytest.raises(BadRequestError) as caught:
        ask(lambda client: client.candidates.create(JANE))
    assert caught.value.errors == errors
