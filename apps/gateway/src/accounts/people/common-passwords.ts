let commonest: ReadonlySet<string> | undefined;

/**
 * Whether a password is among the 49,000 commonest (of which the 10,000 commonest are a part), in any case, or is one of them with
 * digits and signs around it, or several times in a row. The list takes some megabytes, and is loaded when it is first asked.
 */
export async function isCommonPassword(password: string): Promise<boolean> {
  commonest ??= await load();
  const lower = password.toLowerCase();
  const core = lower.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return [lower, core, repeatedPart(lower)].some((each) => commonest!.has(each));
}

async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'] as readonly string[]);
}

/** `abc` of `abcabcabc`; the whole if it is no repetition. */
function repeatedPart(text: string): string {
  const at = (text + text).indexOf(text, 1);
  return text.slice(0, at);
}
