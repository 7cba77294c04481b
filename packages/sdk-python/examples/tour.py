import os

from nexivohr import Answer, ConflictError, Nexivo

client = Nexivo(base_url=os.environ["NEXIVO_API"], token=os.environ["NEXIVO_TOKEN"])

# Create a candidate and a job.
jane = client.candidates.create({"first_name": "Jane", "last_name": "Smith", "skills": ["Python", "C++"]})
job = client.jobs.create({"title": "Senior Engineer", "location_city": "Berlin", "workplace": "hybrid"})

# Submit the one to the other, and move on.
submission = client.submissions.create(job["id"], {"candidate_id": jane["id"], "notes": "Referred by the platform team"})
client.submissions.update(submission["id"], {"stage": "interview"})
for change in client.submissions.get_history(submission["id"]):
    print(change["from"], "→", change["to"])

# A list is read page by page, as far as you read it.
for candidate in client.candidates.list(q="skill:C++ -junior"):
    print(candidate["first_name"], candidate["skills"])

# Nobody overwrites what he has not seen: it is read, changed, written, and all of it again if somebody else was faster.
client.candidates.edit(jane["id"], lambda candidate: {"tags": [*candidate["tags"], "interviewed"]})

# Mistakes have a class, a code that stays, and fields to mend.
try:
    client.submissions.create(job["id"], {"candidate_id": jane["id"]})
except ConflictError as error:
    print(error.code, error.errors[0]["existing_id"] == submission["id"])

# What came with an answer.
answer = Answer()
client.candidates.get(jane["id"], answer=answer)
print(answer.etag, answer.quota["minute"].remaining > 0)

# Nothing is destroyed.
print(client.candidates.delete(jane["id"])["status"], client.jobs.close(job["id"])["status"])
