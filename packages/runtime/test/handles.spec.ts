import { expect, it } from '@jest/globals';
import { Context, Handles, Input } from '@nexivo/bus/command.controller';
import type { RequestContext } from '@nexivo/bus/context';
import { Reply } from '@nexivo/bus/reply';
import { defineCommand } from '@nexivo/contracts/command';
import { z } from 'zod';

const count = defineCommand({
  subject: 'words.count',
  input: z.object({ text: z.string() }),
  output: z.object({ words: z.int() }),
});

/** Checked by the type checker: each line under a comment is an error, or the comment would be one. */
class Words {
  @Handles(count)
  count(@Input() { text }: { text: string }, @Context() _context: RequestContext) {
    return Promise.resolve(new Reply({ words: text.split(' ').length }));
  }

  // @ts-expect-error the command answers an object
  @Handles(count)
  answersSomethingElse(@Input() { text }: { text: string }) {
    return text.length;
  }

  // @ts-expect-error the command's input has no title
  @Handles(count)
  takesSomethingElse(@Input() { title }: { title: string }) {
    return { words: title.length };
  }
}

it('a method that serves a command takes its input and answers its output, or does not compile', async () => {
  const reply = await new Words().count({ text: 'one two' }, {} as RequestContext);
  expect(reply.body).toEqual({ words: 2 });
});
