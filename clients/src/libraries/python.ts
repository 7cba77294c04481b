import type { Parameter, Schema } from './document.js';
import { isEditable, type Operation, type Resource, snakeCase } from './operations.js';
import { pythonType } from './python-types.js';

const HEADER = '# Made of openapi.json by `npm run openapi`; change the contracts, not this file.\n';

/** The resources of the Python library, for those who wait with `await`: {@link toSync} makes those of the others. */
export function pythonResourcesFile(resources: Resource[]): string {
  const members = resources.map(({ name }) => `        self.${name} = Async${className(name)}(http)\n`);
  return `${HEADER}"""The resources of the API: a class for each, a method for each operation."""

from __future__ import annotations

from typing import Any, Callable, Literal, Optional, Sequence

from .. import types
from .._core import Answer, path
from ._edit import edit
from ._http import AsyncHttp
from ._list import AsyncListing


class AsyncResource:
    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

${resources.map(classOf).join('\n')}

class AsyncResources:
    """Every resource of the API."""

    def __init__(self, http: AsyncHttp) -> None:
${members.join('')}`;
}

const className = (name: string): string => name[0]!.toUpperCase() + name.slice(1);

function classOf(resource: Resource): string {
  const methods = resource.operations.map(methodOf);
  if (isEditable(resource)) methods.push(editOf(resource));
  return `\nclass Async${className(resource.name)}(AsyncResource):\n    """${resource.description}"""\n\n${methods.join('\n')}`;
}

function methodOf(operation: Operation): string {
  const { method, verb, path, ids, query, body, list } = operation;
  const headers = list ? [] : optionsOf(operation);
  const named = [
    ...query.map((each) => `${each.name}: ${queryType(each)}`),
    ...headers.map(([name, type]) => `${name}: Optional[${type}] = None`),
    'timeout: Optional[float] = None',
    ...(list ? [] : ['answer: Optional[Answer] = None']),
  ];
  const given = [
    'self',
    ...ids.map((id) => `${id}: str`),
    ...(body ? [`body: types.${body.schema}${body.isRequired ? '' : ' = {}'}`] : []),
    '*',
    ...named,
  ];
  const where = ids.length > 0 ? `path("${path.replaceAll(/\{\w+\}/g, '{}')}", ${ids.join(', ')})` : `"${path}"`;
  const asked = `{${query.map(({ name }) => `"${name}": ${name}`).join(', ')}}`;
  const passed = [...headers.map(([name]) => name), 'timeout', 'answer'].map((name) => `${name}=${name}`).join(', ');
  const doc = `        """\n${docOf(operation)}        """\n`;
  const head = `${list ? '' : 'async '}def ${snakeCase(method)}(${oneALine(given)}) -> ${answerOf(operation)}`;
  if (list) {
    return `    ${head}:\n${doc}        return self._http.list(${where}, ${asked}, ${list.isByCursor ? 'True' : 'False'}, timeout)\n`;
  }
  const call =
    verb === 'GET'
      ? `get(${where}, ${asked}, ${passed})`
      : `send("${verb}", ${where}, ${body ? 'body=body, ' : ''}${passed})`;
  return `    ${head}:\n${doc}        found: ${answerOf(operation)} = await self._http.${call}\n        return found\n`;
}

const oneALine = (parameters: string[]): string => `\n${parameters.map((each) => `        ${each},\n`).join('')}    `;

const docOf = ({ summary, description }: Operation): string =>
  [`${summary}.`, ...(description ? ['', ...description.split('\n')] : [])]
    .map((line) => (line ? `        ${line.replaceAll('\\', '\\\\')}\n` : '\n'))
    .join('');

function answerOf({ answer, list }: Operation): string {
  if (!list) return qualified(answer);
  return `AsyncListing[${qualified(list.item)}, ${qualified(answer)}]`;
}

const qualified = (schema: Schema): string => (schema.$ref ? `types.${pythonType(schema, '', [])}` : 'Any');

function queryType({ schema, required }: Parameter): string {
  const one = (each: Schema): string => (each.$ref ? `types.${pythonType(each, '', [])}` : pythonType(each, '', []));
  const type = schema.type === 'array' ? `Sequence[${one(schema.items!)}]` : one(schema);
  return required ? type : `Optional[${type}] = None`;
}

/** What a caller may say beside what he asks for: the API refuses a condition that it would not look at. */
function optionsOf({ headers }: Operation): [name: string, type: string][] {
  const known: Record<string, [string, string]> = {
    'Idempotency-Key': ['idempotency_key', 'str'],
    'If-Match': ['if_match', 'str'],
  };
  const options = headers.flatMap((name) => (known[name] ? [known[name]] : []));
  if (headers.includes('If-Match') && headers.includes('If-None-Match'))
    options.push(['if_none_match', 'Literal["*"]']);
  return options;
}

function editOf({ operations }: Resource): string {
  const update = operations.find(({ method }) => method === 'update')!;
  const [whole, patch] = [qualified(update.answer), `types.${update.body!.schema}`];
  return `    async def edit(self, id: str, change: Callable[[${whole}], Optional[${patch}]]) -> ${whole}:
        """
        Reads it, has \`\`change\`\` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of
        it again. \`\`change\`\` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
        """

        async def read(answer: Answer) -> Any:
            return await self.get(id, answer=answer)

        async def write(patch: Any, etag: str) -> Any:
            return await self.update(id, patch, if_match=etag)

        edited: ${whole} = await edit(read, write, change)
        return edited
`;
}

/** What each word of a module that waits with `await` is in one that blocks. */
const WORDS: [RegExp, string][] = [
  [/\basync (def|for|with)\b/g, '$1'],
  [/\bawait /g, ''],
  [/\bimport asyncio\b/g, 'import time'],
  [/\basyncio\.sleep\b/g, 'time.sleep'],
  [/\bhttpx\.AsyncClient\b/g, 'httpx.Client'],
  [/\bAsyncIterator\b/g, 'Iterator'],
  [/\bAwaitable\[([^[\]]+)\]/g, '$1'],
  [/\bAwaitable, /g, ''],
  [/\b__a(iter|enter|exit)__\b/g, '__$1__'],
  [/\baclose\b/g, 'close'],
  [/\bAsync([A-Z]\w+)/g, '$1'],
];

const MADE = '# Made of the module of this name in `_async` by `npm run openapi`; change that.\n';

/** A module that blocks, of one that waits with `await`: both clients are one program. */
export function toSync(module: string): string {
  const text = WORDS.reduce((before, [word, instead]) => before.replaceAll(word, instead), module);
  return text.startsWith(HEADER) || text === '' ? text : MADE + text;
}
