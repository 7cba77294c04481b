// Made of openapi.json by `npm run openapi`; change the contracts, not this file.

/** How each operation is called with the official libraries. */
export const samples: Record<string, { typescript: string; python: string }> = {
  "listCandidates": {
    "typescript": "for await (const candidate of client.candidates.list()) console.log(candidate);",
    "python": "for candidate in client.candidates.list():\n    print(candidate)"
  },
  "createCandidate": {
    "typescript": "const candidate = await client.candidates.create({\n  first_name: 'Jane',\n  last_name: 'Smith',\n  email: 'jane@example.com',\n  phone: '+1-555-1234',\n  current_title: 'Senior Engineer',\n  city: 'San Francisco',\n  state: 'CA'\n});",
    "python": "candidate = client.candidates.create({\n    \"first_name\": \"Jane\",\n    \"last_name\": \"Smith\",\n    \"email\": \"jane@example.com\",\n    \"phone\": \"+1-555-1234\",\n    \"current_title\": \"Senior Engineer\",\n    \"city\": \"San Francisco\",\n    \"state\": \"CA\"\n})"
  },
  "getCandidate": {
    "typescript": "const candidate = await client.candidates.get(id);",
    "python": "candidate = client.candidates.get(id)"
  },
  "updateCandidate": {
    "typescript": "const candidate = await client.candidates.update(id, {\n  status: 'screening',\n  current_title: 'Staff Engineer',\n  phone: null\n});",
    "python": "candidate = client.candidates.update(id, {\n    \"status\": \"screening\",\n    \"current_title\": \"Staff Engineer\",\n    \"phone\": None\n})"
  },
  "deleteCandidate": {
    "typescript": "const candidate = await client.candidates.delete(id);",
    "python": "candidate = client.candidates.delete(id)"
  },
  "putCandidate": {
    "typescript": "const candidate = await client.candidates.put(externalId, {\n  first_name: 'Jane',\n  last_name: 'Smith',\n  email: 'jane@example.com',\n  phone: '+1-555-1234',\n  current_title: 'Senior Engineer',\n  city: 'San Francisco',\n  state: 'CA'\n});",
    "python": "candidate = client.candidates.put(external_id, {\n    \"first_name\": \"Jane\",\n    \"last_name\": \"Smith\",\n    \"email\": \"jane@example.com\",\n    \"phone\": \"+1-555-1234\",\n    \"current_title\": \"Senior Engineer\",\n    \"city\": \"San Francisco\",\n    \"state\": \"CA\"\n})"
  },
  "listJobs": {
    "typescript": "for await (const job of client.jobs.list()) console.log(job);",
    "python": "for job in client.jobs.list():\n    print(job)"
  },
  "createJob": {
    "typescript": "const job = await client.jobs.create({\n  title: 'Senior Backend Engineer',\n  department: 'Engineering',\n  location_city: 'Berlin',\n  location_country: 'DE',\n  workplace: 'hybrid',\n  employment_type: 'full_time',\n  salary_min: 7500000,\n  salary_max: 9500000,\n  salary_currency: 'EUR',\n  tags: [\n    'backend'\n  ]\n});",
    "python": "job = client.jobs.create({\n    \"title\": \"Senior Backend Engineer\",\n    \"department\": \"Engineering\",\n    \"location_city\": \"Berlin\",\n    \"location_country\": \"DE\",\n    \"workplace\": \"hybrid\",\n    \"employment_type\": \"full_time\",\n    \"salary_min\": 7500000,\n    \"salary_max\": 9500000,\n    \"salary_currency\": \"EUR\",\n    \"tags\": [\n        \"backend\"\n    ]\n})"
  },
  "getJob": {
    "typescript": "const job = await client.jobs.get(id);",
    "python": "job = client.jobs.get(id)"
  },
  "updateJob": {
    "typescript": "const job = await client.jobs.update(id, {\n  status: 'on_hold',\n  openings: 2\n});",
    "python": "job = client.jobs.update(id, {\n    \"status\": \"on_hold\",\n    \"openings\": 2\n})"
  },
  "closeJob": {
    "typescript": "const job = await client.jobs.close(id);",
    "python": "job = client.jobs.close(id)"
  },
  "putJob": {
    "typescript": "const job = await client.jobs.put(externalId, {\n  title: 'Senior Backend Engineer',\n  department: 'Engineering',\n  location_city: 'Berlin',\n  location_country: 'DE',\n  workplace: 'hybrid',\n  employment_type: 'full_time',\n  salary_min: 7500000,\n  salary_max: 9500000,\n  salary_currency: 'EUR',\n  tags: [\n    'backend'\n  ]\n});",
    "python": "job = client.jobs.put(external_id, {\n    \"title\": \"Senior Backend Engineer\",\n    \"department\": \"Engineering\",\n    \"location_city\": \"Berlin\",\n    \"location_country\": \"DE\",\n    \"workplace\": \"hybrid\",\n    \"employment_type\": \"full_time\",\n    \"salary_min\": 7500000,\n    \"salary_max\": 9500000,\n    \"salary_currency\": \"EUR\",\n    \"tags\": [\n        \"backend\"\n    ]\n})"
  },
  "listJobSubmissions": {
    "typescript": "for await (const submission of client.submissions.listForJob(jobId)) console.log(submission);",
    "python": "for submission in client.submissions.list_for_job(job_id):\n    print(submission)"
  },
  "createSubmission": {
    "typescript": "const submission = await client.submissions.create(jobId, {\n  candidate_id: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e',\n  notes: 'Referred by the platform team'\n});",
    "python": "submission = client.submissions.create(job_id, {\n    \"candidate_id\": \"019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e\",\n    \"notes\": \"Referred by the platform team\"\n})"
  },
  "listSubmissions": {
    "typescript": "for await (const submission of client.submissions.list()) console.log(submission);",
    "python": "for submission in client.submissions.list():\n    print(submission)"
  },
  "getSubmission": {
    "typescript": "const submission = await client.submissions.get(id);",
    "python": "submission = client.submissions.get(id)"
  },
  "updateSubmission": {
    "typescript": "const submission = await client.submissions.update(id, {\n  stage: 'interview'\n});",
    "python": "submission = client.submissions.update(id, {\n    \"stage\": \"interview\"\n})"
  },
  "getSubmissionHistory": {
    "typescript": "for await (const stageChange of client.submissions.getHistory(id)) console.log(stageChange);",
    "python": "for stage_change in client.submissions.get_history(id):\n    print(stage_change)"
  },
  "listWebhooks": {
    "typescript": "for await (const webhook of client.webhooks.list()) console.log(webhook);",
    "python": "for webhook in client.webhooks.list():\n    print(webhook)"
  },
  "createWebhook": {
    "typescript": "const webhook = await client.webhooks.create({\n  url: 'https://example.com/hooks/nexivohr',\n  events: [\n    'candidate.created',\n    'submission.placed'\n  ],\n  description: 'Payroll'\n});",
    "python": "webhook = client.webhooks.create({\n    \"url\": \"https://example.com/hooks/nexivohr\",\n    \"events\": [\n        \"candidate.created\",\n        \"submission.placed\"\n    ],\n    \"description\": \"Payroll\"\n})"
  },
  "getWebhook": {
    "typescript": "const webhook = await client.webhooks.get(id);",
    "python": "webhook = client.webhooks.get(id)"
  },
  "updateWebhook": {
    "typescript": "const webhook = await client.webhooks.update(id, {\n  events: [\n    '*'\n  ],\n  description: null\n});",
    "python": "webhook = client.webhooks.update(id, {\n    \"events\": [\n        \"*\"\n    ],\n    \"description\": None\n})"
  },
  "deleteWebhook": {
    "typescript": "const webhook = await client.webhooks.delete(id);",
    "python": "webhook = client.webhooks.delete(id)"
  },
  "rotateWebhookSecret": {
    "typescript": "const webhook = await client.webhooks.rotateSecret(id);",
    "python": "webhook = client.webhooks.rotate_secret(id)"
  },
  "getWebhookHealth": {
    "typescript": "const webhookHealth = await client.webhooks.getHealth(id);",
    "python": "webhook_health = client.webhooks.get_health(id)"
  },
  "testWebhook": {
    "typescript": "const delivery = await client.webhooks.test(id, {\n  type: 'candidate.created'\n});",
    "python": "delivery = client.webhooks.test(id, {\n    \"type\": \"candidate.created\"\n})"
  },
  "listDeliveries": {
    "typescript": "for await (const deliverySummary of client.webhooks.listDeliveries(id)) console.log(deliverySummary);",
    "python": "for delivery_summary in client.webhooks.list_deliveries(id):\n    print(delivery_summary)"
  },
  "getDelivery": {
    "typescript": "const delivery = await client.webhooks.getDelivery(id, deliveryId);",
    "python": "delivery = client.webhooks.get_delivery(id, delivery_id)"
  },
  "redeliverDelivery": {
    "typescript": "const delivery = await client.webhooks.redeliverDelivery(id, deliveryId);",
    "python": "delivery = client.webhooks.redeliver_delivery(id, delivery_id)"
  },
  "replayWebhook": {
    "typescript": "const replay = await client.webhooks.replay(id, {\n  since: '2026-11-22T00:00:00.000Z'\n});",
    "python": "replay = client.webhooks.replay(id, {\n    \"since\": \"2026-11-22T00:00:00.000Z\"\n})"
  },
  "getReplay": {
    "typescript": "const replay = await client.webhooks.getReplay(id, replayId);",
    "python": "replay = client.webhooks.get_replay(id, replay_id)"
  },
  "listReplays": {
    "typescript": "for await (const replay of client.webhooks.listReplays(id)) console.log(replay);",
    "python": "for replay in client.webhooks.list_replays(id):\n    print(replay)"
  },
  "cancelReplay": {
    "typescript": "const replay = await client.webhooks.cancelReplay(id, replayId);",
    "python": "replay = client.webhooks.cancel_replay(id, replay_id)"
  },
  "countFailedDeliveries": {
    "typescript": "const failedDeliveries = await client.webhooks.countFailedDeliveries(id, {\n  since: '2026-11-22T00:00:00.000Z'\n});",
    "python": "failed_deliveries = client.webhooks.count_failed_deliveries(id, since=\"2026-11-22T00:00:00.000Z\")"
  },
  "redeliverFailed": {
    "typescript": "const redelivery = await client.webhooks.redeliverFailed(id, {\n  since: '2026-11-22T00:00:00.000Z',\n  until: '2026-11-24T09:30:00.000Z'\n});",
    "python": "redelivery = client.webhooks.redeliver_failed(id, {\n    \"since\": \"2026-11-22T00:00:00.000Z\",\n    \"until\": \"2026-11-24T09:30:00.000Z\"\n})"
  },
  "listRedeliveries": {
    "typescript": "for await (const redelivery of client.webhooks.listRedeliveries(id)) console.log(redelivery);",
    "python": "for redelivery in client.webhooks.list_redeliveries(id):\n    print(redelivery)"
  },
  "getRedelivery": {
    "typescript": "const redelivery = await client.webhooks.getRedelivery(id, redeliveryId);",
    "python": "redelivery = client.webhooks.get_redelivery(id, redelivery_id)"
  },
  "cancelRedelivery": {
    "typescript": "const redelivery = await client.webhooks.cancelRedelivery(id, redeliveryId);",
    "python": "redelivery = client.webhooks.cancel_redelivery(id, redelivery_id)"
  },
  "listEvents": {
    "typescript": "for await (const event of client.events.list()) console.log(event);",
    "python": "for event in client.events.list():\n    print(event)"
  },
  "getEvent": {
    "typescript": "const event = await client.events.get(id);",
    "python": "event = client.events.get(id)"
  },
  "getMe": {
    "typescript": "const me = await client.account.me();",
    "python": "me = client.account.me()"
  },
  "getAccount": {
    "typescript": "const account = await client.account.get();",
    "python": "account = client.account.get()"
  },
  "listPlans": {
    "typescript": "const planList = await client.account.listPlans();",
    "python": "plan_list = client.account.list_plans()"
  },
  "getUsage": {
    "typescript": "const usage = await client.account.getUsage();",
    "python": "usage = client.account.get_usage()"
  },
  "listAuditLog": {
    "typescript": "for await (const auditLogEntry of client.audit.list()) console.log(auditLogEntry);",
    "python": "for audit_log_entry in client.audit.list():\n    print(audit_log_entry)"
  },
  "listTokens": {
    "typescript": "for await (const token of client.tokens.list()) console.log(token);",
    "python": "for token in client.tokens.list():\n    print(token)"
  },
  "getToken": {
    "typescript": "const token = await client.tokens.get(id);",
    "python": "token = client.tokens.get(id)"
  },
  "listUsers": {
    "typescript": "for await (const user of client.users.list()) console.log(user);",
    "python": "for user in client.users.list():\n    print(user)"
  },
  "getUser": {
    "typescript": "const user = await client.users.get(id);",
    "python": "user = client.users.get(id)"
  },
  "listInvitations": {
    "typescript": "for await (const invitation of client.users.listInvitations()) console.log(invitation);",
    "python": "for invitation in client.users.list_invitations():\n    print(invitation)"
  },
  "getInvitation": {
    "typescript": "const invitation = await client.users.getInvitation(id);",
    "python": "invitation = client.users.get_invitation(id)"
  },
  "getOpenApiDocument": {
    "typescript": "const openApiDocument = await client.reference.getOpenApiDocument();",
    "python": "open_api_document = client.reference.get_open_api_document()"
  }
};
