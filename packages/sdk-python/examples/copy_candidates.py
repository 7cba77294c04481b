import asyncio
import json
import os
from pathlib import Path

from nexivohr import AsyncNexivo

FILE = Path("candidates.json")


async def main() -> None:
    copy = json.loads(FILE.read_text()) if FILE.exists() else {"rows": {}, "state": {}}
    async with AsyncNexivo(base_url=os.environ["NEXIVO_API"], token=os.environ["NEXIVO_TOKEN"]) as client:
        # Whenever it is run, and wherever it is stopped, it goes on from the state that was kept, and misses nothing.
        async for step in client.sync.candidates(copy["state"]):
            copy["rows"].update({row["id"]: row for row in step.rows})
            copy["state"] = step.state
            FILE.with_suffix(".new").write_text(json.dumps(copy))
            FILE.with_suffix(".new").replace(FILE)
    print(len(copy["rows"]), "candidates")


asyncio.run(main())
