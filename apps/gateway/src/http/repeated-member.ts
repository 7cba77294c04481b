const BACKSLASH = 0x5c;

/**
 * A name that an object of a JSON text has twice (RFC 8259, section 4: what a reader makes of it is anybody's guess).
 *
 * @param json valid JSON
 */
export function repeatedMember(json: string): string | undefined {
  const objects: (Set<string> | undefined)[] = [];
  let lastString = '';
  for (let at = 0; at < json.length; at++) {
    switch (json.charAt(at)) {
      case '"': {
        const end = endOfString(json, at);
        lastString = json.slice(at, end + 1);
        at = end;
        break;
      }
      case '{':
        objects.push(new Set());
        break;
      case '[':
        objects.push(undefined);
        break;
      case '}':
      case ']':
        objects.pop();
        break;
      case ':': {
        const name = JSON.parse(lastString) as string;
        const names = objects.at(-1)!;
        if (names.has(name)) return name;
        names.add(name);
        break;
      }
      default:
    }
  }
  return undefined;
}

/** The place of the quote that ends a string: before it stands an even number of backslashes. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}
