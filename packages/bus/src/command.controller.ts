import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { Command, InputOf, OutputOf } from '@nexivo/contracts/command';
import type { RequestContext } from './context.js';
import type { JsonText, Reply } from './reply.js';

/** A method that serves a command: the types of its parameters and of its answer are the command's. */
type Handler<C extends Command> = (
  input: InputOf<C>,
  context: RequestContext,
) => Answer<OutputOf<C>> | Promise<Answer<OutputOf<C>>>;

type Answer<Output> = OrJson<Output> | Reply<OrJson<Output>>;

/** What is answered or its JSON; of a page, the JSON of each of its items; of a list likewise. */
type OrJson<Output> =
  | Output
  | JsonText<Output>
  | (Output extends (infer Item)[] ? JsonText<Item>[] : never)
  | (Output extends { data: (infer Item)[]; meta: infer Meta } ? { data: JsonText<Item>[]; meta: Meta } : never);

/** Marks the controller method that serves a command. One of another command's types does not compile. */
export const Handles =
  <C extends Command>({ subject }: C) =>
  <Method extends Handler<C>>(target: object, name: string, method: TypedPropertyDescriptor<Method>): void => {
    MessagePattern(subject)(target, name, method);
  };

/** The command's input. */
export const Input = (): ParameterDecorator => Payload();

/** On whose behalf: a {@link RequestContext}. */
export const Context = (): ParameterDecorator => Ctx();
