import type { SearchNode } from '../src/parser.js';

/** A tree in one line: `all(…)`, `any(…)`, `not(…)`, terms as they are written. */
export function show(node: SearchNode): string {
  switch (node.type) {
    case 'and':
      return `all(${node.children.map(show).join(' ')})`;
    case 'or':
      return `any(${node.children.map(show).join(' ')})`;
    case 'not':
      return `not(${show(node.child)})`;
    case 'term': {
      const field = node.field === undefined ? '' : `${node.field}:`;
      if (node.kind === 'phrase') return `${field}"${node.text}"`;
      return `${field}${node.text}${node.kind === 'prefix' ? '*' : ''}`;
    }
  }
}
