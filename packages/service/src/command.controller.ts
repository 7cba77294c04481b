import { applyDecorators } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { Command } from '@nexivo/contracts/command';

/** Marks the controller method that serves a command. */
export const Handles = (command: Command): MethodDecorator => applyDecorators(MessagePattern(command.subject));

/** The command's input. */
export const Input = (): ParameterDecorator => Payload();

/** On whose behalf: a {@link Call}. */
export const OnBehalf = (): ParameterDecorator => Ctx();
