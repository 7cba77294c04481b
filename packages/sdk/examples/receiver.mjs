import { createServer } from 'node:http';
import { verify } from '@nexivo/sdk/webhooks';

const { WEBHOOK_SECRET, PORT = '4000' } = process.env;

createServer((request, response) => void receive(request, response)).listen(Number(PORT), '127.0.0.1');

async function receive(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const event = await verify(Buffer.concat(chunks), request.headers, WEBHOOK_SECRET);
    console.log(event.type, event.data.object.id);
    response.writeHead(204).end();
  } catch {
    response.writeHead(401).end();
  }
}
