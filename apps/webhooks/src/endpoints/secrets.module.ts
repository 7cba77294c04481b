import { type DynamicModule, Module } from '@nestjs/common';
import { SECRET_KEYS, type SecretKeys, Secrets } from './secrets.js';

/** {@link Secrets} for whoever signs or shows them. */
@Module({})
export class SecretsModule {
  static register(keys: SecretKeys): DynamicModule {
    return {
      module: SecretsModule,
      global: true,
      providers: [{ provide: SECRET_KEYS, useValue: keys }, Secrets],
      exports: [Secrets],
    };
  }
}
