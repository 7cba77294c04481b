"""What mypy must refuse, line by line: see python.spec.ts."""

from nexivohr import Nexivo, types


def wrong(client: Nexivo, event: types.WebhookEvent) -> None:
    client.candidates.create({"first_name": "Jane", "last_name": "Smith", "status": "new"})
    # last_name is missing
    client.candidates.create({"first_name": "Jane"})
    # There is no such field,
    client.candidates.create({"first_name": "Jane", "last_name": "Smith", "nickname": "J"})
    # no such status,
    client.candidates.create({"first_name": "Jane", "last_name": "Smith", "status": "gone"})
    # no such filter,
    client.candidates.list(stauts=["new"])
    # and no version of what is created.
    client.candidates.create({"first_name": "Jane", "last_name": "Smith"}, if_match='"1"')
    if event["type"] == "submission.stage_changed":
        print(event["data"]["object"]["stage"])
        print(event["data"]["object"]["first_name"])
